//! Records that were tampered with, or whose measurement is off: what the validity of the evidence is for.

use chrono::TimeDelta;
use serde_json::json;

use crate::{
    judge::{
        conversations::{ANALYST, EXPERT, EXTRACT, GRADE_B},
        doctored::{self, PLAIN_RUN, START},
    },
    record::{ActorType, BatchSpan, FinalLine, Interaction, RunRecord, ServerKind, Status},
};

/// One way to spoil the evidence, and all that it changes.
#[derive(Debug)]
pub(super) struct Audit {
    pub(super) name: &'static str,
    /// The doubts that it raises.
    pub(super) doubts: &'static [&'static str],
    /// The criteria that stand elsewhere than before.
    pub(super) turns: &'static [&'static str],
    /// The edit.
    pub(super) spoil: fn(&mut RunRecord),
}

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

pub(super) const AUDITS: [Audit; 31] = [
    Audit {
        name: "all dates squeezed to a twentieth",
        doubts: &["faster_than_possible"],
        turns: &[],
        spoil: |record| {
            doctored::dates::change_dates(record, |at| START + (at - START) / 20);
        },
    },
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
        name: "a clock that was set back",
        doubts: &["clock_runs_forward"],
        turns: &[],
        spoil: |record| {
            let row = doctored::interaction(record, PLAIN_RUN, EXTRACT);
            row.claimed_at = row.started_at.map(|at| at + TimeDelta::milliseconds(500));
        },
    },
    Audit {
        name: "an answer that nobody saw",
        doubts: &["unwitnessed_answers"],
        turns: &["makespan", "model_loads", "server_concurrency"],
        spoil: |record| {
            record.exchanges.remove(7);
        },
    },
    Audit {
        name: "a prompt that was changed afterwards",
        doubts: &["unexplained_evidence", "unwitnessed_answers"],
        turns: &["makespan", "model_loads", "server_concurrency"],
        spoil: |record| {
            let input = doctored::interaction(record, PLAIN_RUN, EXTRACT)
                .input
                .as_mut();
            input.unwrap().prompt_sha256 = "0".repeat(64);
        },
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
        name: "an answer that calls itself a script's",
        doubts: &["other_actors"],
        turns: &[],
        spoil: |record| {
            doctored::interaction(record, PLAIN_RUN, EXTRACT).actor_type = ActorType::Script;
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
        name: "an incomplete record that says it came to its end",
        doubts: &["contradictory_record"],
        turns: &[],
        spoil: |record| record.complete = false,
    },
    Audit {
        name: "a simulated server called a live one",
        doubts: &["contradictory_record"],
        turns: &[],
        spoil: |record| record.mode.model_server = ServerKind::Live,
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
    Audit {
        name: "prompts of more tokens than their context",
        doubts: &["impossible_figures"],
        turns: &[],
        spoil: |record| {
            for exchange in &mut record.exchanges {
                exchange.num_ctx = Some(512);
            }
        },
    },
    Audit {
        name: "an answer that was cut at its limit",
        doubts: &["unwitnessed_answers"],
        turns: &["makespan", "model_loads", "server_concurrency"],
        spoil: |record| {
            let line = record.exchanges[7].final_line.as_mut();
            line.unwrap().done_reason = Some("length".to_owned());
        },
    },
    Audit {
        name: "steps of models that call themselves scripts, in the workflow too",
        doubts: &["other_actors"],
        turns: &[],
        spoil: |record| {
            for step in &mut record.workflow.conversations {
                if [ANALYST, EXPERT].contains(&step.id) {
                    step.actor_type = ActorType::Script;
                }
            }
            for row in &mut record.interactions {
                if [ANALYST, EXPERT].contains(&row.conversation_id) {
                    row.actor_type = ActorType::Script;
                }
            }
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
    Audit {
        name: "answers that are there and say nothing",
        doubts: &[],
        turns: &["bookkeeping", "prompts_are_whole"],
        spoil: |record| {
            for run in 1..=50 {
                let answer = doctored::interaction(record, run, ANALYST).output.as_mut();
                *answer.unwrap() = json!({"kind": "analyst", "text": ""});
            }
        },
    },
];
