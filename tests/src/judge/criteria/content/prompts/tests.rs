use crate::{
    judge::{
        Standing,
        conversations::{EXPERT, FORMAT, GRADE_B, IMPROVE, REGRADE, SKEPTIC},
        doctored::{self, IMPROVED_RUN, PLAIN_RUN},
    },
    record::{Quotes, RunRecord, Texts},
};

const CRITERION: &str = "prompts_are_whole";

fn quotes(record: &mut RunRecord, run: i64, conversation: i32) -> &mut Quotes {
    let input = &mut doctored::interaction(record, run, conversation).input;
    input.as_mut().unwrap().quotes.as_mut().unwrap()
}

/// The note on a record with one prompt spoiled, which is red.
fn told(run: i64, conversation: i32, spoil: impl Fn(&mut Quotes)) -> String {
    let mut record = doctored::healthy();
    spoil(quotes(&mut record, run, conversation));
    let verdict = doctored::verdict(&record, CRITERION);
    assert_eq!(verdict.standing, Standing::Red);
    verdict.note
}

#[test]
fn every_prompt_of_a_healthy_record_is_whole_and_counted() {
    let verdict = doctored::verdict(&doctored::healthy(), CRITERION);
    assert_eq!(verdict.standing, Standing::Target);
    assert_eq!(verdict.n, 50 * 8 + 7 * 2 + 1);
}

#[test]
fn an_expert_without_the_analyst_and_a_regrade_fed_a_placeholder_are_named() {
    let note = told(PLAIN_RUN, EXPERT, |quotes| quotes.outputs = vec![SKEPTIC]);
    assert!(note.contains("without what 9161 answered"), "{note}");
    let note = told(IMPROVED_RUN, REGRADE, |quotes| {
        quotes.placeholder = Some("{session_7_output}".to_owned());
    });
    assert!(
        note.contains("sent with {session_7_output} in it"),
        "{note}"
    );
    let note = told(PLAIN_RUN, GRADE_B, |quotes| quotes.description = false);
    assert!(note.contains("without the posting's description"), "{note}");
}

#[test]
fn the_form_is_given_to_the_improved_summary_where_there_is_one() {
    let note = told(IMPROVED_RUN, FORMAT, |quotes| quotes.outputs = vec![3335]);
    assert!(note.contains("without what 3338 answered"), "{note}");
    let note = told(PLAIN_RUN, FORMAT, |quotes| quotes.outputs = vec![]);
    assert!(note.contains("without what 3335 answered"), "{note}");
}

#[test]
fn a_prompt_may_hold_more_than_it_must() {
    let mut record = doctored::healthy();
    quotes(&mut record, PLAIN_RUN, EXPERT).outputs.push(3350);
    quotes(&mut record, PLAIN_RUN, FORMAT).description = true;
    assert_eq!(
        doctored::verdict(&record, CRITERION).standing,
        Standing::Target
    );
}

#[test]
fn a_prompt_that_a_completed_run_owes_and_that_is_gone_is_no_pass() {
    let mut record = doctored::healthy();
    doctored::remove(&mut record, PLAIN_RUN, EXPERT);
    let verdict = doctored::verdict(&record, CRITERION);
    assert_eq!(verdict.standing, Standing::NoData);
    assert!(
        verdict.note.contains("1 prompt not in the record"),
        "{}",
        verdict.note
    );
    quotes(&mut record, IMPROVED_RUN, IMPROVE).description = false;
    assert_eq!(
        doctored::verdict(&record, CRITERION).standing,
        Standing::Red
    );
}

#[test]
fn a_failed_run_owes_no_prompts_but_those_that_it_sent_are_looked_at() {
    let mut record = doctored::healthy();
    doctored::fail(&mut record, PLAIN_RUN);
    doctored::remove(&mut record, PLAIN_RUN, FORMAT);
    assert_eq!(
        doctored::verdict(&record, CRITERION).standing,
        Standing::Target
    );
    quotes(&mut record, PLAIN_RUN, GRADE_B).description = false;
    assert_eq!(
        doctored::verdict(&record, CRITERION).standing,
        Standing::Red
    );
}

#[test]
fn prompts_that_nobody_kept_cannot_be_judged_and_one_that_is_missing_is_no_pass() {
    let mut record = doctored::healthy();
    doctored::interaction(&mut record, PLAIN_RUN, EXPERT)
        .input
        .as_mut()
        .unwrap()
        .quotes = None;
    assert_eq!(
        doctored::verdict(&record, CRITERION).standing,
        Standing::NoData
    );
    for interaction in &mut record.interactions {
        if let Some(input) = &mut interaction.input {
            input.quotes = None;
        }
    }
    let verdict = doctored::verdict(&record, CRITERION);
    assert!(matches!(verdict.standing, Standing::NotJudgeable { .. }));
}

#[test]
fn a_record_without_texts_still_knows_what_its_prompts_held() {
    let mut record = doctored::healthy();
    record.texts = Texts::Redacted;
    assert_eq!(
        doctored::verdict(&record, CRITERION).standing,
        Standing::Target
    );
}
