//! Over the healthy record, and what is done to it.

use super::*;
use crate::judge::{
    conversations::{EXTRACT, FORMAT, GRADE_A, GRADE_B, REGRADE},
    doctored::{self, GIB, IMPROVED_RUN, PLAIN_RUN},
};

const ALL: Models = Models::MAX;

fn needs_of(record: &RunRecord, run: i64, conversation: i32) -> Vec<i32> {
    let evidence = Evidence::of(record);
    let paths = evidence.paths();
    let posting = paths
        .postings
        .iter()
        .find(|posting| posting.run == run)
        .unwrap();
    let steps = &posting.steps;
    let step = steps
        .iter()
        .find(|step| step.conversation == conversation)
        .unwrap();
    step.needs
        .iter()
        .map(|need| steps[*need].conversation)
        .collect()
}

#[test]
fn what_a_script_or_a_skipped_step_needed_its_dependents_need() {
    let record = doctored::healthy();
    assert_eq!(needs_of(&record, PLAIN_RUN, FORMAT), [GRADE_A, GRADE_B]);
    assert_eq!(
        needs_of(&record, IMPROVED_RUN, FORMAT),
        [GRADE_A, GRADE_B, REGRADE]
    );
    assert_eq!(
        needs_of(&record, PLAIN_RUN, 3350),
        [FORMAT],
        "two scripts lie between"
    );
    assert_eq!(needs_of(&record, PLAIN_RUN, 9161), Vec::<i32>::new());
}

#[test]
fn a_path_on_the_way_of_another_is_no_shape_of_its_own() {
    let record = doctored::healthy();
    let evidence = Evidence::of(&record);
    let paths = evidence.paths();
    let shapes = paths.shapes(ALL);
    assert_eq!(shapes.len(), 1, "the one with the ticket holds all others");
    assert_eq!(shapes.first().unwrap().len(), 11);
}

#[test]
fn needs_that_nobody_wrote_down_are_said_to_be_unknown() {
    let mut record = doctored::healthy();
    record.workflow.conversations[3].needs = None;
    let evidence = Evidence::of(&record);
    let paths = evidence.paths();
    assert!(!paths.needs_known);
    assert!(paths.steps().all(|step| step.needs.is_empty()));
}

#[test]
fn an_earlier_attempt_is_work_and_a_later_exchange_is_not() {
    let mut record = doctored::healthy();
    let work = |record: &RunRecord| {
        let evidence = Evidence::of(record);
        let paths = evidence.paths();
        let steps = paths.steps().map(Taken::work);
        steps.fold(TimeDelta::zero(), |sum, work| sum + work)
    };
    let once = work(&record);
    let last = doctored::exchange(&mut record, PLAIN_RUN, EXTRACT).clone();
    let mut other = last.clone();
    other.id = 9_000;
    let duration = TimeDelta::seconds(5);
    for at in [&mut other.sent_at, &mut other.ended_at] {
        *at += duration;
    }
    other.last_byte_at = other.last_byte_at.map(|at| at + duration);
    record.exchanges.push(other);
    assert_eq!(work(&record), once);
    let earlier = record.exchanges.last_mut().unwrap();
    for at in [&mut earlier.sent_at, &mut earlier.ended_at] {
        *at -= duration * 2;
    }
    earlier.last_byte_at = earlier.last_byte_at.map(|at| at - duration * 2);
    assert_eq!(work(&record), once + last.compute().unwrap());
}

#[test]
fn models_that_were_seen_computing_together_fit_together_whatever_the_sizes_say() {
    let fits = |record: &RunRecord| {
        let evidence = Evidence::of(record);
        let card = evidence.paths().computing.cards[0].as_ref().unwrap();
        // gemma2 and qwen2.5, first and third by name.
        card.holds(0b101)
    };
    let mut apart = doctored::healthy();
    doctored::one_call_at_a_time(&mut apart);
    assert!(fits(&apart));
    apart.environment.servers[0].gpu_memory = Some(6 * GIB);
    assert!(!fits(&apart));
    let mut together = doctored::healthy();
    together.environment.servers[0].gpu_memory = Some(6 * GIB);
    assert!(fits(&together));
}

#[test]
fn where_the_memory_is_unknown_there_is_no_card() {
    let mut record = doctored::healthy();
    record.environment.servers[0].gpu_memory = None;
    let evidence = Evidence::of(&record);
    assert_eq!(evidence.paths().computing.cards, [None]);
}

#[test]
fn a_step_that_never_was_answered_is_on_no_path() {
    let mut record = doctored::healthy();
    let row = doctored::interaction(&mut record, PLAIN_RUN, EXTRACT);
    row.status = Status::Failed;
    doctored::exchange(&mut record, PLAIN_RUN, EXTRACT).final_line = None;
    assert_eq!(needs_of(&record, PLAIN_RUN, GRADE_A), Vec::<i32>::new());
    let evidence = Evidence::of(&record);
    let steps = evidence.paths().steps().count();
    let healthy = doctored::healthy();
    assert_eq!(steps + 1, Evidence::of(&healthy).paths().steps().count());
}
