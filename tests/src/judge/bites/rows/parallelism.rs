//! Rows, witness and server tell of the same two grades, each by itself.

use std::ops::RangeInclusive;

use chrono::TimeDelta;

use super::{Bite, Lands, NOTHING_ENTERED, enter_nothing};
use crate::{
    judge::{
        conversations::{ANALYST, EXPERT, EXTRACT, GRADE_A, GRADE_B, SKILLS},
        doctored::{self, GIB, PLAIN_RUN},
    },
    record::{Provenance, RunRecord},
};

/// By their rows, the first grades of the first so many runs are over when the second begin.
fn end_early_by_the_rows(record: &mut RunRecord, runs: i64) {
    for run in 1..=runs {
        let begins = doctored::find(record, run, GRADE_B).started_at;
        doctored::interaction(record, run, GRADE_A).completed_at = begins;
    }
}

/// By their rows, all grades end when they begin.
fn no_time_by_the_rows(record: &mut RunRecord) {
    for run in 1..=50 {
        for grade in [GRADE_A, GRADE_B] {
            let row = doctored::interaction(record, run, grade);
            row.completed_at = row.started_at;
        }
    }
}

/// The server says that it began the first grades when the second were over.
fn compute_late(record: &mut RunRecord, runs: i64) {
    for run in 1..=runs {
        let line = doctored::exchange(record, run, GRADE_A).final_line.as_mut();
        let line = line.unwrap();
        (line.prompt_eval_duration, line.eval_duration) = (0, 200_000_000);
    }
}

/// Sends the second grade of some runs this many milliseconds later.
fn send_apart(record: &mut RunRecord, runs: RangeInclusive<i64>, milliseconds: i64) {
    for run in runs {
        let later = TimeDelta::milliseconds(milliseconds);
        doctored::postpone_from(record, run, GRADE_B, later);
    }
}

/// One grade after the other, for the models do not fit beside each other.
fn in_turn_on_a_small_card(record: &mut RunRecord) {
    *record = doctored::serial();
    record.residency.clear();
    record.environment.servers[0].gpu_memory = Some(6 * GIB);
}

/// The server says that it computed these steps in a fraction of the time.
fn compute_less(record: &mut RunRecord, conversations: &[i32], parts: u64) {
    for run in 1..=50 {
        for conversation in conversations {
            let line = doctored::exchange(record, run, *conversation)
                .final_line
                .as_mut();
            let line = line.unwrap();
            line.prompt_eval_duration /= parts;
            line.eval_duration /= parts;
        }
    }
}

fn lose_exchange(record: &mut RunRecord, run: i64, conversation: i32) {
    let lost = doctored::exchange(record, run, conversation).id;
    record.exchanges.retain(|exchange| exchange.id != lost);
}

pub(super) const ROWS: &[Bite] = &[
    Bite {
        criterion: "grades_overlap",
        lands: Lands::Acceptable,
        along: &[],
        doubts: &[],
        spoil: |record| end_early_by_the_rows(record, 2),
    },
    Bite {
        criterion: "grades_overlap",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| end_early_by_the_rows(record, 3),
    },
    Bite {
        criterion: "grades_overlap",
        lands: Lands::NoData,
        along: NOTHING_ENTERED,
        doubts: &[],
        spoil: enter_nothing,
    },
    Bite {
        criterion: "grades_overlap",
        lands: Lands::NotJudgeable,
        // Calls of one model lie over each other: it seems to have had room for two, and could have been quicker.
        along: &[
            "grade_gap",
            "grades_overlap_on_server",
            "makespan",
            "parallel_saving",
        ],
        doubts: &[],
        spoil: in_turn_on_a_small_card,
    },
    Bite {
        criterion: "grades_overlap_on_server",
        lands: Lands::Acceptable,
        along: &[],
        doubts: &[],
        spoil: |record| compute_late(record, 2),
    },
    Bite {
        criterion: "grades_overlap_on_server",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| compute_late(record, 3),
    },
    Bite {
        criterion: "grades_overlap_on_server",
        lands: Lands::NoData,
        along: &["first_try_rate", "no_database_errors", "retries"],
        doubts: &[],
        spoil: |record| {
            record.provenance = Provenance::Reconstructed {
                source: "a report".to_owned(),
            };
        },
    },
    Bite {
        criterion: "grades_overlap_on_server",
        lands: Lands::NotJudgeable,
        along: &["grade_gap", "grades_overlap", "makespan", "parallel_saving"],
        doubts: &[],
        spoil: in_turn_on_a_small_card,
    },
    Bite {
        criterion: "parallel_saving",
        lands: Lands::Acceptable,
        along: &["grade_gap"],
        doubts: &[],
        spoil: |record| send_apart(record, 1..=50, 700),
    },
    Bite {
        criterion: "parallel_saving",
        lands: Lands::Red,
        // As where they wait for each other altogether.
        along: &["grade_gap", "makespan"],
        doubts: &[],
        spoil: |record| send_apart(record, 1..=50, 1_800),
    },
    Bite {
        criterion: "parallel_saving",
        lands: Lands::NoData,
        along: &["grades_overlap"],
        doubts: &[],
        spoil: no_time_by_the_rows,
    },
    Bite {
        criterion: "parallel_saving",
        lands: Lands::NotJudgeable,
        along: &[
            "grade_gap",
            "grades_overlap",
            "grades_overlap_on_server",
            "makespan",
        ],
        doubts: &[],
        spoil: in_turn_on_a_small_card,
    },
    Bite {
        criterion: "grade_gap",
        lands: Lands::Acceptable,
        along: &[],
        doubts: &[],
        spoil: |record| send_apart(record, 2..=2, 200),
    },
    Bite {
        criterion: "grade_gap",
        lands: Lands::Gap,
        along: &[],
        doubts: &[],
        spoil: |record| send_apart(record, 2..=2, 600),
    },
    Bite {
        criterion: "grade_gap",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| send_apart(record, 2..=2, 1_100),
    },
    Bite {
        criterion: "grade_gap",
        lands: Lands::NoData,
        along: &[
            "grades_overlap_on_server",
            "makespan",
            "model_loads",
            "server_concurrency",
        ],
        doubts: &["unwitnessed_answers"],
        spoil: |record| lose_exchange(record, PLAIN_RUN, GRADE_B),
    },
    Bite {
        criterion: "grade_gap",
        lands: Lands::NotJudgeable,
        along: &[],
        doubts: &[],
        spoil: |record| record.mode.time_scale = 15.0,
    },
    Bite {
        criterion: "server_concurrency",
        lands: Lands::Acceptable,
        along: &[],
        doubts: &[],
        spoil: |record| compute_less(record, &[GRADE_B], 2),
    },
    Bite {
        criterion: "server_concurrency",
        lands: Lands::Red,
        along: &[],
        doubts: &[],
        spoil: |record| compute_less(record, &[GRADE_B], 20),
    },
    Bite {
        criterion: "server_concurrency",
        lands: Lands::NoData,
        along: &["makespan", "model_loads"],
        doubts: &["unwitnessed_answers"],
        spoil: |record| lose_exchange(record, PLAIN_RUN, EXPERT),
    },
    Bite {
        criterion: "server_concurrency",
        lands: Lands::NotJudgeable,
        along: &[],
        doubts: &[],
        spoil: |record| compute_less(record, &[EXTRACT, GRADE_B, SKILLS, ANALYST, EXPERT], 20),
    },
];
