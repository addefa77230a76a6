//! What makes two records no equals. Said before any figure, because no test can see it.

use std::collections::BTreeSet;

use super::Side;
use crate::judge::Exit;
use crate::record::{PlanReference, Provenance, RunRecord, ServerKind};

/// The hash of a workflow that nobody wrote down.
const UNKNOWN: &str = "unknown";

pub(super) fn reservations(before: Side<'_>, after: Side<'_>) -> Vec<String> {
    let sides = [(before, "first"), (after, "second")];
    let mut told: Vec<String> = sides
        .into_iter()
        .flat_map(|(side, which)| of_one(side, which))
        .collect();
    let (a, b) = (before.record, after.record);
    told.extend(reconstructed(a, b));
    told.extend(servers(a, b));
    told.extend(workflows(a, b));
    told.extend(plans(&a.plan, &b.plan).map(str::to_owned));
    if a.batch.size != b.batch.size {
        told.push(format!(
            "The batches have {} and {} postings: what is counted, and the time in all, follows from that.",
            a.batch.size, b.batch.size
        ));
    }
    told.extend(postings(a, b));
    told
}

/// What is to be said of one of them, whatever the other.
fn of_one(side: Side<'_>, which: &str) -> Vec<String> {
    let mut told = Vec::new();
    match side.judgement.exit() {
        Exit::Invalid => told.push(format!(
            "The evidence of the {which} contradicts itself: its figures mean nothing (batchproof judge says why)."
        )),
        Exit::Interrupted | Exit::BrokeOff => told.push(format!(
            "The {which} batch is not at its end: its figures are of what was done until then."
        )),
        Exit::Success | Exit::Missed | Exit::NotJudgeable => {}
    }
    told
}

fn reconstructed(a: &RunRecord, b: &RunRecord) -> Option<String> {
    let is_reconstructed =
        |it: &RunRecord| matches!(it.provenance, Provenance::Reconstructed { .. });
    let which = match (is_reconstructed(a), is_reconstructed(b)) {
        (true, true) => "Both were",
        (true, false) => "The first was",
        (false, true) => "The second was",
        (false, false) => return None,
    };
    Some(format!(
        "{which} put together from published figures. Single durations are not known: steps are compared by mean (Welch), \
         with the greatest spread that number, mean, least and greatest value allow."
    ))
}

fn servers(a: &RunRecord, b: &RunRecord) -> Option<String> {
    let (a, b) = (&a.mode, &b.mode);
    match (a.model_server, b.model_server) {
        (ServerKind::Live, ServerKind::Live) => None,
        (ServerKind::Simulated, ServerKind::Simulated) if is_same(a.time_scale, b.time_scale) => {
            Some(format!(
                "Both model servers are SIMULATED, with durations drawn from the same figures: what differs is the draw, the \
                 machine and the runner, and nothing of models. A millisecond of the machine counts as {:.1} s in a step.",
                a.time_scale / 1_000.0
            ))
        }
        (ServerKind::Simulated, ServerKind::Simulated) => Some(format!(
            "NOT COMPARABLE in time: simulated at {}:1 and at {}:1. A machine's own milliseconds count that many times in \
             every duration.",
            a.time_scale, b.time_scale
        )),
        (ServerKind::Replayed, ServerKind::Replayed) => Some(
            "Both model servers are REPLAYED: no time is a server's, and answers differ only where the cassettes do."
                .to_owned(),
        ),
        (ServerKind::Replayed, _) | (_, ServerKind::Replayed) => {
            let which = if a.model_server == ServerKind::Replayed { "first" } else { "second" };
            Some(format!(
                "NOT COMPARABLE in time: the model server of the {which} is REPLAYED, so that its answers came at once."
            ))
        }
        (simulated, _) => {
            let (which, scale) = if simulated == ServerKind::Simulated {
                ("first", a.time_scale)
            } else {
                ("second", b.time_scale)
            };
            Some(format!(
                "NOT COMPARABLE in time and content: one model server is live, that of the {which} SIMULATED at {scale}:1, \
                 with durations drawn from the figures of November 2025, loads deducted, and answers made up."
            ))
        }
    }
}

fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() < f64::EPSILON * a.abs()
}

fn workflows(a: &RunRecord, b: &RunRecord) -> Option<String> {
    let (a, b) = (&a.workflow, &b.workflow);
    if [&a.hash, &b.hash].iter().any(|hash| *hash == UNKNOWN) {
        return Some(
            "Which text of the workflow one of them ran is not known: prompts and limits may differ.".to_owned(),
        );
    }
    (a.hash != b.hash).then(|| {
        "The workflows are not the same: other steps, prompts, models or limits. A step is told by its id.".to_owned()
    })
}

fn plans(a: &PlanReference, b: &PlanReference) -> Option<&'static str> {
    if a.id == b.id && a.sha256.is_some() != b.sha256.is_some() {
        return Some("Which text of the plan one of them was run for is not known.");
    }
    (a != b).then_some("The batches were run for different plans; both are judged by one here.")
}

fn postings(a: &RunRecord, b: &RunRecord) -> Option<String> {
    let ids = |record: &RunRecord| -> BTreeSet<String> {
        let postings = record.postings.iter();
        postings
            .map(|posting| posting.external_id.clone())
            .collect()
    };
    let (a, b) = (ids(a), ids(b));
    (a != b).then(|| {
        format!(
            "The postings are not the same: {} of {} and {} are in both.",
            a.intersection(&b).count(),
            a.len(),
            b.len()
        )
    })
}
