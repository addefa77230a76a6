//! What is still to come of each run, and how likely each step of it is.

use std::collections::{BTreeMap, BTreeSet};

use crate::monitor::snapshot::Way;
use crate::record::Conversation;

/// A step that a run may still take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Coming {
    pub(super) conversation: i32,
    /// 1 for a step that is there already; else the share of runs that took it, of those that have decided.
    pub(super) chance: f64,
}

/// What a workflow needs, and what was seen of the choices that it leaves.
#[derive(Debug)]
pub(super) struct Prospect<'s> {
    conversations: &'s [Conversation],
    /// Of each conversation, all that needs it, however indirectly.
    dependents: BTreeMap<i32, BTreeSet<i32>>,
    chances: BTreeMap<i32, f64>,
}

impl<'s> Prospect<'s> {
    pub(super) fn of(conversations: &'s [Conversation], ways: &[Way]) -> Self {
        let mut prospect = Self {
            conversations,
            dependents: dependents(conversations),
            chances: BTreeMap::new(),
        };
        let chance = |step: &Conversation| (step.id, prospect.chance(step.id, ways));
        let chances = conversations.iter().map(chance).collect();
        prospect.chances = chances;
        prospect
    }

    /// What a run that is so far still has before it, in the order of the workflow's ids.
    pub(super) fn of_way(&self, way: &Way) -> Vec<Coming> {
        if way.is_over {
            return Vec::new();
        }
        let coming = |step: &Conversation| {
            let id = step.id;
            if way.done.contains(&id) {
                return None;
            }
            let is_there = way.open.contains(&id);
            if !is_there && self.was_skipped(id, way) {
                return None;
            }
            let foreseen = self.chances.get(&id).copied().unwrap_or(1.0);
            let chance = if is_there { 1.0 } else { foreseen };
            Some(Coming {
                conversation: id,
                chance,
            })
        };
        self.conversations.iter().filter_map(coming).collect()
    }

    /// The share of runs that took a step, of those that have decided it. While none has, all are taken to: that is the
    /// longest that it can last, and the planner reckons so, too.
    fn chance(&self, step: i32, ways: &[Way]) -> f64 {
        let (mut took, mut decided) = (0, 0);
        for way in ways {
            if way.done.contains(&step) || way.open.contains(&step) {
                took += way.runs;
                decided += way.runs;
            } else if way.is_over || self.was_skipped(step, way) {
                decided += way.runs;
            }
        }
        match decided {
            0 => 1.0,
            _ => f64::from(took) / f64::from(decided),
        }
    }

    /// A step without a row was passed over where one that needs it has a row.
    fn was_skipped(&self, step: i32, way: &Way) -> bool {
        let Some(dependents) = self.dependents.get(&step) else {
            return false;
        };
        let mut there = way.done.iter().chain(&way.open);
        there.any(|there| dependents.contains(there))
    }
}

fn dependents(conversations: &[Conversation]) -> BTreeMap<i32, BTreeSet<i32>> {
    let mut all: BTreeMap<i32, BTreeSet<i32>> = BTreeMap::new();
    // As often as the longest chain is long, every step hands what needs it on to what it needs.
    for _ in conversations {
        for step in conversations {
            let mut theirs = all.get(&step.id).cloned().unwrap_or_default();
            theirs.insert(step.id);
            for need in step.needs.iter().flatten() {
                all.entry(*need).or_default().extend(&theirs);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::scenes::{conversation, way};

    /// A first step, a second that only some take, a third.
    fn workflow() -> Vec<Conversation> {
        vec![
            conversation(1, "first", "a", &[]),
            conversation(2, "maybe", "a", &[1]),
            conversation(3, "last", "a", &[1, 2]),
        ]
    }

    fn chances(ways: &[Way], of: &Way) -> Vec<(i32, f64)> {
        let workflow = workflow();
        let coming = Prospect::of(&workflow, ways).of_way(of);
        coming
            .iter()
            .map(|it| (it.conversation, it.chance))
            .collect()
    }

    #[test]
    fn before_anybody_decided_every_step_is_taken_to_come() {
        let fresh = way(&[], &[1], 4);
        assert_eq!(
            chances(std::slice::from_ref(&fresh), &fresh),
            [(1, 1.0), (2, 1.0), (3, 1.0)]
        );
    }

    #[test]
    fn a_step_is_as_likely_as_it_was_among_the_runs_that_have_decided() {
        let fresh = way(&[], &[1], 4);
        let ways = [fresh.clone(), way(&[1], &[2], 1), way(&[1], &[3], 3)];
        assert_eq!(chances(&ways, &fresh), [(1, 1.0), (2, 0.25), (3, 1.0)]);
    }

    #[test]
    fn a_step_that_was_passed_over_does_not_come_again_and_what_is_done_neither() {
        let ways = [way(&[1], &[3], 3), way(&[1, 2], &[3], 1)];
        assert_eq!(chances(&ways, &ways[0]), [(3, 1.0)]);
        assert_eq!(chances(&ways, &ways[1]), [(3, 1.0)]);
    }

    #[test]
    fn nothing_comes_of_a_run_that_is_over() {
        let mut over = way(&[1], &[], 2);
        over.is_over = true;
        assert_eq!(chances(std::slice::from_ref(&over), &over), []);
    }
}
