//! What must hold for any record, not only for those that somebody thought of.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::{
    Judgement, Requirements, Standing,
    conversations::{FORMAT, GRADE_A, GRADE_B},
    doctored, judge,
};
use crate::record::RunRecord;

/// Enough runs for every path through the workflow, few enough for many cases.
const RUNS: usize = 12;

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
        for criterion in ["grades_overlap", "grades_overlap_on_server"] {
            let verdict = doctored::verdict(&record, criterion);
            prop_assert_eq!(verdict.standing, Standing::Red, "{}", criterion);
        }
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter(
        record in Just(spoiled()).prop_flat_map(shuffled),
    ) {
        prop_assert_eq!(judge(&record, &Requirements::none()), judge(&spoiled(), &Requirements::none()));
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
        let before = judge(&record, &Requirements::none());
        record.interactions.remove(row.index(record.interactions.len()));
        prop_assert!(nothing_improved(&before, &judge(&record, &Requirements::none())));
    }

    #[test]
    fn a_lost_exchange_never_improves_a_verdict_and_never_stays_unnoticed(
        row in any::<prop::sample::Index>(),
    ) {
        let mut record = doctored::healthy_of(RUNS);
        let before = judge(&record, &Requirements::none());
        record.exchanges.remove(row.index(record.exchanges.len()));
        let after = judge(&record, &Requirements::none());
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
        let before = judge(&record, &Requirements::none());
        if lose_posting {
            record.postings.remove(lost.index(record.postings.len()));
        } else {
            record.interactions.remove(lost.index(record.interactions.len()));
        }
        let after = judge(&record, &Requirements::none());
        for criterion in CONTENT {
            let rank = |judgement: &Judgement| rank(&judgement.verdict(criterion).unwrap().standing);
            prop_assert!(rank(&after) >= rank(&before), "{}", criterion);
        }
    }
}

const CONTENT: [&str; 7] = [
    "saved_data_is_its_own",
    "prompts_are_whole",
    "summary_about_posting",
    "summary_form",
    "skills_from_posting",
    "ihl_score_spread",
    "ihl_score_mean",
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

fn shuffled(record: RunRecord) -> impl Strategy<Value = RunRecord> {
    (
        Just(record.postings.clone()).prop_shuffle(),
        Just(record.runs.clone()).prop_shuffle(),
        Just(record.interactions.clone()).prop_shuffle(),
        Just(record.exchanges.clone()).prop_shuffle(),
    )
        .prop_map(move |(postings, runs, interactions, exchanges)| RunRecord {
            postings,
            runs,
            interactions,
            exchanges,
            ..record.clone()
        })
}

fn nothing_improved(before: &Judgement, after: &Judgement) -> bool {
    before
        .verdicts
        .iter()
        .zip(&after.verdicts)
        .all(|(before, after)| rank(&after.standing) >= rank(&before.standing))
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
