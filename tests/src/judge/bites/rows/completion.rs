//! A posting that does not come through is counted as completed nowhere: count, share and failures move together.

use super::{AT_WORK, Bite, Lands, NOTHING_ENTERED, enter_nothing};
use crate::{
    judge::doctored,
    record::{Ended, RunRecord},
};

fn fail_first(record: &mut RunRecord, runs: i64) {
    for run in 1..=runs {
        doctored::fail(record, run);
    }
}

pub(super) const ROWS: &[Bite] = &[
    Bite {
        criterion: "postings_completed",
        lands: Lands::Acceptable,
        along: &["completion_rate", "failure_rate"],
        doubts: &[],
        spoil: |record| fail_first(record, 2),
    },
    Bite {
        criterion: "postings_completed",
        lands: Lands::Gap,
        along: &["completion_rate", "failure_rate"],
        doubts: &[],
        spoil: |record| fail_first(record, 5),
    },
    Bite {
        criterion: "postings_completed",
        lands: Lands::Red,
        along: &["completion_rate", "failure_rate"],
        doubts: &[],
        spoil: |record| fail_first(record, 6),
    },
    Bite {
        criterion: "postings_completed",
        lands: Lands::NoData,
        along: NOTHING_ENTERED,
        doubts: &[],
        spoil: enter_nothing,
    },
    Bite {
        criterion: "completion_rate",
        lands: Lands::Acceptable,
        along: &["postings_completed", "failure_rate"],
        doubts: &[],
        spoil: |record| fail_first(record, 1),
    },
    Bite {
        criterion: "completion_rate",
        lands: Lands::Gap,
        along: &["postings_completed", "failure_rate"],
        doubts: &[],
        spoil: |record| fail_first(record, 3),
    },
    Bite {
        criterion: "completion_rate",
        lands: Lands::Red,
        along: &["postings_completed", "failure_rate"],
        doubts: &[],
        spoil: |record| fail_first(record, 6),
    },
    Bite {
        criterion: "completion_rate",
        lands: Lands::NoData,
        along: NOTHING_ENTERED,
        doubts: &[],
        spoil: enter_nothing,
    },
    Bite {
        criterion: "failure_rate",
        lands: Lands::Acceptable,
        along: &["postings_completed", "completion_rate"],
        doubts: &[],
        spoil: |record| fail_first(record, 2),
    },
    Bite {
        criterion: "failure_rate",
        lands: Lands::Gap,
        along: &["postings_completed", "completion_rate"],
        doubts: &[],
        spoil: |record| fail_first(record, 4),
    },
    Bite {
        criterion: "failure_rate",
        lands: Lands::Red,
        along: &["postings_completed", "completion_rate"],
        doubts: &[],
        spoil: |record| fail_first(record, 7),
    },
    Bite {
        criterion: "failure_rate",
        lands: Lands::NoData,
        along: AT_WORK,
        doubts: &[],
        spoil: |record| *record = doctored::interrupted(),
    },
    Bite {
        criterion: "nothing_unfinished",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| {
            record.ended = Ended::Failed {
                why: "the database went away".to_owned(),
            };
        },
    },
    Bite {
        criterion: "nothing_unfinished",
        lands: Lands::NoData,
        along: NOTHING_ENTERED,
        doubts: &[],
        spoil: enter_nothing,
    },
];
