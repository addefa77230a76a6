//! Each step in both records: how long it took, and what the difference proves.

use std::collections::{BTreeMap, BTreeSet};

use super::certainty::Finding;
use super::sample::{Middle, Sample, Summary, common_middle, finding};
use crate::judge::Step;
use crate::record::RunRecord;

/// A step in two records.
#[derive(Debug, Clone, PartialEq)]
pub struct StepComparison {
    /// The step, as the second record names it, or else the first.
    pub step: Step,
    /// Who carried it out in the first, where that was another.
    pub other_actor: Option<String>,
    /// How long it took in the first; absent where it was not completed or nobody knows.
    pub before: Option<Summary>,
    /// How long it took in the second.
    pub after: Option<Summary>,
    /// What their difference proves, in seconds of the plan's time.
    pub finding: Finding,
}

pub(super) fn compare(before: &RunRecord, after: &RunRecord) -> Vec<StepComparison> {
    let (first, second) = (Sample::by_step(before), Sample::by_step(after));
    let steps: BTreeSet<i32> = first.keys().chain(second.keys()).copied().collect();
    let (named_before, named_after) = (names(before), names(after));
    steps
        .into_iter()
        .map(|id| {
            let (a, b) = (first.get(&id), second.get(&id));
            let middle = a.zip(b).map_or(Middle::Mean, |(a, b)| common_middle(a, b));
            let named_by = if named_after.contains_key(&id) {
                after
            } else {
                before
            };
            let actors = (named_before.get(&id), named_after.get(&id));
            StepComparison {
                step: Step::of(named_by, id),
                other_actor: match actors {
                    (Some(before), Some(after)) if before != after => Some((*before).to_owned()),
                    _ => None,
                },
                before: a.map(|sample| sample.summary(middle)),
                after: b.map(|sample| sample.summary(middle)),
                finding: match (a, b) {
                    (Some(a), Some(b)) => finding(a, b),
                    (None, _) => Finding::Untested("no durations in the first".to_owned()),
                    (_, None) => Finding::Untested("no durations in the second".to_owned()),
                },
            }
        })
        .collect()
}

fn names(record: &RunRecord) -> BTreeMap<i32, &str> {
    let conversations = record.workflow.conversations.iter();
    conversations.map(|it| (it.id, it.actor.as_str())).collect()
}
