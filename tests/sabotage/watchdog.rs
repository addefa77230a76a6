//! What runs too long, and what is made of it.

use std::time::Duration;

use fixtures::ollama::{Fault, Mishap, Step};

use crate::sabotage::{Break, Guard, Sabotage};

const FAMILY: &str = "watchdog";

/// One answer that comes after the watchdog's limit: the first extract, behind which nothing of the posting waits but
/// its summary and its skills. The limit is a second of wall time, the answer takes 1.8 s or more, and no other call of
/// the batch 0.8 s.
const ONE_LATE_ANSWER: Break = Break::Settings(|settings| {
    settings.time_scale = 120.0;
    settings.watchdog_limit = Duration::from_mins(2);
    settings
        .faults
        .push(Fault::nth(Step::Extract, 1, Mishap::Slow(52.0)));
});

pub(crate) const ROWS: &[Sabotage] = &[
    Sabotage {
        name: "the_watchdog_ends_a_run_as_failed",
        family: FAMILY,
        history: "What the watchdog is for: one answer does not come in time, and its run fails.",
        guard: Guard::Kept("the watchdog's word is final: the late answer meets the fence"),
        broken: &[ONE_LATE_ANSWER],
        turns: &[
            "postings_completed",
            "completion_rate",
            "summary_completeness",
            "skills_completeness",
            "failure_rate",
            "zero_watchdog_interventions",
        ],
        doubts: &[],
    },
    Sabotage {
        name: "the_watchdog_ends_a_run_as_completed",
        family: FAMILY,
        history: "26 Nov: the watchdog set 75 runs to completed, whatever was failed or pending in them.",
        guard: Guard::Schema("a_final_run_has_no_open_work"),
        broken: &[
            ONE_LATE_ANSWER,
            Break::Database(include_str!("damage/failed_means_completed.sql")),
        ],
        turns: &[
            "bookkeeping",
            "completed_postings_have_all_data",
            "grades_overlap",
            "grades_overlap_on_server",
            "interaction_count",
            "makespan",
            "model_loads",
            "parallel_saving",
            "prompts_are_whole",
            "saved_data_is_its_own",
            "server_concurrency",
            "skills_completeness",
            "summary_about_posting",
            "summary_completeness",
            "zero_watchdog_interventions",
        ],
        doubts: &["missing_pairs"],
    },
    Sabotage {
        name: "a_late_answer_overrules_the_watchdog",
        family: FAMILY,
        history: "14 Dec: the reaper raced with answers that came late; what it had failed was completed after all.",
        guard: Guard::Bypassed("a write that ends an attempt finds it running, or writes nothing"),
        broken: &[
            ONE_LATE_ANSWER,
            Break::Database(include_str!("damage/late_answer_wins.sql")),
        ],
        turns: &["bookkeeping", "zero_watchdog_interventions"],
        doubts: &[],
    },
];
