//! Every path that outcomes can open through a workflow.

use std::collections::BTreeMap;

use super::list;
use crate::workflow::{Actor, Conversation, ConversationId, Outcome, PostingColumn};

/// More than any workflow that a person can still read. Each further step with two outcomes doubles
/// it.
const MOST: usize = 4096;

/// One way through: the steps that ran, with what they found.
#[derive(Clone, Default)]
pub(super) struct Path<'a> {
    ran: BTreeMap<ConversationId, (&'a Conversation, Option<Outcome>)>,
    /// Ended by a fatal outcome, so nothing is owed at its end.
    pub(super) failed: bool,
}

impl<'a> Path<'a> {
    /// Whether the step ran.
    pub(super) fn has(&self, id: ConversationId) -> bool {
        self.ran.contains_key(&id)
    }

    /// The steps that ran.
    pub(super) fn steps(&self) -> impl Iterator<Item = &'a Conversation> {
        self.ran.values().map(|(step, _)| *step)
    }

    /// Whether this step, having run, leaves the column filled: it wrote it, or found it so.
    pub(super) fn fills(&self, id: ConversationId, column: PostingColumn) -> bool {
        self.ran.get(&id).is_some_and(|(step, outcome)| {
            let proven = match (&step.actor, outcome) {
                (Actor::Script(script), Some(outcome)) => script.proves(*outcome),
                _ => None,
            };
            step.writes.contains(&column) || proven == Some(column)
        })
    }

    /// The decisions on the way, for a message.
    pub(super) fn describe(&self) -> String {
        let decided = self
            .ran
            .values()
            .filter(|(step, _)| step.outcomes().len() > 1);
        let words = decided.filter_map(|(step, found)| Some(format!("{} {}", step.id, (*found)?)));
        format!("on the path with the outcomes {},", list(words))
    }

    fn outcome(&self, id: ConversationId) -> Option<Outcome> {
        self.ran.get(&id)?.1
    }

    fn with(&self, step: &'a Conversation, outcome: Option<Outcome>) -> Self {
        let mut path = self.clone();
        path.ran.insert(step.id, (step, outcome));
        path.failed = outcome.is_some_and(|outcome| step.fails_on.contains(&outcome));
        path
    }
}

/// All paths through steps that stand in order; `None` when there are more than can be followed.
pub(super) fn all<'a>(ordered: &[&'a Conversation]) -> Option<Vec<Path<'a>>> {
    let mut paths = vec![Path::default()];
    for step in ordered {
        paths = paths
            .into_iter()
            .flat_map(|path| extended(path, step))
            .collect();
        if paths.len() > MOST {
            return None;
        }
    }
    Some(paths)
}

/// The path with one more step, once for each outcome; itself when it failed or skips the step.
fn extended<'a>(path: Path<'a>, step: &'a Conversation) -> Vec<Path<'a>> {
    if path.failed || !step.is_wanted(|id| path.outcome(id)) {
        return vec![path];
    }
    match step.outcomes() {
        [] => vec![path.with(step, None)],
        outcomes => outcomes
            .iter()
            .map(|outcome| path.with(step, Some(*outcome)))
            .collect(),
    }
}
