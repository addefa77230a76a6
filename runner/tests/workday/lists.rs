//! Lists as other tenants and worse days send them, made by hand.

use serde_json::{Value, json};
use url::Url;
use wave_runner::source::{Fetched, SourceError};
use wiremock::matchers::{body_partial_json, header, method, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{fetch, settings};

fn entry(number: usize) -> Value {
    json!({"title": "T", "externalPath": format!("/job/X/T_R{number:07}"), "bulletFields": [format!("R{number:07}")]})
}

fn detail(id: &str) -> Value {
    json!({"jobPostingInfo": {"title": "T", "location": "X", "jobReqId": id, "jobDescription": "word ".repeat(40)}})
}

/// A page that starts at `offset`, asked for as the site wants it.
async fn page(server: &MockServer, offset: usize, total: usize, entries: Vec<Value>) {
    let page = json!({"total": total, "jobPostings": entries});
    Mock::given(method("POST"))
        .and(header("Accept", "application/json"))
        .and(header("Content-Type", "application/json"))
        .and(body_partial_json(
            json!({"limit": 20, "offset": offset, "searchText": "", "appliedFacets": {}}),
        ))
        .respond_with(ResponseTemplate::new(200).set_body_json(page))
        .mount(server)
        .await;
}

/// A detail for every path, with the id that the path ends in.
async fn details(server: &MockServer) {
    Mock::given(method("GET"))
        .and(path_regex("^/wday/cxs/db/DBWebsite/job/"))
        .and(header("Accept", "application/json"))
        .respond_with(|request: &wiremock::Request| {
            let (_, id) = request.url.path().rsplit_once('_').unwrap();
            ResponseTemplate::new(200).set_body_json(detail(id))
        })
        .mount(server)
        .await;
}

async fn fetched_from(server: &MockServer) -> Result<Fetched, SourceError> {
    fetch(settings(Url::parse(&server.uri()).unwrap()), 500).await
}

#[tokio::test]
async fn a_list_that_ends_before_its_total_is_called_incomplete() {
    let server = MockServer::start().await;
    details(&server).await;
    page(&server, 0, 648, (0..20).map(entry).collect()).await;
    page(&server, 20, 0, (20..33).map(entry).collect()).await;
    let fetched = fetched_from(&server).await.unwrap();
    assert_eq!((fetched.acceptable(), fetched.listed), (33, Some(648)));
    let reason = fetched.incomplete.unwrap();
    assert!(reason.contains("33") && reason.contains("648"), "{reason}");
}

#[tokio::test]
async fn a_last_page_that_is_full_needs_no_page_behind_it() {
    let server = MockServer::start().await;
    details(&server).await;
    page(&server, 0, 40, (0..20).map(entry).collect()).await;
    page(&server, 20, 0, (20..40).map(entry).collect()).await;
    let fetched = fetched_from(&server).await.unwrap();
    assert_eq!((fetched.acceptable(), fetched.incomplete), (40, None));
}

#[tokio::test]
async fn pages_that_never_end_are_left_at_the_first_without_news() {
    let server = MockServer::start().await;
    details(&server).await;
    for offset in [0, 20, 40, 60] {
        page(&server, offset, 0, (0..20).map(entry).collect()).await;
    }
    let fetched = fetched_from(&server).await.unwrap();
    assert_eq!((fetched.acceptable(), fetched.duplicates), (20, 20));
}

#[tokio::test]
async fn copies_of_a_posting_are_one_posting() {
    let server = MockServer::start().await;
    details(&server).await;
    let copy = |path: &str, bullets: Value| json!({"title": "T", "externalPath": path, "bulletFields": bullets});
    let entries = vec![
        copy("/job/X/Old-Title_R0000001-1", json!(["R0000001"])),
        copy("/job/X/New-Title_R0000001-2", json!(["R0000001"])),
        copy("/job/X/New-Title_R0000001", json!([])),
        entry(2),
    ];
    page(&server, 0, 2, entries).await;
    let fetched = fetched_from(&server).await.unwrap();
    assert_eq!((fetched.postings.len(), fetched.duplicates), (2, 2));
    assert_eq!(fetched.incomplete, None);
}

#[tokio::test]
async fn two_entries_whose_details_name_one_requisition_are_one_posting() {
    let server = MockServer::start().await;
    let same = ResponseTemplate::new(200).set_body_json(detail("R0000009"));
    Mock::given(method("GET"))
        .respond_with(same)
        .mount(&server)
        .await;
    page(&server, 0, 2, vec![entry(1), entry(2)]).await;
    let fetched = fetched_from(&server).await.unwrap();
    assert_eq!((fetched.postings.len(), fetched.duplicates), (1, 1));
    assert_eq!(fetched.postings[0].external_id, "R0000009");
}

#[tokio::test]
async fn entries_that_lack_fields_are_taken_if_they_can_be_looked_up() {
    let server = MockServer::start().await;
    details(&server).await;
    let entries = vec![
        json!({"title": "No path", "bulletFields": ["R0000001"]}),
        json!({"externalPath": "/job/X/T_R0000002"}),
        json!({}),
    ];
    page(&server, 0, 3, entries).await;
    let fetched = fetched_from(&server).await.unwrap();
    assert_eq!((fetched.acceptable(), fetched.without_path), (1, 2));
}

#[tokio::test]
async fn a_detail_of_another_shape_is_refused_and_says_what_was_missing() {
    let server = MockServer::start().await;
    let odd = ResponseTemplate::new(200).set_body_json(json!({"job": {}}));
    Mock::given(path_regex("R0000001$"))
        .respond_with(odd)
        .mount(&server)
        .await;
    details(&server).await;
    page(&server, 0, 2, vec![entry(1), entry(2)]).await;
    let fetched = fetched_from(&server).await.unwrap();
    assert_eq!((fetched.postings.len(), fetched.acceptable()), (2, 1));
    let reason = fetched.postings[0].refusals[0].to_string();
    assert!(reason.contains("`jobPostingInfo`"), "{reason}");
}

#[tokio::test]
async fn a_list_of_another_shape_ends_the_fetch_and_says_what_was_missing() {
    let server = MockServer::start().await;
    let odd = ResponseTemplate::new(200).set_body_json(json!({"jobs": []}));
    Mock::given(method("POST"))
        .respond_with(odd)
        .mount(&server)
        .await;
    let error = fetched_from(&server).await.unwrap_err();
    assert!(matches!(error, SourceError::Shape { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("/jobs: expected a list at `jobPostings`"),
        "{error}"
    );
}

#[tokio::test]
async fn a_site_without_postings_is_an_empty_fetch() {
    let server = MockServer::start().await;
    page(&server, 0, 0, vec![]).await;
    let fetched = fetched_from(&server).await.unwrap();
    assert_eq!(
        (fetched.postings.len(), fetched.listed, fetched.incomplete),
        (0, Some(0), None)
    );
}
