//! The figures hold in the record, and the committed file is the record.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::figures::{
    FIRST, FIRST_FIFTEEN_TOOK, GRADE_A, GRADE_B, MODEL_STEPS, POSTING_TOOK, SCRIPT_STEPS, TOTAL,
};
use super::*;
use crate::record::{load, save};

/// Set to make the file anew.
const REWRITE: &str = "BATCHPROOF_REWRITE";

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/records/november-2025.json")
}

/// Milliseconds of all calls, by step.
fn durations(record: &RunRecord) -> BTreeMap<i32, Vec<i64>> {
    let mut durations: BTreeMap<i32, Vec<i64>> = BTreeMap::new();
    for row in &record.interactions {
        let took = row.completed_at.unwrap() - row.started_at.unwrap();
        durations
            .entry(row.conversation_id)
            .or_default()
            .push(took.num_milliseconds());
    }
    durations
}

/// Milliseconds from each posting's start to the next one's, or to the end.
fn postings_took(record: &RunRecord) -> Vec<i64> {
    let starts = record.runs.iter().map(|run| run.started_at.unwrap());
    let ends = starts.clone().skip(1).chain(record.batch.ended_at);
    starts
        .zip(ends)
        .map(|(start, end)| (end - start).num_milliseconds())
        .collect()
}

#[test]
fn the_committed_file_is_the_record_that_the_figures_make() {
    if std::env::var_os(REWRITE).is_some() {
        save(&november_2025(), &file()).unwrap();
    }
    assert!(
        load(&file()).unwrap() == november_2025(),
        "make it anew with {REWRITE}=1 cargo test -p batchproof --lib november_2025"
    );
}

#[test]
fn number_mean_least_and_greatest_of_each_step_are_as_published() {
    let durations = durations(&november_2025());
    for figures in MODEL_STEPS {
        let calls = &durations[&figures.conversation];
        let sum: i64 = calls.iter().sum();
        assert_eq!(calls.len(), figures.n, "{figures:?}");
        assert_eq!(
            sum,
            i64::try_from(figures.n).unwrap() * figures.mean,
            "{figures:?}"
        );
        assert_eq!(calls.iter().min(), Some(&figures.least), "{figures:?}");
        assert_eq!(calls.iter().max(), Some(&figures.greatest), "{figures:?}");
    }
    for (script, _) in SCRIPT_STEPS {
        assert_eq!(durations[&script].len(), 50, "{script}");
    }
}

#[test]
fn the_batch_took_7420_seconds_and_its_postings_100_to_301() {
    let record = november_2025();
    let took = postings_took(&record);
    assert_eq!(took.iter().sum::<i64>(), TOTAL);
    assert_eq!(took.iter().min(), Some(&POSTING_TOOK[0]));
    assert_eq!(took.iter().max(), Some(&POSTING_TOOK[1]));
    // The fifteenth start is fourteen stretches after the first.
    assert_eq!(took[..14].iter().min(), Some(&FIRST_FIFTEEN_TOOK[0]));
    assert_eq!(took[..14].iter().max(), Some(&FIRST_FIFTEEN_TOOK[1]));
}

#[test]
fn there_are_674_interactions_424_of_them_of_models_and_8_postings_with_a_ticket() {
    let record = november_2025();
    let of_models = record
        .interactions
        .iter()
        .filter(|row| row.actor_type == ActorType::AiModel);
    assert_eq!((record.interactions.len(), of_models.count()), (674, 424));
    let mut by_run: BTreeMap<i64, usize> = BTreeMap::new();
    for row in &record.interactions {
        *by_run.entry(row.workflow_run_id).or_default() += 1;
    }
    let with = |count: usize| by_run.values().filter(|steps| **steps == count).count();
    assert_eq!((with(13), with(16)), (42, 8));
}

#[test]
fn the_first_postings_grades_ran_one_after_the_other_and_were_created_together() {
    let record = november_2025();
    let grade = |conversation| {
        record
            .interactions
            .iter()
            .find(|row| row.conversation_id == conversation)
            .unwrap()
    };
    let (a, b) = (grade(GRADE_A), grade(GRADE_B));
    let time = |at: Option<DateTime<Utc>>| at.unwrap().format("%H:%M:%S%.3f").to_string();
    assert_eq!(a.created_at, b.created_at);
    assert_eq!(time(a.started_at), "18:43:38.319");
    assert_eq!(
        (time(a.completed_at), time(b.started_at)),
        ("18:44:06.166".to_owned(), "18:44:06.166".to_owned())
    );
    assert_eq!(time(b.completed_at), "18:44:15.123");
    assert_eq!(FIRST.len(), 13);
}

#[test]
fn nothing_ran_beside_anything_else() {
    let record = november_2025();
    for rows in record.interactions.windows(2) {
        assert!(
            rows[0].completed_at <= rows[1].started_at,
            "{} and {}",
            rows[0].interaction_id,
            rows[1].interaction_id
        );
    }
}
