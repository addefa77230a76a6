//! Records for tests: a healthy batch, ten times as fast as the plan's time, and edits that spoil it.

pub(crate) mod answers;
pub(crate) mod dates;
mod healthy;
pub(crate) mod servers;
pub(crate) mod texts;
pub(crate) mod trouble;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{
    Requirements, Verdict,
    conversations::{EXPERT, EXTRACT, GRADE_A, GRADE_B},
    judge,
};
use crate::record::{
    CassetteReference, Ended, Exchange, Interaction, Run, RunRecord, ServerKind, Status,
    WorkflowError,
};

pub(crate) use healthy::{healthy, healthy_of};

/// When the first run of a healthy batch starts: 2026-11-23, eight o'clock.
pub(crate) const START: DateTime<Utc> = DateTime::from_timestamp(1_795_420_800, 0).unwrap();
/// Bytes.
pub(crate) const GIB: u64 = 1 << 30;
/// A run whose posting passes both grades.
pub(crate) const PLAIN_RUN: i64 = 2;
/// A run whose posting is improved and then passes.
pub(crate) const IMPROVED_RUN: i64 = 4;
/// A run whose posting fails again and gets a ticket.
pub(crate) const TICKET_RUN: i64 = 46;

/// A batch of fifty in which nothing has happened yet.
pub(crate) fn empty() -> RunRecord {
    let mut record = healthy();
    record.postings.clear();
    record.runs.clear();
    record.interactions.clear();
    record.exchanges.clear();
    record.row_counts_at_start.clear();
    record.row_counts_at_end = None;
    record.connections.clear();
    record.gpu = Some(Vec::new());
    record
}

/// A batch stopped with its last run half done.
pub(crate) fn interrupted() -> RunRecord {
    let mut record = healthy();
    record.complete = false;
    record.ended = Ended::Interrupted;
    let run = record.runs.last_mut().unwrap();
    (run.status, run.completed_at) = (Status::Running, None);
    let last = record.interactions.last_mut().unwrap();
    let asked = last.input.take().unwrap().prompt_sha256;
    last.status = Status::Pending;
    last.attempt = 0;
    last.claimed_by = None;
    last.lease_expires_at = None;
    last.output = None;
    for at in [
        &mut last.claimed_at,
        &mut last.started_at,
        &mut last.completed_at,
    ] {
        *at = None;
    }
    record
        .exchanges
        .retain(|exchange| exchange.prompt_sha256.as_ref() != Some(&asked));
    record
}

/// A batch from a cassette of a simulation that was as fast as a healthy one.
pub(crate) fn replayed() -> RunRecord {
    let mut record = healthy();
    replay(&mut record);
    record
}

/// Lets the answers come from a cassette.
pub(crate) fn replay(record: &mut RunRecord) {
    let mode = &mut record.mode;
    mode.cassette = Some(CassetteReference {
        sha256: "c".repeat(64),
        recorded_at: START,
        model_server: mode.model_server,
        time_scale: mode.time_scale,
        stale: Vec::new(),
    });
    (mode.model_server, mode.time_scale) = (ServerKind::Replayed, 1.0);
}

/// A batch whose grades all run one after the other.
pub(crate) fn serial() -> RunRecord {
    let mut record = healthy();
    for run in 1..=50 {
        serialise_grades(&mut record, run);
    }
    record
}

/// The verdict of one criterion.
pub(crate) fn verdict(record: &RunRecord, criterion: &str) -> Verdict {
    judge(record, &Requirements::none())
        .verdict(criterion)
        .unwrap_or_else(|| panic!("no criterion {criterion}"))
        .clone()
}

/// One interaction, to look at.
pub(crate) fn find(record: &RunRecord, run: i64, conversation: i32) -> &Interaction {
    record
        .interactions
        .iter()
        .find(|row| (row.workflow_run_id, row.conversation_id) == (run, conversation))
        .unwrap_or_else(|| panic!("run {run} has no {conversation}"))
}

/// The conversations that a run has interactions of.
pub(crate) fn steps_of(record: &RunRecord, run: i64) -> Vec<i32> {
    let rows = record.interactions.iter();
    rows.filter(|row| row.workflow_run_id == run)
        .map(|row| row.conversation_id)
        .collect()
}

/// One interaction, to spoil.
pub(crate) fn interaction(record: &mut RunRecord, run: i64, conversation: i32) -> &mut Interaction {
    record
        .interactions
        .iter_mut()
        .find(|row| (row.workflow_run_id, row.conversation_id) == (run, conversation))
        .unwrap_or_else(|| panic!("run {run} has no {conversation}"))
}

/// The exchange behind one interaction, to spoil.
pub(crate) fn exchange(record: &mut RunRecord, run: i64, conversation: i32) -> &mut Exchange {
    let prompt = prompt(find(record, run, conversation)).map(str::to_owned);
    record
        .exchanges
        .iter_mut()
        .find(|exchange| exchange.prompt_sha256 == prompt)
        .unwrap_or_else(|| panic!("run {run} asked nothing in {conversation}"))
}

fn prompt(row: &Interaction) -> Option<&str> {
    row.input.as_ref().map(|input| input.prompt_sha256.as_str())
}

