//! When things run, and beside what.

use crate::sabotage::{Break, Guard, Sabotage};

const FAMILY: &str = "order";

pub(crate) const ROWS: &[Sabotage] = &[
    Sabotage {
        name: "the_second_grade_waits_for_the_first",
        family: FAMILY,
        history: "26 Nov: both grades were created in one transaction, 0 ms apart, and ran one after the other.",
        guard: Guard::Bypassed(
            "pairs are claimed together, begun in one statement and sent together",
        ),
        broken: &[Break::Database(include_str!(
            "damage/second_grade_waits.sql"
        ))],
        turns: &[
            "grades_overlap",
            "grades_overlap_on_server",
            "parallel_saving",
        ],
        doubts: &[],
    },
    Sabotage {
        name: "one_call_at_a_time",
        family: FAMILY,
        history: "26 Nov: no two calls of 424 overlapped; the steps add up to the whole 148 s of a posting.",
        guard: Guard::TheJudgeAlone,
        broken: &[Break::Settings(|settings| settings.max_in_flight = Some(1))],
        turns: &[
            "grades_overlap",
            "grades_overlap_on_server",
            "parallel_saving",
            "server_concurrency",
        ],
        doubts: &[],
    },
    Sabotage {
        name: "serial_grades_are_dated_by_their_creation",
        family: FAMILY,
        history: "26 Nov: the proof of parallel work was the difference of two created_at of one transaction.",
        guard: Guard::Bypassed("started_at is when the request left, by the database's clock"),
        broken: &[
            Break::Settings(|settings| settings.max_in_flight = Some(1)),
            Break::Database(include_str!("damage/started_when_created.sql")),
        ],
        turns: &[
            "grades_overlap_on_server",
            "parallel_saving",
            "server_concurrency",
        ],
        doubts: &[],
    },
    Sabotage {
        name: "posting_by_posting",
        family: FAMILY,
        history: "26 Nov: a runner for each posting; the models changed with every step, and the cache was a name.",
        guard: Guard::Bypassed("waves are planned over all postings"),
        broken: &[
            Break::Settings(|settings| settings.gpu_memory = Some(6 << 30)),
            Break::Database(include_str!("damage/posting_by_posting.sql")),
        ],
        turns: &["model_loads"],
        doubts: &[],
    },
];
