//! What the loop remembers of its last look at the open work, so that it need not look before every claim. Pure.

use std::time::Duration;

use crate::store::{OpenWork, ReadyWork};
use crate::workflow::ConversationId;

/// A look is remembered for so many times as long as it took: looking then takes a tenth of the time at most, and what
/// became ready meanwhile is seen late by no more than that.
const REMEMBERED_FOR: u32 = 10;

/// The open work as it was read, less what was claimed since.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) open: OpenWork,
    read_at: tokio::time::Instant,
    took: Duration,
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
        }
    }

    /// Whether it can still be planned on.
    pub(super) fn is_recent(&self, now: tokio::time::Instant) -> bool {
        now - self.read_at < self.took * REMEMBERED_FOR
    }

    /// Takes what was claimed together in one run out of the ready work. Of which run it was, the counts do not know:
    /// any in which all of it was ready will do until the next look.
    pub(super) fn claimed(&mut self, together: &[ConversationId]) {
        let ready = &mut self.open.ready;
        let has_all =
            |r: &&mut ReadyWork| r.runs > 0 && together.iter().all(|c| r.conversations.contains(c));
        let Some(found) = ready.iter_mut().find(has_all) else {
            return;
        };
        found.runs -= 1;
        let mut rest = found.conversations.clone();
        rest.retain(|conversation| !together.contains(conversation));
        ready.retain(|r| r.runs > 0);
        if rest.is_empty() {
            return;
        }
        match ready.iter_mut().find(|r| r.conversations == rest) {
            Some(same) => same.runs += 1,
            None => ready.push(ReadyWork {
                conversations: rest,
                runs: 1,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(ids: &[i32], runs: usize) -> ReadyWork {
        ReadyWork {
            conversations: ids.iter().copied().map(ConversationId).collect(),
            runs,
        }
    }

    fn known(ready: Vec<ReadyWork>, took: Duration) -> (Known, tokio::time::Instant) {
        let open = OpenWork {
            ready,
            ..OpenWork::default()
        };
        let now = crate::clock::instant();
        (Known::new(open, now, now + took), now + took)
    }

    #[test]
    fn what_was_claimed_is_ready_no_more_and_the_rest_of_its_run_still_is() {
        let (mut known, _) = known(vec![ready(&[3336, 3337, 9161], 2)], Duration::ZERO);
        known.claimed(&[ConversationId(3336), ConversationId(3337)]);
        assert_eq!(
            known.open.ready,
            [ready(&[3336, 3337, 9161], 1), ready(&[9161], 1)]
        );
    }

    #[test]
    fn a_look_is_remembered_in_proportion_to_what_it_took() {
        let (known, read_at) = known(Vec::new(), Duration::from_millis(3));
        assert!(known.is_recent(read_at + Duration::from_millis(29)));
        assert!(!known.is_recent(read_at + Duration::from_millis(30)));
    }
}
