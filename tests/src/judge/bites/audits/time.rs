//! Dates and durations that cannot be true.

use chrono::TimeDelta;

use super::Audit;
use crate::{
    judge::{
        conversations::{ANALYST, EXPERT, EXTRACT, GRADE_B},
        doctored::{self, PLAIN_RUN, START},
    },
    record::{FinalLine, RunRecord},
};

fn change_durations(record: &mut RunRecord, change: fn(u64) -> u64) {
    let lines = record.exchanges.iter_mut();
    for line in lines.filter_map(|exchange| exchange.final_line.as_mut()) {
        change_duration(line, change);
    }
}

fn change_duration(line: &mut FinalLine, change: fn(u64) -> u64) {
    *line = FinalLine {
        total_duration: change(line.total_duration),
        load_duration: change(line.load_duration),
        prompt_eval_duration: change(line.prompt_eval_duration),
        eval_duration: change(line.eval_duration),
        ..line.clone()
    };
}

pub(super) const AUDITS: &[Audit] = &[
    Audit {
        name: "all dates squeezed to a twentieth",
        doubts: &["faster_than_possible"],
        turns: &[],
        spoil: |record| {
            doctored::dates::change_dates(record, |at| START + (at - START) / 20);
        },
    },
    Audit {
        name: "microseconds taken for nanoseconds",
        doubts: &["impossible_figures", "units"],
        turns: &["grades_overlap_on_server", "makespan", "server_concurrency"],
        spoil: |record| change_durations(record, |it| it / 1_000),
    },
    Audit {
        name: "milliseconds taken for nanoseconds",
        doubts: &["impossible_figures", "units"],
        turns: &["grades_overlap_on_server", "makespan", "server_concurrency"],
        spoil: |record| change_durations(record, |it| it / 1_000_000),
    },
    Audit {
        name: "nanoseconds taken for microseconds",
        doubts: &["faster_than_possible", "units"],
        turns: &[],
        spoil: |record| change_durations(record, |it| it * 1_000),
    },
    Audit {
        name: "rows dated before the batch",
        doubts: &["outside_the_batch"],
        turns: &[],
        spoil: |record| {
            for row in record.interactions.iter_mut().take(3) {
                row.created_at -= TimeDelta::hours(1);
            }
        },
    },
    Audit {
        name: "a batch that ended before its rows",
        doubts: &["outside_the_batch"],
        turns: &[],
        spoil: |record| {
            let end = &mut record.batch.ended_at;
            *end = end.map(|end| end - TimeDelta::seconds(2));
        },
    },
    Audit {
        name: "a clock that was set back",
        doubts: &["clock_runs_forward"],
        turns: &[],
        spoil: |record| {
            let row = doctored::interaction(record, PLAIN_RUN, EXTRACT);
            row.claimed_at = row.started_at.map(|at| at + TimeDelta::milliseconds(500));
        },
    },
    Audit {
        name: "an analyst who ends with the expert that quotes him",
        doubts: &["steps_out_of_order"],
        turns: &[],
        spoil: |record| {
            let end = |id| doctored::find(record, PLAIN_RUN, id).completed_at.unwrap();
            let later = end(EXPERT) - end(ANALYST);
            doctored::postpone(record, PLAIN_RUN, ANALYST, later);
        },
    },
    Audit {
        name: "one step's durations in microseconds",
        doubts: &["units"],
        turns: &["server_concurrency"],
        spoil: |record| {
            for run in 1..=50 {
                let exchange = doctored::exchange(record, run, GRADE_B);
                change_duration(exchange.final_line.as_mut().unwrap(), |it| it / 1_000);
            }
        },
    },
    Audit {
        name: "runs that are said to have begun when their work was done",
        doubts: &["clock_runs_forward"],
        turns: &[],
        spoil: |record| {
            for run in &mut record.runs {
                run.started_at = run.completed_at;
            }
        },
    },
];
