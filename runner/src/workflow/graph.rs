//! What comes next: a pure function of the definition and of what is over.
//!
//! A step is created when all it needs is over and its condition holds. When the condition does not
//! hold the step is skipped: it gets no row, counts as over, and whoever needs it goes on.

use std::collections::{BTreeMap, BTreeSet};

use super::{Conversation, ConversationId, Outcome, Workflow};

/// How far one run is: its interactions. A step without one was not created, or was skipped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// One entry for each interaction that exists.
    pub rows: BTreeMap<ConversationId, Standing>,
}

/// Where one interaction stands. One that failed or was cancelled ends its run: nothing comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Pending or running.
    Open,
    /// Completed, with what the graph may branch on.
    Completed(Option<Outcome>),
}

/// What to do with a run now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a run whose next step is dropped stands still"]
pub enum Next {
    /// Create these interactions, in one transaction. Never empty, never one that exists.
    Create(Vec<ConversationId>),
    /// Nothing is ready; something is open.
    Wait,
    /// Every step is completed or skipped.
    Finished,
    /// A step found what the definition declares fatal: create nothing more, end the run as failed.
    Failed {
        /// The step.
        conversation: ConversationId,
        /// What it found.
        outcome: Outcome,
    },
}

impl Workflow {
    /// What a run does next. Right for any definition without findings; asked twice, it answers the
    /// same.
    pub fn next(&self, progress: &Progress) -> Next {
        if let Some((conversation, outcome)) = self.fatal(progress) {
            return Next::Failed {
                conversation,
                outcome,
            };
        }
        let outcome_of = |id| progress.outcome(id);
        let mut over: BTreeSet<ConversationId> = BTreeSet::new();
        let mut ready: BTreeSet<ConversationId> = BTreeSet::new();
        // To a fixed point, since a skipped step lets others be skipped and the file has no order.
        loop {
            let known = over.len() + ready.len();
            for step in &self.conversations {
                let due = step.needs.iter().all(|need| over.contains(need));
                match progress.rows.get(&step.id) {
                    Some(Standing::Completed(_)) => _ = over.insert(step.id),
                    None if due && step.is_wanted(outcome_of) => _ = ready.insert(step.id),
                    None if due => _ = over.insert(step.id),
                    Some(Standing::Open) | None => {}
                }
            }
            if over.len() + ready.len() == known {
                break;
            }
        }
        if !ready.is_empty() {
            Next::Create(ready.into_iter().collect())
        } else if over.len() == self.conversations.len() {
            Next::Finished
        } else {
            Next::Wait
        }
    }

    /// How many interactions a run with these outcomes has: asked of the graph, not of a table.
    ///
    /// A step that is not in the map completes without an outcome. After a fatal outcome the count
    /// is what had been created when steps end in lockstep.
    pub fn expected_interactions(&self, outcomes: &BTreeMap<ConversationId, Outcome>) -> usize {
        let mut progress = Progress::default();
        while let Next::Create(created) = self.next(&progress) {
            let completed = created
                .into_iter()
                .map(|id| (id, Standing::Completed(outcomes.get(&id).copied())));
            progress.rows.extend(completed);
        }
        progress.rows.len()
    }

    /// The first completed step, by id, whose outcome ends the run.
    fn fatal(&self, progress: &Progress) -> Option<(ConversationId, Outcome)> {
        progress.rows.keys().find_map(|id| {
            let outcome = progress.outcome(*id)?;
            let step = self.conversation(*id)?;
            step.fails_on.contains(&outcome).then_some((*id, outcome))
        })
    }

    /// The steps in an order in which each stands behind what it needs; `None` when a cycle or an
    /// unknown need leaves no such order.
    pub(super) fn in_order(&self) -> Option<Vec<&Conversation>> {
        let mut ordered: Vec<&Conversation> = Vec::new();
        let mut waiting: Vec<&Conversation> = self.conversations.iter().collect();
        while !waiting.is_empty() {
            let placed: BTreeSet<_> = ordered.iter().map(|step| step.id).collect();
            let (due, rest): (Vec<_>, Vec<_>) = waiting
                .iter()
                .partition(|step| step.needs.iter().all(|need| placed.contains(need)));
            if due.is_empty() {
                return None;
            }
            ordered.extend(due);
            waiting = rest;
        }
        Some(ordered)
    }

    /// Every step that is over before this one starts.
    pub(super) fn ancestors(&self, id: ConversationId) -> BTreeSet<ConversationId> {
        let mut found = BTreeSet::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            let needs = self
                .conversation(id)
                .into_iter()
                .flat_map(|step| &step.needs);
            open.extend(needs.filter(|need| found.insert(**need)));
        }
        found
    }
}

impl Conversation {
    /// Whether its condition holds; a step without one is always wanted.
    pub(super) fn is_wanted(&self, outcome_of: impl Fn(ConversationId) -> Option<Outcome>) -> bool {
        self.when.as_ref().is_none_or(|when| when.holds(outcome_of))
    }
}

impl Progress {
    /// What a completed step found.
    fn outcome(&self, id: ConversationId) -> Option<Outcome> {
        match self.rows.get(&id)? {
            Standing::Completed(outcome) => *outcome,
            Standing::Open => None,
        }
    }
}

#[cfg(test)]
mod tests;
