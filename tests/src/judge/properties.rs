//! What must hold for any record, not only for those that somebody thought of. By the built-in plan, for all criteria.

mod losses;

use std::sync::LazyLock;

use chrono::TimeDelta;
use proptest::prelude::*;

use self::losses::{KINDS, delete_run};
use super::{
    Judgement, Requirements, Standing,
    bites::{self, Bite},
    conversations::{EXPERT, FORMAT, GRADE_A, GRADE_B},
    doctored, judge,
};
use crate::{
    plan::Plan,
    record::{Attempt, AttemptEnd, RunRecord, WorkflowError},
};

/// Enough runs for every path through the workflow, few enough for many cases.
const RUNS: usize = 12;

static PLAN: LazyLock<Requirements> = LazyLock::new(|| Plan::builtin().requirements());

fn judged(record: &RunRecord) -> Judgement {
    judge(record, &PLAN)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_serial_schedule_is_never_judged_parallel(
        pauses in prop::collection::vec((any::<bool>(), 0_i64..2_000, any::<bool>()), RUNS),
    ) {
        let mut record = doctored::healthy_of(RUNS);
        for (run, (a_first, pause, created_together)) in (1_i64..).zip(pauses) {
            one_after_the_other(&mut record, run, a_first, pause);
            if created_together {
                let created = doctored::find(&record, run, GRADE_A).created_at;
                doctored::interaction(&mut record, run, GRADE_B).created_at = created;
            }
        }
        let judgement = judged(&record);
        for criterion in PARALLEL {
            let standing = &judgement.verdict(criterion).unwrap().standing;
            prop_assert_eq!(standing, &Standing::Red, "{}", criterion);
        }
    }

    #[test]
    fn calls_one_after_the_other_are_never_judged_parallel_whatever_their_order(
        order in Just((0..doctored::healthy_of(RUNS).exchanges.len()).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let mut record = doctored::healthy_of(RUNS);
        record.exchanges = order.iter().map(|place| record.exchanges[*place].clone()).collect();
        doctored::one_call_at_a_time(&mut record);
        let judgement = judged(&record);
        for criterion in PARALLEL {
            let standing = &judgement.verdict(criterion).unwrap().standing;
            prop_assert_eq!(standing, &Standing::Red, "{}", criterion);
        }
        let server = &judgement.verdict("server_concurrency").unwrap().standing;
        prop_assert!(!server.is_met(), "{}", server);
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(
        record in Just(spoiled()).prop_flat_map(shuffled),
    ) {
        prop_assert_eq!(judged(&record), judged(&spoiled()));
    }

    #[test]
    fn a_lost_row_never_improves_a_verdict(
        row in any::<prop::sample::Index>(),
        serial in 0_i64..=3,
    ) {
        let mut record = doctored::healthy_of(RUNS);
        for run in 1..=serial {
            doctored::serialise_grades(&mut record, run);
        }
        let before = judged(&record);
        record.interactions.remove(row.index(record.interactions.len()));
        prop_assert!(nothing_improved(&before, &judged(&record)));
    }

    #[test]
    fn lost_evidence_of_any_kind_never_improves_a_verdict(
        lose in prop::sample::select(&KINDS[..]),
        item in any::<prop::sample::Index>(),
    ) {
        let mut record = troubled();
        let before = judged(&record);
        lose(&mut record, item);
        let after = judged(&record);
        prop_assert_eq!(improved(&before, &after), Vec::<&str>::new());
    }

    #[test]
    fn a_lost_exchange_never_improves_a_verdict_and_never_stays_unnoticed(
        row in any::<prop::sample::Index>(),
        reloads in 0_usize..20,
    ) {
        let mut record = doctored::healthy_of(RUNS);
        for exchange in record.exchanges.iter_mut().take(reloads) {
            exchange.final_line.as_mut().unwrap().load_duration = 50_000_000;
        }
        let before = judged(&record);
        record.exchanges.remove(row.index(record.exchanges.len()));
        let after = judged(&record);
        prop_assert!(nothing_improved(&before, &after));
        prop_assert!(!after.validity.is_valid());
    }

    #[test]
    fn a_lost_posting_or_row_never_improves_what_is_said_of_the_content(
        spoiled in prop::sample::subsequence((1..=RUNS).collect::<Vec<_>>(), 0..=3),
        kind in 0_usize..SPOILED_CONTENT.len(),
        lost in any::<prop::sample::Index>(),
        lose_posting in any::<bool>(),
    ) {
        let mut record = doctored::healthy_of(RUNS);
        for run in spoiled {
            SPOILED_CONTENT[kind](&mut record, run);
        }
        let before = judged(&record);
        if lose_posting {
            record.postings.remove(lost.index(record.postings.len()));
        } else {
            record.interactions.remove(lost.index(record.interactions.len()));
        }
        let after = judged(&record);
        prop_assert_eq!(improved(&before, &after), Vec::<&str>::new());
    }
}

proptest! {
    // The records of the table are of full size, and each case judges two.
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn evidence_lost_from_any_record_of_the_table_never_improves_a_verdict(
        place in any::<prop::sample::Index>(),
        losses in prop::collection::vec((prop::sample::select(&KINDS[..]), any::<prop::sample::Index>()), 1..=3),
    ) {
        let row = row(place);
        let mut record = row.record();
        let before = judged(&record);
        for (lose, item) in losses {
            lose(&mut record, item);
        }
        prop_assert_eq!(improved(&before, &judged(&record)), Vec::<&str>::new(), "{:?}", row);
    }

    #[test]
    fn a_record_of_the_table_is_judged_the_same_again_and_in_any_order(
        (place, record) in any::<prop::sample::Index>()
            .prop_flat_map(|place| (Just(place), shuffled(row(place).record()))),
    ) {
        let judgement = judged(&row(place).record());
        prop_assert_eq!(&judgement, &judged(&row(place).record()));
        prop_assert_eq!(&judgement, &judged(&record));
    }
}

/// What looks at one run after the other, so that one of them may be at fault.
const BY_RUN: [&str; 16] = [
    "bookkeeping",
    "completed_postings_have_all_data",
    "grade_gap",
    "grades_overlap",
    "grades_overlap_on_server",
    "ihl_score_mean",
    "ihl_score_spread",
    "interaction_count",
    "makespan",
    "parallel_saving",
    "prompts_are_whole",
    "saved_data_is_its_own",
    "server_concurrency",
    "skills_from_posting",
    "summary_about_posting",
    "summary_form",
];

#[test]
fn deleting_the_run_that_was_at_fault_makes_nothing_a_pass() {
    let mut record = doctored::healthy_of(RUNS);
    delete_run(&mut record, 1);
    let judgement = judged(&record);
    for criterion in BY_RUN {
        let verdict = judgement.verdict(criterion).unwrap();
        assert_eq!(verdict.standing, Standing::NoData, "{criterion}");
    }
}

#[test]
fn an_answer_that_nobody_saw_stays_unseen_when_its_row_is_deleted_too() {
    let mut record = doctored::healthy_of(RUNS);
    let lost = doctored::exchange(&mut record, 1, EXPERT).id;
    record.exchanges.retain(|exchange| exchange.id != lost);
    doctored::remove(&mut record, 1, EXPERT);
    let judgement = judged(&record);
    for criterion in ["makespan", "model_loads", "server_concurrency"] {
        let verdict = judgement.verdict(criterion).unwrap();
        assert_eq!(verdict.standing, Standing::NoData, "{criterion}");
    }
}

/// What says whether the grades ran at the same time.
const PARALLEL: [&str; 3] = [
    "grades_overlap",
    "grades_overlap_on_server",
    "parallel_saving",
];

/// Ways in which the content of one run goes wrong.
const SPOILED_CONTENT: [fn(&mut RunRecord, usize); 6] = [
    |record, run| {
        let other = doctored::texts::summary(run_id(run) + 2, "permanent");
        record.postings[run - 1].extracted_summary = Some(other);
    },
    |record, run| {
        record.postings[run - 1].extracted_summary = Some("None".to_owned());
    },
    |record, run| {
        record.postings[run - 1].skill_keywords = Some(doctored::texts::skills(run_id(run) + 2));
    },
    |record, run| record.postings[run - 1].ihl_score = None,
    |record, _| {
        for posting in &mut record.postings {
            posting.ihl_score = Some(9);
        }
    },
    |record, run| {
        let format = doctored::interaction(record, run_id(run), FORMAT);
        let quotes = format.input.as_mut().unwrap().quotes.as_mut().unwrap();
        quotes.outputs.clear();
    },
];

fn run_id(run: usize) -> i64 {
    i64::try_from(run).unwrap()
}

/// A record in which something went wrong of every kind that leaves more than one trace.
fn troubled() -> RunRecord {
    let mut record = doctored::healthy_of(RUNS);
    doctored::fail(&mut record, 1);
    for index in 10..16 {
        retry(&mut record, index);
    }
    for (index, sample) in record.gpu.iter_mut().flatten().enumerate() {
        sample.utilisation_percent = Some(if index % 3 == 0 { 30.0 } else { 61.0 });
    }
    let later = record.connections.len() / 2;
    for sample in &mut record.connections[later..] {
        sample.connections += 3;
    }
    record.postings[4].description_chars = 100;
    record
}

/// Lets the watchdog stop an interaction's first attempt, as the runner writes it down.
fn retry(record: &mut RunRecord, index: usize) {
    let row = &mut record.interactions[index];
    let stopped = "watchdog: ran for more than 15 min".to_owned();
    record.attempts.push(Attempt {
        interaction_id: row.interaction_id,
        attempt: 1,
        claimed_by: "runner-1".to_owned(),
        claimed_at: row.created_at,
        started_at: Some(row.created_at),
        ended_at: row.created_at,
        ended_as: AttemptEnd::Retried,
        error_type: Some("watchdog".to_owned()),
        error: Some(stopped.clone()),
    });
    record.errors.push(WorkflowError {
        error_id: row.interaction_id,
        workflow_run_id: Some(row.workflow_run_id),
        interaction_id: Some(row.interaction_id),
        attempt: Some(1),
        error_type: "watchdog".to_owned(),
        error_class: None,
        error_message: stopped,
        created_at: row.created_at,
    });
    row.attempt = 2;
}

/// Puts the grades of one run in turn, with a pause between.
fn one_after_the_other(record: &mut RunRecord, run: i64, a_first: bool, pause: i64) {
    let (first, second) = if a_first {
        (GRADE_A, GRADE_B)
    } else {
        (GRADE_B, GRADE_A)
    };
    let done = doctored::find(record, run, first).completed_at.unwrap();
    let started = doctored::find(record, run, second).started_at.unwrap();
    let later = done - started + TimeDelta::milliseconds(pause);
    doctored::postpone(record, run, second, later);
}

/// A record with something to say under many criteria.
fn spoiled() -> RunRecord {
    let mut record = doctored::healthy_of(RUNS);
    doctored::fail(&mut record, 1);
    doctored::serialise_grades(&mut record, 2);
    doctored::remove(&mut record, 3, GRADE_B);
    let mut repeated = doctored::find(&record, 5, GRADE_A).clone();
    repeated.interaction_id = 9_000;
    record.interactions.push(repeated);
    record.postings[6].skill_keywords = None;
    record
}

fn row(place: prop::sample::Index) -> &'static Bite {
    let rows: Vec<&Bite> = bites::rows().collect();
    rows[place.index(rows.len())]
}

fn shuffled(record: RunRecord) -> impl Strategy<Value = RunRecord> {
    let rows = (
        Just(record.postings.clone()).prop_shuffle(),
        Just(record.runs.clone()).prop_shuffle(),
        Just(record.interactions.clone()).prop_shuffle(),
        Just(record.attempts.clone()).prop_shuffle(),
        Just(record.errors.clone()).prop_shuffle(),
    );
    let samples = (
        Just(record.exchanges.clone()).prop_shuffle(),
        Just(record.residency.clone()).prop_shuffle(),
        Just(record.connections.clone()).prop_shuffle(),
        Just(record.gpu.clone().unwrap_or_default()).prop_shuffle(),
    );
    (rows, samples).prop_map(move |(rows, samples)| {
        let (postings, runs, interactions, attempts, errors) = rows;
        let (exchanges, residency, connections, gpu) = samples;
        RunRecord {
            postings,
            runs,
            interactions,
            attempts,
            errors,
            exchanges,
            residency,
            connections,
            gpu: record.gpu.is_some().then_some(gpu),
            ..record.clone()
        }
    })
}

fn nothing_improved(before: &Judgement, after: &Judgement) -> bool {
    improved(before, after).is_empty()
}

/// The criteria under which it stands better than before.
fn improved(before: &Judgement, after: &Judgement) -> Vec<&'static str> {
    before
        .verdicts
        .iter()
        .zip(&after.verdicts)
        .filter(|(before, after)| rank(&after.standing) < rank(&before.standing))
        .map(|(before, _)| before.criterion.id)
        .collect()
}

/// From best to worst. What is missed is missed, whether by data or for want of them.
fn rank(standing: &Standing) -> u8 {
    match standing {
        Standing::Target => 0,
        Standing::Acceptable => 1,
        Standing::NotJudgeable { .. } => 2,
        Standing::Gap | Standing::Red | Standing::NoData => 3,
    }
}
