//! What a row's status says against its dates, its answer and the rows that belong to it.

use chrono::{DateTime, Utc};

use crate::{
    judge::{answers::says_nothing, conversations::GATES},
    record::{Interaction, Run, Status},
};

/// The schema's words for runs: a final one has an end and an open one has none, one at work has a start.
pub(super) fn of_dates(run: &Run) -> Option<&'static str> {
    match (run.status, run.started_at, run.completed_at) {
        (Status::Pending | Status::Running, _, Some(_)) => Some("an open run with an end"),
        (Status::Completed | Status::Failed | Status::Cancelled, _, None) => {
            Some("a final run without its end")
        }
        (Status::Running | Status::Completed, None, _) => {
            Some("a run at work or completed without its start")
        }
        _ => None,
    }
}

/// What a run says of itself against what its interactions say.
pub(super) fn of_steps(run: &Run, steps: &[&Interaction]) -> Vec<&'static str> {
    let mut kinds = Vec::new();
    let open = steps.iter().any(|row| row.status.is_open());
    if run.status.is_open() {
        if !open && !steps.is_empty() {
            kinds.push("a run that is not final although its interactions are all over");
        }
        return kinds;
    }
    if open {
        kinds.push("a final run with open interactions");
    }
    let unsuccessful =
        |row: &&Interaction| matches!(row.status, Status::Failed | Status::Cancelled);
    if run.status == Status::Completed && steps.iter().any(unsuccessful) {
        kinds.push("a completed run with interactions that failed or were cancelled");
    }
    if run.status == Status::Completed && steps.iter().any(|row| turned_away(row)) {
        kinds.push("a completed run of a posting that a check turned away");
    }
    let last: Option<DateTime<Utc>> = steps.iter().filter_map(|row| row.completed_at).max();
    if run
        .completed_at
        .zip(last)
        .is_some_and(|(end, last)| end < last)
    {
        kinds.push("a run that ended before its last interaction");
    }
    kinds
}

/// Whether a check that a posting has to stand said another word than it says of one that may go on.
fn turned_away(row: &Interaction) -> bool {
    let gate = GATES.iter().find(|(id, _)| *id == row.conversation_id);
    gate.is_some_and(|(_, passes)| row.outcome().is_some_and(|outcome| outcome != *passes))
}

/// The schema's words for interactions. One may fail before it began: a prompt that cannot be rendered is never sent.
pub(super) fn of_interaction(row: &Interaction) -> Option<&'static str> {
    match (row.status, row.started_at, row.completed_at) {
        (Status::Pending | Status::Running, _, Some(_)) => Some("an open interaction with an end"),
        (Status::Completed | Status::Failed | Status::Cancelled, _, None) => {
            Some("a final interaction without its end")
        }
        (Status::Running | Status::Completed, None, _) => {
            Some("an interaction at work or completed without its start")
        }
        (Status::Pending, Some(_), _) => Some("an interaction that waits although it was started"),
        _ => None,
    }
}

/// Whoever completes an interaction has claimed it, and a claim is an attempt.
pub(super) fn of_claim(row: &Interaction) -> Option<&'static str> {
    match row.status {
        Status::Completed if row.attempt < 1 => Some("a completed interaction without an attempt"),
        Status::Completed if row.claimed_at.is_none() || row.claimed_by.is_none() => {
            Some("a completed interaction that nobody claimed")
        }
        _ => None,
    }
}

/// The answer against the status. An answer that is there and does not say what its step is for is none.
pub(super) fn of_output(row: &Interaction) -> Option<&'static str> {
    match row.status {
        Status::Failed if row.error().is_none() => {
            Some("a failed interaction that does not say why")
        }
        Status::Completed if row.error().is_some() => Some("a completed interaction with an error"),
        Status::Completed if row.output.is_none() => {
            Some("a completed interaction without an answer")
        }
        Status::Completed if says_nothing(row) => {
            Some("a completed interaction whose answer says nothing")
        }
        _ => None,
    }
}
