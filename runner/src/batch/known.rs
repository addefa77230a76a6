//! What the loop remembers of its last look at the open work, so that it need not look before every claim. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::store::{Claim, Hold, OpenRuns, OpenWork, Queue};
use crate::workflow::ConversationId;

/// A look is remembered for so many times as long as it took: looking then takes a fiftieth of the time at most, and what
/// became ready meanwhile is seen late by no more than that.
const REMEMBERED_FOR: u32 = 50;
/// And for no longer than this: a look may have taken long because the database was away.
const REMEMBERED_AT_MOST: Duration = Duration::from_secs(10);

/// The open work as it was read, less what was claimed since.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) open: OpenWork,
    read_at: tokio::time::Instant,
    took: Duration,
    /// The last interaction of each conversation that was claimed since.
    last_claimed: BTreeMap<ConversationId, i64>,
}

impl Known {
    /// Open work that was asked for at `asked_at` and read at `read_at`.
    pub(super) fn new(
        open: OpenWork,
        asked_at: tokio::time::Instant,
        read_at: tokio::time::Instant,
    ) -> Self {
        Self {
            open,
            read_at,
            took: read_at - asked_at,
            last_claimed: BTreeMap::new(),
        }
    }

    /// Whether it can still be planned on.
    pub(super) fn is_recent(&self, now: tokio::time::Instant) -> bool {
        now - self.read_at < (self.took * REMEMBERED_FOR).min(REMEMBERED_AT_MOST)
    }

    /// What is ready of a conversation and was not claimed since the look. What has come back since, a retry say, is
    /// found by the next look.
    pub(super) fn queue(&self, conversation: ConversationId) -> Queue {
        Queue {
            conversation,
            after: self.last_claimed.get(&conversation).copied().unwrap_or(0),
        }
    }

    /// Claims go forward, so the next may begin where this one ended.
    pub(super) fn went_on(&mut self, claims: &[Claim]) {
        for claim in claims {
            let last = self.last_claimed.entry(claim.conversation).or_default();
            *last = claim.interaction_id.max(*last);
        }
    }

    /// Takes what `by` claimed together in one run out of the ready work. Of which run it was, the counts do not know:
    /// any in which all of it was ready will do until the next look.
    pub(super) fn claimed(&mut self, together: &[ConversationId], by: &str) {
        let fronts = &mut self.open.fronts;
        let has_all = |front: &&mut OpenRuns| {
            let mut together = together.iter();
            front.runs > 0 && together.all(|claimed| front.ready().any(|ready| ready == *claimed))
        };
        let Some(found) = fronts.iter_mut().find(has_all) else {
            return;
        };
        found.runs -= 1;
        let mut steps = found.steps.clone();
        for (conversation, hold) in &mut steps {
            if together.contains(conversation) {
                *hold = Hold::Leased { by: by.to_owned() };
            }
        }
        fronts.retain(|front| front.runs > 0);
        match fronts.iter_mut().find(|front| front.steps == steps) {
            Some(same) => same.runs += 1,
            None => fronts.push(OpenRuns { steps, runs: 1 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: &str = "runner-1";

    fn front(steps: &[(i32, Hold)], runs: usize) -> OpenRuns {
        OpenRuns {
            steps: steps
                .iter()
                .map(|(id, hold)| (ConversationId(*id), hold.clone()))
                .collect(),
            runs,
        }
    }

    fn known(fronts: Vec<OpenRuns>, took: Duration) -> (Known, tokio::time::Instant) {
        let open = OpenWork {
            fronts,
            ..OpenWork::default()
        };
        let now = crate::clock::instant();
        (Known::new(open, now, now + took), now + took)
    }

    #[test]
    fn what_was_claimed_is_ready_no_more_and_the_rest_of_its_run_still_is() {
        let (ready, ours) = (Hold::Ready, Hold::Leased { by: US.to_owned() });
        let of = |graders: &Hold| {
            [
                (3336, graders.clone()),
                (3337, graders.clone()),
                (9161, ready.clone()),
            ]
        };
        let (mut known, _) = known(vec![front(&of(&ready), 2)], Duration::ZERO);
        known.claimed(&[ConversationId(3336), ConversationId(3337)], US);
        assert_eq!(
            known.open.fronts,
            [front(&of(&ready), 1), front(&of(&ours), 1)]
        );
    }

    #[test]
    fn a_look_is_remembered_in_proportion_to_what_it_took() {
        let (known, read_at) = known(Vec::new(), Duration::from_millis(3));
        assert!(known.is_recent(read_at + Duration::from_millis(149)));
        assert!(!known.is_recent(read_at + Duration::from_millis(150)));
    }

    #[test]
    fn a_look_that_waited_for_the_database_is_not_remembered_for_minutes() {
        let (known, read_at) = known(Vec::new(), Duration::from_secs(20));
        assert!(known.is_recent(read_at + Duration::from_millis(9_999)));
        assert!(!known.is_recent(read_at + Duration::from_secs(10)));
    }
}
