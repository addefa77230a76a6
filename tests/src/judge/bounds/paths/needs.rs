//! What steps need of each other once others are left out.

use std::collections::{BTreeMap, BTreeSet};

use crate::record::RunRecord;

/// The needs of `from` among those steps that have a place: a step without one hands its own needs on.
pub(crate) fn among<S: Copy + Ord>(
    from: S,
    needs: impl Fn(S) -> Vec<S>,
    place: impl Fn(S) -> Option<usize>,
) -> Vec<usize> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = needs(from);
    while let Some(need) = open.pop() {
        if !seen.insert(need) {
            continue;
        }
        match place(need) {
            Some(position) => {
                found.insert(position);
            }
            None => open.extend(needs(need)),
        }
    }
    found.into_iter().collect()
}

/// What the steps of the workflow need, worked out once for each set of steps that a posting took.
pub(super) struct Needs<'r> {
    workflow: BTreeMap<i32, &'r [i32]>,
    known: BTreeMap<Vec<i32>, Vec<Vec<usize>>>,
}

impl<'r> Needs<'r> {
    pub(super) fn of(record: &'r RunRecord, are_known: bool) -> Self {
        let steps = record.workflow.conversations.iter();
        let workflow = steps
            .filter(|_| are_known)
            .filter_map(|step| Some((step.id, step.needs.as_deref()?)));
        Self {
            workflow: workflow.collect(),
            known: BTreeMap::new(),
        }
    }

    /// Of each of these conversations, in ascending order, the positions of those that it needs.
    pub(super) fn among(&mut self, taken: Vec<i32>) -> Vec<Vec<usize>> {
        if let Some(known) = self.known.get(&taken) {
            return known.clone();
        }
        let needs = |step| {
            self.workflow
                .get(&step)
                .map_or(Vec::new(), |needs| needs.to_vec())
        };
        let found: Vec<Vec<usize>> = taken
            .iter()
            .map(|step| among(*step, needs, |need| taken.binary_search(&need).ok()))
            .collect();
        self.known.insert(taken, found.clone());
        found
    }
}