/// Takes an interaction out, as if it had never been, and what it asked with it.
pub(crate) fn remove(record: &mut RunRecord, run: i64, conversation: i32) {
    let asked = prompt(find(record, run, conversation)).map(str::to_owned);
    if asked.is_some() {
        let exchanges = &mut record.exchanges;
        exchanges.retain(|exchange| exchange.prompt_sha256 != asked);
    }
    remove_row(record, run, conversation);
}

/// Takes an interaction out and leaves what the witness saw of it.
pub(crate) fn remove_row(record: &mut RunRecord, run: i64, conversation: i32) {
    let before = record.interactions.len();
    record
        .interactions
        .retain(|row| (row.workflow_run_id, row.conversation_id) != (run, conversation));
    let removed = u64::try_from(before - record.interactions.len()).unwrap();
    if let Some(counts) = &mut record.row_counts_at_end {
        *counts.entry("interactions".to_owned()).or_default() -= removed;
    }
}

/// Fails a run in its last step.
pub(crate) fn fail(record: &mut RunRecord, run: i64) {
    run_mut(record, run).status = Status::Failed;
    let last = interaction(record, run, EXPERT);
    last.status = Status::Failed;
    last.output = Some(json!({"error": "the answer is no JSON"}));
    let (interaction_id, attempt) = (last.interaction_id, last.attempt);
    let created_at = last.completed_at.unwrap_or(START);
    record.errors.push(WorkflowError {
        error_id: interaction_id,
        workflow_run_id: Some(run),
        interaction_id: Some(interaction_id),
        attempt: Some(attempt),
        error_type: "validation".to_owned(),
        error_class: None,
        error_message: "the answer is no JSON".to_owned(),
        created_at,
    });
}

fn run_mut(record: &mut RunRecord, run: i64) -> &mut Run {
    record
        .runs
        .iter_mut()
        .find(|row| row.workflow_run_id == run)
        .unwrap_or_else(|| panic!("no run {run}"))
}

/// Lets grade B of a run begin when grade A has ended, in the rows and on the server.
pub(crate) fn serialise_grades(record: &mut RunRecord, run: i64) {
    let done = find(record, run, GRADE_A).completed_at.unwrap();
    let started = find(record, run, GRADE_B).started_at.unwrap();
    let later = done - started + TimeDelta::milliseconds(1);
    postpone_from(record, run, GRADE_B, later);
}

/// Moves an interaction and all that its run does after it to a later time.
pub(crate) fn postpone_from(record: &mut RunRecord, run: i64, conversation: i32, later: TimeDelta) {
    let first = find(record, run, conversation).interaction_id;
    let rows = record.interactions.iter();
    let behind: Vec<i32> = rows
        .filter(|row| row.workflow_run_id == run && row.interaction_id >= first)
        .map(|row| row.conversation_id)
        .collect();
    for conversation in behind {
        postpone(record, run, conversation, later);
    }
    let run = run_mut(record, run);
    run.completed_at = run.completed_at.map(|end| end + later);
    let end = run.completed_at;
    record.batch.ended_at = record.batch.ended_at.max(end);
}

/// Lets the extract of each of the first so many runs wait for its model: so many loads of it.
pub(crate) fn reload(record: &mut RunRecord, runs: i64) {
    // Half a second, ten times as fast.
    const LOAD: u64 = 50_000_000;
    for run in 1..=runs {
        let line = exchange(record, run, EXTRACT).final_line.as_mut();
        line.unwrap().load_duration = LOAD;
    }
}

/// Moves an interaction and its exchange, where it has one, to a later time.
pub(crate) fn postpone(record: &mut RunRecord, run: i64, conversation: i32, later: TimeDelta) {
    let row = interaction(record, run, conversation);
    for at in [
        &mut row.claimed_at,
        &mut row.started_at,
        &mut row.completed_at,
    ] {
        *at = at.map(|at| at + later);
    }
    if prompt(find(record, run, conversation)).is_none() {
        return;
    }
    let exchange = exchange(record, run, conversation);
    exchange.sent_at += later;
    exchange.ended_at += later;
    for at in [&mut exchange.first_byte_at, &mut exchange.last_byte_at] {
        *at = at.map(|at| at + later);
    }
}

/// Lays all calls end to end, in the order of the steps, as one model at a time has to do them; rows follow.
pub(crate) fn one_call_at_a_time(record: &mut RunRecord) {
    let mut free_at = START;
    for exchange in &mut record.exchanges {
        let length = exchange.ended_at - exchange.sent_at;
        exchange.sent_at = free_at;
        exchange.ended_at = free_at + length;
        exchange.first_byte_at = Some(free_at);
        exchange.last_byte_at = Some(exchange.ended_at);
        free_at = exchange.ended_at;
    }
    date_rows_by_exchanges(record);
    record.residency.clear();
}

/// Lets every call begin and end in the database when it did so for the witness.
pub(crate) fn date_rows_by_exchanges(record: &mut RunRecord) {
    let by_prompt: BTreeMap<_, _> = record
        .exchanges
        .iter()
        .map(|exchange| (exchange.prompt_sha256.as_deref(), exchange))
        .collect();
    for row in &mut record.interactions {
        if let Some(exchange) = prompt(row).and_then(|prompt| by_prompt.get(&Some(prompt))) {
            (row.started_at, row.completed_at) = (Some(exchange.sent_at), exchange.last_byte_at);
        }
    }
}
