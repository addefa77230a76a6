//! Details made by hand, read into postings.

use serde_json::{Value, json};

use super::{Origin, missing, read};
use crate::source::posting::{Refusal, StagedPosting};
use crate::workflow::content_hash;

fn detail(changes: &Value) -> Value {
    let mut info = json!({
        "title": "R&amp;D  Engineer", "jobDescription": format!("<p>Job Description:</p><p>{}</p>", "Work. ".repeat(30)),
        "location": "Bangalore, Velankani Tech Park", "jobReqId": "R0400001",
        "jobPostingId": "Engineer_R0400001-1", "country": {"descriptor": "India", "id": "c4"},
        "externalUrl": "https://example.com/job/Engineer_R0400001-1",
    });
    for (key, value) in changes.as_object().unwrap() {
        info[key] = value.clone();
    }
    json!({ "jobPostingInfo": info, "similarJobs": [] })
}

fn posting(changes: &Value) -> StagedPosting {
    read(detail(changes), Origin::File("some")).unwrap()
}

#[test]
fn a_whole_detail_becomes_an_acceptable_posting() {
    let posting = posting(&json!({}));
    assert_eq!(posting.refusals, []);
    assert_eq!(posting.external_id, "R0400001");
    assert_eq!(posting.job_title.as_deref(), Some("R&D Engineer"));
    assert_eq!(
        posting.location.as_deref(),
        Some("Bangalore, Velankani Tech Park")
    );
    assert_eq!(posting.country.as_deref(), Some("India"));
    assert_eq!(posting.raw_data["external_id"], "R0400001");
    assert_eq!(posting.raw_data["detail"], detail(&json!({})));
    let description = posting.description().unwrap();
    assert!(
        description.starts_with("Job Description:\n\nWork. Work."),
        "{description}"
    );
    assert_eq!(
        posting.content_hash,
        content_hash(
            "R0400001",
            "R&D Engineer",
            "Bangalore, Velankani Tech Park",
            description
        )
    );
}

#[test]
fn each_missing_part_is_refused_by_name() {
    for (changes, refusal) in [
        (json!({"title": null}), Refusal::NoTitle),
        (json!({"title": "&nbsp;"}), Refusal::NoTitle),
        (json!({"location": " "}), Refusal::NoLocation),
        (json!({"jobDescription": null}), Refusal::NoDescription),
        (
            json!({"jobDescription": "<p> </p>"}),
            Refusal::NoDescription,
        ),
        (
            json!({"jobDescription": "x".repeat(99)}),
            Refusal::DescriptionTooShort { chars: 99 },
        ),
        (
            json!({"jobDescription": "x".repeat(16_001)}),
            Refusal::DescriptionTooLong { chars: 16_001 },
        ),
        (
            json!({"jobReqId": null, "jobPostingId": null}),
            Refusal::NoExternalId,
        ),
        (
            json!({"title": "t".repeat(501)}),
            Refusal::LineTooLong {
                what: "title",
                chars: 501,
                most: 500,
            },
        ),
        (
            json!({"location": "l".repeat(501)}),
            Refusal::LineTooLong {
                what: "location",
                chars: 501,
                most: 500,
            },
        ),
        (
            json!({"jobReqId": "R".repeat(201)}),
            Refusal::LineTooLong {
                what: "requisition id",
                chars: 201,
                most: 200,
            },
        ),
    ] {
        assert_eq!(posting(&changes).refusals, [refusal], "{changes}");
    }
}

#[test]
fn what_a_posting_may_lack_is_not_refused() {
    for changes in [
        json!({"country": null}),
        json!({"externalUrl": null}),
        json!({"jobReqId": null}),
        json!({"jobDescription": "x".repeat(100)}),
        json!({"jobDescription": "x".repeat(16_000)}),
    ] {
        assert_eq!(posting(&changes).refusals, [], "{changes}");
    }
    assert_eq!(posting(&json!({"country": null})).country, None);
}

#[test]
fn all_that_is_missing_is_said_at_once() {
    let refused = posting(&json!({"title": null, "location": null, "jobDescription": null}));
    assert_eq!(
        refused.refusals,
        [
            Refusal::NoTitle,
            Refusal::NoLocation,
            Refusal::NoDescription
        ]
    );
}

#[test]
fn the_id_is_the_requisition_else_the_posting_id_else_the_listed_one() {
    assert_eq!(posting(&json!({"jobReqId": null})).external_id, "R0400001");
    let nameless = detail(&json!({"jobReqId": null, "jobPostingId": null}));
    let listed = read(nameless.clone(), Origin::Listed("R9")).unwrap();
    assert_eq!(
        (listed.external_id.as_str(), listed.is_acceptable()),
        ("R9", true)
    );
    let file = read(nameless, Origin::File("some")).unwrap();
    assert_eq!(
        (file.external_id.as_str(), file.is_acceptable()),
        ("some", false)
    );
}

#[test]
fn nul_characters_are_removed_everywhere() {
    let changes = json!({"title": "En\0gineer", "k\0ey": ["a\0b"], "location": "Pu\0ne"});
    let posting = posting(&changes);
    assert_eq!(posting.job_title.as_deref(), Some("Engineer"));
    assert!(
        !serde_json::to_string(&posting.raw_data)
            .unwrap()
            .contains("\\u0000")
    );
}

#[test]
fn json_of_another_shape_names_the_place() {
    let error = |value: Value| read(value, Origin::File("some")).unwrap_err().to_string();
    assert_eq!(
        error(json!({"total": 5})),
        "expected an object at `jobPostingInfo`, found nothing"
    );
    assert_eq!(
        error(json!([1])),
        "expected an object at `jobPostingInfo`, found nothing"
    );
    assert_eq!(
        error(detail(&json!({"title": 5}))),
        "expected text at `jobPostingInfo.title`, found a number"
    );
}

#[test]
fn a_posting_without_detail_says_why() {
    let posting = missing("R1", Some("A &amp; B"), "timed out".to_owned());
    assert_eq!(posting.job_title.as_deref(), Some("A & B"));
    assert_eq!(posting.description(), None);
    assert_eq!(
        posting.refusals[0].to_string(),
        "the posting's detail could not be had: timed out"
    );
}

#[test]
fn an_id_too_long_for_a_key_is_told_from_another_that_begins_as_it_does() {
    let long = |last: char| format!("{}{last}", "R".repeat(100_000));
    let ids = ['1', '2'].map(|last| missing(&long(last), None, String::new()).external_id);
    assert_ne!(ids[0], ids[1]);
    assert!(ids.iter().all(|id| id.len() < 200 && id.starts_with("RRR")));
    assert_eq!(missing("R1", None, String::new()).external_id, "R1");
}
