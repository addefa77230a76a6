//! Rows that are too many, too few, or not as the system left them.

use chrono::TimeDelta;

use super::Audit;
use crate::{
    judge::{
        conversations::GRADE_B,
        doctored::{self, PLAIN_RUN, START},
    },
    record::{BatchSpan, Interaction, Status},
};

pub(super) const AUDITS: &[Audit] = &[
    Audit {
        name: "runs that never ended set to completed by hand, all at once",
        doubts: &["edited_rows"],
        turns: &[],
        spoil: |record| {
            let now = record.batch.ended_at;
            for run in &mut record.runs {
                run.completed_at = now;
            }
        },
    },
    Audit {
        name: "failed runs set to completed by hand, one by one",
        doubts: &["edited_rows"],
        turns: &["bookkeeping", "interaction_count", "saved_data_is_its_own"],
        spoil: |record| {
            for run in 1..=5 {
                doctored::fail(record, run);
            }
            for (run, seconds) in record.runs.iter_mut().take(5).zip(20..) {
                let end = run.completed_at.map(|at| at + TimeDelta::seconds(seconds));
                (run.status, run.completed_at) = (Status::Completed, end);
            }
        },
    },
    Audit {
        name: "a pair that lacks a grade",
        doubts: &["missing_pairs"],
        turns: &[
            "grade_gap",
            "grades_overlap",
            "grades_overlap_on_server",
            "interaction_count",
            "makespan",
            "model_loads",
            "prompts_are_whole",
            "server_concurrency",
        ],
        spoil: |record| doctored::remove(record, PLAIN_RUN, GRADE_B),
    },
    Audit {
        name: "a run that is there twice, with all that it did",
        doubts: &["runs_beyond_the_batch", "unwitnessed_answers"],
        turns: &[
            "bookkeeping",
            "grade_gap",
            "grades_overlap_on_server",
            "makespan",
            "model_loads",
            "running_at_a_time",
            "server_concurrency",
        ],
        spoil: |record| {
            let mut run = record.runs[3].clone();
            let rows = record.interactions.iter();
            let mut again: Vec<Interaction> = rows
                .filter(|row| row.workflow_run_id == run.workflow_run_id)
                .cloned()
                .collect();
            run.workflow_run_id = 900;
            for row in &mut again {
                (row.workflow_run_id, row.interaction_id) = (900, 9_000 + row.interaction_id);
            }
            record.runs.push(run);
            record.interactions.extend(again);
        },
    },
    Audit {
        name: "an interaction that is there twice",
        doubts: &["repeated_steps"],
        turns: &["bookkeeping"],
        spoil: |record| {
            let mut again = record.interactions[0].clone();
            again.interaction_id = 9_000;
            record.interactions.push(again);
        },
    },
    Audit {
        name: "an interaction about another posting",
        doubts: &["stray_interactions"],
        turns: &["bookkeeping"],
        spoil: |record| record.interactions[0].posting_id += 1,
    },
    Audit {
        name: "another batch at the same time",
        doubts: &["overlapping_batches"],
        turns: &[],
        spoil: |record| {
            let others = record.overlapping_batches.get_or_insert_default();
            others.push(BatchSpan {
                id: 7,
                started_at: START - TimeDelta::minutes(1),
                ended_at: Some(START + TimeDelta::minutes(1)),
                last_sign_at: None,
            });
        },
    },
    Audit {
        name: "a posting written after the end",
        doubts: &["edited_rows"],
        turns: &[],
        spoil: |record| {
            let end = record.batch.ended_at.unwrap();
            record.postings[6].updated_at = end + TimeDelta::minutes(1);
        },
    },
    Audit {
        name: "a second row of a posting",
        doubts: &["repeated_rows"],
        turns: &[],
        spoil: |record| {
            let again = record.postings[6].clone();
            record.postings.push(again);
        },
    },
    Audit {
        name: "database errors taken out",
        doubts: &["rows_left_out"],
        turns: &[],
        spoil: |record| {
            let counts = record.row_counts_at_end.get_or_insert_default();
            counts.insert("workflow_errors".to_owned(), 3);
        },
    },
    Audit {
        name: "a failed run taken out with all its rows, and size and counts with it",
        doubts: &["unexplained_evidence"],
        turns: &["makespan"],
        spoil: |record| {
            record.runs.retain(|run| run.workflow_run_id != PLAIN_RUN);
            record
                .postings
                .retain(|it| it.posting_id != 100 + PLAIN_RUN);
            let before = record.interactions.len();
            record
                .interactions
                .retain(|row| row.workflow_run_id != PLAIN_RUN);
            let rows = u64::try_from(before - record.interactions.len()).unwrap();
            record.batch.size -= 1;
            let counts = record.row_counts_at_end.get_or_insert_default();
            for (table, rows) in [
                ("workflow_runs", 1),
                ("interactions", rows),
                ("postings", 1),
            ] {
                *counts.entry(table.to_owned()).or_default() -= rows;
            }
        },
    },
    Audit {
        name: "more postings promoted than the batch is said to have had",
        doubts: &["rows_left_out"],
        turns: &[],
        spoil: |record| {
            let counts = record.row_counts_at_end.get_or_insert_default();
            counts.insert("postings".to_owned(), 56);
        },
    },
];
