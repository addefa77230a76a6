//! What is in a record, in words: the same words wherever it is told.

use crate::record::{
    Ended, Mode, PlanReference, PostingsFrom, Provenance, RunRecord, ServerKind, Status, Texts,
};

/// A plan's name and enough of its hash to tell two texts of that name apart.
pub(super) fn told_plan(plan: &PlanReference) -> String {
    match plan.sha256.as_deref().map(short) {
        Some(start) => format!("{} ({start})", plan.id),
        None => plan.id.clone(),
    }
}

/// The same where it matters that the text is not known.
pub(super) fn told_plan_and_text(plan: &PlanReference) -> String {
    let text = plan.sha256.as_deref().map_or("text unknown", short);
    format!("{} ({text})", plan.id)
}

/// By which plan a record was judged, where that is not the plan that its batch was run for.
pub(super) fn told_judged_by(
    record: &RunRecord,
    judged_by: Option<&PlanReference>,
) -> Option<String> {
    match judged_by {
        Some(plan) if record.plan.sha256.is_none() => Some(format!(
            "Judged by {}. The record does not say which text of its plan the batch was run for.",
            told_plan(plan)
        )),
        Some(plan) if plan.sha256 != record.plan.sha256 => Some(format!(
            "Judged by {}, which is NOT the plan that the batch was run for.",
            told_plan(plan)
        )),
        _ => None,
    }
}

/// What of a run was real.
pub(super) fn told_mode(mode: &Mode) -> String {
    let server = match mode.model_server {
        ServerKind::Simulated => format!("SIMULATED model server at {}:1", mode.time_scale),
        ServerKind::Live => "live model server".to_owned(),
    };
    let postings = match mode.postings {
        PostingsFrom::Simulated => "SIMULATED postings",
        PostingsFrom::Folder => "postings from a folder",
        PostingsFrom::Workday => "postings from Workday",
        PostingsFrom::Promoted => "postings promoted before",
    };
    let seed = mode
        .seed
        .map_or_else(String::new, |seed| format!(" · seed {seed}"));
    format!("{server} · {postings}{seed}")
}

/// How a batch ended, in words.
pub(super) fn told_end(ended: &Ended) -> String {
    match ended {
        Ended::Completed => "the runner found nothing left to do".to_owned(),
        Ended::Interrupted => "INTERRUPTED: the record is incomplete".to_owned(),
        Ended::UnderWay => {
            "NOT OVER: the record is incomplete; the run died or is still under way".to_owned()
        }
        Ended::Failed { why } => format!("BROKE OFF: {why}"),
    }
}

/// Where a record comes from, in words.
pub(super) fn told_provenance(provenance: &Provenance) -> String {
    match provenance {
        Provenance::Collected => "collected from the database and the witness".to_owned(),
        Provenance::Reconstructed { source } => {
            format!("RECONSTRUCTED, not witnessed, from {source}")
        }
    }
}

/// Whether texts are in the record, in words.
pub(super) fn told_texts(texts: Texts) -> &'static str {
    match texts {
        Texts::Kept => "kept",
        Texts::Redacted => "taken out, a hash stands for each",
        Texts::Unknown => "unknown",
    }
}

/// A status of a run or an interaction.
pub(super) fn told_status(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Running => "running",
        Status::Completed => "completed",
        Status::Failed => "failed",
        Status::Cancelled => "cancelled",
    }
}

/// Processors; a record that was put together afterwards may not know them.
pub(super) fn processors(cpus: u32) -> String {
    match cpus {
        0 => "processors unknown".to_owned(),
        1 => "1 processor".to_owned(),
        cpus => format!("{cpus} processors"),
    }
}

/// The start of a hash, enough to tell two apart.
pub(super) fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// Bytes as people count them.
pub(super) fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}
