use serde_json::{Value, json};

use super::redacted;
use crate::{
    judge::{
        Standing,
        conversations::{CHECK_SKILLS, CHECK_SUMMARY, EXPERT, FORMAT, SAVE_SUMMARY, SKILLS},
        doctored::{self, PLAIN_RUN, texts},
    },
    record::{Posting, RunRecord, Texts},
};

const CRITERION: &str = "saved_data_is_its_own";

fn standing(record: &RunRecord) -> Standing {
    doctored::verdict(record, CRITERION).standing
}

/// The posting of the plain run.
fn posting(record: &mut RunRecord) -> &mut Posting {
    &mut record.postings[1]
}

/// A record in which every text is replaced by its hash.
fn without_texts(mut record: RunRecord) -> RunRecord {
    let hash = |text: &str| match redacted(&json!(text)) {
        Value::String(hash) => hash,
        _ => panic!("a text became something else"),
    };
    record.texts = Texts::Redacted;
    for posting in &mut record.postings {
        posting.extracted_summary = posting.extracted_summary.as_deref().map(hash);
        for skill in posting.skill_keywords.iter_mut().flatten() {
            *skill = hash(skill);
        }
    }
    for interaction in &mut record.interactions {
        let Some(Value::Object(output)) = &mut interaction.output else {
            continue;
        };
        for (key, value) in output {
            if key != "ihl_category" {
                *value = redacted(value);
            }
        }
    }
    record
}

#[test]
fn each_column_must_hold_what_the_postings_own_run_answered() {
    type Edit = fn(&mut Posting);
    assert_eq!(standing(&doctored::healthy()), Standing::Target);
    let edits: [(&str, Edit); 4] = [
        ("extracted_summary is not what 3341", |posting| {
            posting.extracted_summary = Some(texts::summary(3, "permanent"));
        }),
        ("skill_keywords is not what 3350", |posting| {
            posting.skill_keywords = Some(texts::skills(3));
        }),
        ("ihl_score is not what 9163", |posting| {
            posting.ihl_score = posting.ihl_score.map(|score| score + 1);
        }),
        ("ihl_category is not what 9163", |posting| {
            posting.ihl_category = Some("FAKE".to_owned());
        }),
    ];
    for (told, edit) in edits {
        let mut record = doctored::healthy();
        edit(posting(&mut record));
        let verdict = doctored::verdict(&record, CRITERION);
        assert_eq!(verdict.standing, Standing::Red, "{told}");
        assert!(
            verdict.note.contains("posting 102") && verdict.note.contains(told),
            "{}",
            verdict.note
        );
    }
}

#[test]
fn an_answer_that_was_never_saved_is_told() {
    let mut record = doctored::healthy();
    for posting in &mut record.postings {
        posting.skill_keywords = None;
    }
    let verdict = doctored::verdict(&record, CRITERION);
    assert_eq!(verdict.measured.unwrap().value.to_string(), "50");
    assert!(
        verdict
            .note
            .contains("skill_keywords lacks what 3350 answered"),
        "{}",
        verdict.note
    );
}

#[test]
fn what_was_saved_must_be_the_formatted_summary_and_not_merely_what_the_script_says() {
    let mut record = doctored::healthy();
    let other = texts::summary(3, "permanent");
    doctored::interaction(&mut record, PLAIN_RUN, SAVE_SUMMARY).output =
        Some(json!({"kind": "saved_summary", "text": other}));
    posting(&mut record).extracted_summary = Some(other);
    assert_eq!(standing(&record), Standing::Red);
}

#[test]
fn what_a_check_skipped_was_there_before_and_is_compared_with_nothing() {
    let mut record = doctored::healthy();
    posting(&mut record).extracted_summary = Some("From an earlier batch".to_owned());
    posting(&mut record).skill_keywords = Some(vec!["COBOL".to_owned()]);
    assert_eq!(standing(&record), Standing::Red);
    for check in [CHECK_SUMMARY, CHECK_SKILLS] {
        doctored::interaction(&mut record, PLAIN_RUN, check).output =
            Some(json!({"kind": "check", "outcome": "SKIP"}));
    }
    for step in [FORMAT, SAVE_SUMMARY, SKILLS] {
        doctored::remove(&mut record, PLAIN_RUN, step);
    }
    assert_eq!(standing(&record), Standing::Target);
}

#[test]
fn an_answer_that_is_not_in_the_record_is_no_pass() {
    for step in [FORMAT, SAVE_SUMMARY, SKILLS, EXPERT] {
        let mut record = doctored::healthy();
        doctored::remove(&mut record, PLAIN_RUN, step);
        assert_eq!(standing(&record), Standing::NoData, "{step}");
    }
    let mut record = doctored::healthy();
    record.postings.remove(1);
    assert_eq!(standing(&record), Standing::NoData);
}

#[test]
fn a_posting_whose_run_failed_is_compared_with_nothing() {
    let mut record = doctored::healthy();
    doctored::fail(&mut record, PLAIN_RUN);
    posting(&mut record).ihl_score = None;
    assert_eq!(standing(&record), Standing::Target);
}

#[test]
fn of_two_completed_runs_the_last_one_wrote() {
    let mut record = doctored::healthy();
    record.runs[2].posting_id = record.runs[1].posting_id;
    assert_eq!(standing(&record), Standing::Red);
    *posting(&mut record) = Posting {
        posting_id: 102,
        ..texts::posting(3)
    };
    assert_eq!(standing(&record), Standing::Target);
}

#[test]
fn equality_shows_through_redaction_and_so_does_a_difference() {
    let record = without_texts(doctored::healthy());
    assert_eq!(standing(&record), Standing::Target);
    let mut mixed_up = doctored::healthy();
    posting(&mut mixed_up).skill_keywords = Some(texts::skills(3));
    assert_eq!(standing(&without_texts(mixed_up)), Standing::Red);
}

#[test]
fn without_answers_it_cannot_be_judged() {
    let mut record = doctored::healthy();
    record.texts = Texts::Unknown;
    assert!(matches!(standing(&record), Standing::NotJudgeable { .. }));
}
