//! Rows that are there twice or belong nowhere. The books are in disorder with them, and the evidence is in doubt.

use std::collections::BTreeMap;

use super::evidence::Evidence;
use crate::record::RunRecord;

/// What an interaction that belongs nowhere contradicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stray {
    /// Its run is not in the record.
    NoRun,
    /// It is about another posting than its run.
    OtherPosting,
}

/// The ids of the runs after the first of their posting.
pub(crate) fn repeated_runs(record: &RunRecord) -> Vec<i64> {
    let runs = record.runs.iter();
    repeated(runs.map(|run| (run.posting_id, run.workflow_run_id)))
}

/// The ids of the interactions after the first for their step of their run.
pub(crate) fn repeated_interactions(record: &RunRecord) -> Vec<i64> {
    let rows = record.interactions.iter();
    repeated(rows.map(|row| {
        let step = (row.workflow_run_id, row.conversation_id);
        (step, row.interaction_id)
    }))
}

/// Interactions without a run, or about another posting than their run's.
pub(crate) fn stray_interactions(evidence: &Evidence<'_>) -> impl Iterator<Item = (i64, Stray)> {
    let posting_of: BTreeMap<i64, i64> = evidence
        .runs()
        .map(|run| (run.workflow_run_id, run.posting_id))
        .collect();
    evidence.record.interactions.iter().filter_map(move |row| {
        let stray = match posting_of.get(&row.workflow_run_id) {
            None => Stray::NoRun,
            Some(posting) if *posting != row.posting_id => Stray::OtherPosting,
            Some(_) => return None,
        };
        Some((row.interaction_id, stray))
    })
}

/// The ids of all rows after the first with the same key, the lowest id being the first.
pub(crate) fn repeated<K: Ord>(rows: impl Iterator<Item = (K, i64)>) -> Vec<i64> {
    let mut by_key: BTreeMap<K, Vec<i64>> = BTreeMap::new();
    for (key, id) in rows {
        by_key.entry(key).or_default().push(id);
    }
    by_key
        .into_values()
        .flat_map(|mut ids| {
            ids.sort_unstable();
            ids.into_iter().skip(1)
        })
        .collect()
}
