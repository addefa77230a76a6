//! What went wrong on the way and was put right again leaves the postings as they are.

use super::{AT_WORK, Bite, Lands, NOTHING_ENTERED, enter_nothing, replayed};
use crate::{
    judge::doctored::{
        self,
        trouble::{attempt_before, error_beside},
    },
    record::{AttemptEnd, RunRecord},
};

/// Lets the watchdog stop attempts of the first so many interactions.
fn stop(record: &mut RunRecord, interactions: usize) {
    for index in 0..interactions {
        error_beside(record, index, "watchdog", "ran for more than 15 min");
    }
}

/// Lets so many of a hundred interactions succeed at their second attempt only.
fn try_again(record: &mut RunRecord, percent: usize) {
    for index in 0..record.interactions.len() * percent / 100 {
        attempt_before(record, index, AttemptEnd::Retried);
    }
}

/// Lets one interaction be retried so many times.
fn retry_one(record: &mut RunRecord, times: usize) {
    for _ in 0..times {
        attempt_before(record, 3, AttemptEnd::Retried);
    }
}

/// Lets so many connections be opened half-way and not closed again.
fn open_more(record: &mut RunRecord, connections: u32) {
    let half = record.connections.len() / 2;
    for sample in &mut record.connections[half..] {
        sample.connections += connections;
    }
}

pub(super) const ROWS: &[Bite] = &[
    Bite {
        criterion: "watchdog_interventions",
        lands: Lands::Acceptable,
        along: &["zero_watchdog_interventions"],
        doubts: &[],
        spoil: |record| stop(record, 4),
    },
    Bite {
        criterion: "watchdog_interventions",
        lands: Lands::Gap,
        along: &["zero_watchdog_interventions"],
        doubts: &[],
        spoil: |record| stop(record, 10),
    },
    Bite {
        criterion: "watchdog_interventions",
        lands: Lands::Red,
        along: &["zero_watchdog_interventions"],
        doubts: &[],
        spoil: |record| stop(record, 11),
    },
    Bite {
        criterion: "watchdog_interventions",
        lands: Lands::NoData,
        along: NOTHING_ENTERED,
        doubts: &[],
        spoil: enter_nothing,
    },
    Bite {
        criterion: "no_database_errors",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| error_beside(record, 3, "database", "the connection was closed"),
    },
    Bite {
        criterion: "no_database_errors",
        lands: Lands::NoData,
        along: NOTHING_ENTERED,
        doubts: &[],
        spoil: enter_nothing,
    },
    Bite {
        criterion: "first_try_rate",
        lands: Lands::Acceptable,
        along: &["retries"],
        doubts: &[],
        spoil: |record| try_again(record, 3),
    },
    Bite {
        criterion: "first_try_rate",
        lands: Lands::Gap,
        along: &["retries"],
        doubts: &[],
        spoil: |record| try_again(record, 11),
    },
    Bite {
        criterion: "first_try_rate",
        lands: Lands::Red,
        along: &["retries"],
        doubts: &[],
        spoil: |record| try_again(record, 21),
    },
    Bite {
        criterion: "first_try_rate",
        lands: Lands::NoData,
        along: NOTHING_ENTERED,
        doubts: &[],
        spoil: enter_nothing,
    },
    Bite {
        criterion: "zero_watchdog_interventions",
        lands: Lands::Red,
        along: &["watchdog_interventions"],
        doubts: &[],
        spoil: |record| stop(record, 1),
    },
    Bite {
        criterion: "zero_watchdog_interventions",
        lands: Lands::NoData,
        along: NOTHING_ENTERED,
        doubts: &[],
        spoil: enter_nothing,
    },
    Bite {
        criterion: "retries",
        lands: Lands::Acceptable,
        along: &[],
        doubts: &[],
        spoil: |record| retry_one(record, 24),
    },
    Bite {
        criterion: "retries",
        lands: Lands::Gap,
        along: &[],
        doubts: &[],
        spoil: |record| retry_one(record, 25),
    },
    Bite {
        criterion: "retries",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| retry_one(record, 51),
    },
    Bite {
        criterion: "retries",
        lands: Lands::NoData,
        along: AT_WORK,
        doubts: &[],
        spoil: |record| *record = doctored::interrupted(),
    },
    Bite {
        criterion: "database_connections",
        lands: Lands::Acceptable,
        along: &[],
        doubts: &[],
        spoil: |record| open_more(record, 3),
    },
    Bite {
        criterion: "database_connections",
        lands: Lands::Gap,
        along: &[],
        doubts: &[],
        spoil: |record| open_more(record, 6),
    },
    Bite {
        criterion: "database_connections",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| open_more(record, 11),
    },
    Bite {
        criterion: "database_connections",
        lands: Lands::NoData,
        along: &[],
        doubts: &[],
        spoil: |record| record.connections.clear(),
    },
    replayed("watchdog_interventions"),
    replayed("zero_watchdog_interventions"),
    replayed("database_connections"),
];
