//! How far a batch has come, told in steps: in waves all postings end at nearly the same time, so that their number says
//! nothing for most of a run.

use std::collections::BTreeSet;

use wave_runner::workflow::{ConversationId, Outcome, Workflow};

/// The steps that a batch has to go if nothing fails, and those that it has gone.
#[derive(Debug)]
pub(super) struct Way {
    usual: BTreeSet<ConversationId>,
    postings: usize,
    gone: usize,
    ended: usize,
}

impl Way {
    /// The way of so many postings. A step that only a failed grade calls for is no part of it.
    pub(super) fn of(workflow: &Workflow, postings: usize) -> Self {
        let usual = workflow.conversations.iter().filter(|step| {
            step.when
                .as_ref()
                .is_none_or(|when| when.any.iter().any(|clause| clause.is != Outcome::Fail))
        });
        Self {
            usual: usual.map(|step| step.id).collect(),
            postings,
            gone: 0,
            ended: 0,
        }
    }

    pub(super) fn length(&self) -> u64 {
        (self.usual.len() * self.postings) as u64
    }

    pub(super) fn gone(&self) -> u64 {
        self.gone as u64
    }

    pub(super) fn completed(&mut self, step: ConversationId) {
        self.gone += usize::from(self.usual.contains(&step));
    }

    pub(super) fn run_ended(&mut self) {
        self.ended += 1;
    }

    /// The postings that are over, for people.
    pub(super) fn told(&self) -> String {
        format!("{} of {} postings over", self.ended, self.postings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXTRACT: ConversationId = ConversationId(3335);
    const IMPROVE: ConversationId = ConversationId(3338);

    #[test]
    fn a_way_is_as_long_as_the_steps_of_postings_of_which_no_grade_fails() {
        let mut way = Way::of(&Workflow::builtin(), 50);
        assert_eq!(way.length(), 50 * 13);
        way.completed(EXTRACT);
        way.completed(IMPROVE);
        way.run_ended();
        assert_eq!(
            (way.gone(), way.told().as_str()),
            (1, "1 of 50 postings over")
        );
    }
}
