//! A record of any size.

use std::path::Path;

use batchproof::record::{Exchange, Interaction, Run, RunRecord, load};

/// The record of a simulated run of one posting, brought to the present version: the same everywhere and at all times.
pub fn one_posting() -> RunRecord {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/records");
    load(&folder.join("version-3.json")).unwrap()
}

/// The batch so many times as large: its rows again, with ids, prompts and times of their own.
pub fn repeated(record: &RunRecord, times: u32) -> RunRecord {
    let mut whole = record.clone();
    let took = record.batch.ended_at.unwrap() - record.batch.started_at.unwrap();
    for copy in 1..times {
        let (later, beyond) = (
            took * i32::try_from(copy).unwrap(),
            i64::from(copy) * 1_000_000,
        );
        whole
            .postings
            .extend(record.postings.iter().cloned().map(|mut posting| {
                posting.posting_id += beyond;
                posting
            }));
        whole.runs.extend(record.runs.iter().map(|run| Run {
            workflow_run_id: run.workflow_run_id + beyond,
            posting_id: run.posting_id + beyond,
            started_at: run.started_at.map(|at| at + later),
            completed_at: run.completed_at.map(|at| at + later),
            ..run.clone()
        }));
        whole
            .interactions
            .extend(record.interactions.iter().map(|row| Interaction {
                interaction_id: row.interaction_id + beyond,
                workflow_run_id: row.workflow_run_id + beyond,
                posting_id: row.posting_id + beyond,
                created_at: row.created_at + later,
                claimed_at: row.claimed_at.map(|at| at + later),
                started_at: row.started_at.map(|at| at + later),
                completed_at: row.completed_at.map(|at| at + later),
                input: row.input.clone().map(|mut input| {
                    input.prompt_sha256 = other_prompt(&input.prompt_sha256, copy);
                    input
                }),
                ..row.clone()
            }));
        whole
            .exchanges
            .extend(record.exchanges.iter().map(|exchange| {
                Exchange {
                    id: exchange.id + beyond.unsigned_abs(),
                    sent_at: exchange.sent_at + later,
                    last_byte_at: exchange.last_byte_at.map(|at| at + later),
                    ended_at: exchange.ended_at + later,
                    prompt_sha256: exchange
                        .prompt_sha256
                        .as_deref()
                        .map(|hash| other_prompt(hash, copy)),
                    ..exchange.clone()
                }
            }));
    }
    whole.batch.size *= times;
    whole
}

/// A hash that differs from the original's and from every other copy's.
fn other_prompt(hash: &str, copy: u32) -> String {
    format!("{copy:08x}{}", &hash[8..])
}
