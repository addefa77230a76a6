//! Whether a failed attempt is tried again, and when. Pure.

use std::time::Duration;

use crate::llm::Decision;

/// How often and after what wait an interaction is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all when the server was busy or away.
    pub attempts_when_away: u32,
    /// Attempts in all when the answer was not usable.
    pub attempts_when_malformed: u32,
    /// The first wait for a busy server; each further one doubles.
    pub first_wait: Duration,
    /// No wait is longer.
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts_when_away: 6,
            attempts_when_malformed: 3,
            first_wait: Duration::from_secs(2),
            longest_wait: Duration::from_mins(1),
        }
    }
}

/// What follows a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retry {
    /// Back into the queue, not to be claimed before this has passed.
    After(Duration),
    /// No more: the interaction fails.
    Never,
    /// The set-up is wrong; every other call would fail likewise, so the batch stops.
    StopTheBatch,
}

impl RetryPolicy {
    /// Decides after attempt number `attempt`, counted from 1.
    pub(super) fn decide(&self, decision: Decision, attempt: u32) -> Retry {
        match decision {
            Decision::FixSetup => Retry::StopTheBatch,
            Decision::RetryFresh if attempt < self.attempts_when_malformed => {
                Retry::After(Duration::ZERO)
            }
            Decision::RetryLater if attempt < self.attempts_when_away => {
                let doubled = self
                    .first_wait
                    .saturating_mul(2_u32.saturating_pow(attempt - 1));
                Retry::After(doubled.min(self.longest_wait))
            }
            Decision::RetryFresh | Decision::RetryLater | Decision::GiveUp => Retry::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> RetryPolicy {
        RetryPolicy {
            attempts_when_away: 4,
            attempts_when_malformed: 2,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(3),
        }
    }

    #[test]
    fn a_busy_server_is_given_longer_and_longer_up_to_a_bound() {
        let waits: Vec<Retry> = (1..=4)
            .map(|attempt| policy().decide(Decision::RetryLater, attempt))
            .collect();
        let after = |seconds| Retry::After(Duration::from_secs(seconds));
        assert_eq!(waits, [after(1), after(2), after(3), Retry::Never]);
    }

    #[test]
    fn a_malformed_answer_is_asked_for_again_at_once_and_then_no_more() {
        assert_eq!(
            policy().decide(Decision::RetryFresh, 1),
            Retry::After(Duration::ZERO)
        );
        assert_eq!(policy().decide(Decision::RetryFresh, 2), Retry::Never);
    }

    #[test]
    fn what_cannot_succeed_is_not_tried_again() {
        assert_eq!(policy().decide(Decision::GiveUp, 1), Retry::Never);
        assert_eq!(policy().decide(Decision::FixSetup, 1), Retry::StopTheBatch);
    }
}
