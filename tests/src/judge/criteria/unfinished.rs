//! Work that was left when the batch was over.

use crate::{
    judge::{
        criterion::{Criterion, EVERYWHERE, Enforcement, Rule, Scaling},
        evidence::Evidence,
        reading::{Look, Reading, counted, number},
        tiers::Tiers,
    },
    record::Ended,
};

/// The plan's "No stuck interactions".
pub(super) const NOTHING_UNFINISHED: Rule = Rule {
    criterion: Criterion {
        id: "nothing_unfinished",
        name: "Unfinished work",
        sentence: "The batch ended by itself, and left no posting without a run and no run or \
                   interaction pending or running.",
        judged_in: EVERYWHERE,
        also: &["no stuck interactions"],
    },
    enforcement: Enforcement::Must,
    tiers: Tiers::none(),
    scaling: Scaling::Fixed,
    read,
};

fn read(evidence: &Evidence<'_>) -> Reading {
    let runs: Vec<i64> = evidence
        .runs()
        .filter(|run| run.status.is_open())
        .map(|run| run.workflow_run_id)
        .collect();
    if evidence.runs().next().is_none() {
        return Reading::no_data("no posting has entered the workflow");
    }
    let interactions: Vec<i64> = evidence
        .interactions()
        .filter(|interaction| interaction.status.is_open())
        .map(|interaction| interaction.interaction_id)
        .collect();
    let missing = evidence.runs_missing();
    let broken_off = broken_off(evidence);
    let note = format!(
        "{} and {} open, {} without a run{}",
        counted(runs.len(), "run"),
        counted(interactions.len(), "interaction"),
        counted(missing, "posting"),
        broken_off.as_deref().unwrap_or_default(),
    );
    let unfinished = runs.len() + interactions.len() + missing + usize::from(broken_off.is_some());
    Reading::value(number(unfinished), evidence.size(), note).look(
        runs.into_iter()
            .map(Look::Run)
            .chain(interactions.into_iter().map(Look::Interaction)),
    )
}

/// A batch that did not end by itself is unfinished work, even if its rows do not show it.
fn broken_off(evidence: &Evidence<'_>) -> Option<String> {
    match &evidence.record.ended {
        Ended::Completed => None,
        Ended::Interrupted => Some("; the batch was interrupted".to_owned()),
        Ended::StoppedOnRed { why, .. } => Some(format!("; the batch was stopped on red: {why}")),
        Ended::StoppedAtDeadline { .. } => {
            Some("; the batch was stopped at its deadline".to_owned())
        }
        Ended::UnderWay => Some("; the run died or is still under way".to_owned()),
        Ended::Failed { why } => Some(format!("; the batch broke off: {why}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{Standing, doctored},
        record::{RunRecord, Status},
    };

    type Edit = fn(&mut RunRecord);

    #[test]
    fn anything_open_is_unfinished_and_anything_failed_is_not() {
        let edits: [(Edit, Standing); 6] = [
            (
                |record| record.runs[3].status = Status::Running,
                Standing::Red,
            ),
            (
                |record| record.runs[3].status = Status::Pending,
                Standing::Red,
            ),
            (
                |record| record.interactions[3].status = Status::Running,
                Standing::Red,
            ),
            (|record| record.runs.truncate(49), Standing::Red),
            (
                |record| {
                    record.ended = Ended::Failed {
                        why: "the database went away".to_owned(),
                    };
                },
                Standing::Red,
            ),
            (|record| doctored::fail(record, 4), Standing::Target),
        ];
        for (edit, standing) in edits {
            let mut record = doctored::healthy();
            edit(&mut record);
            let verdict = doctored::verdict(&record, "nothing_unfinished");
            assert_eq!(verdict.standing, standing, "{}", verdict.note);
        }
    }
}
