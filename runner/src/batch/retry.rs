//! Whether a failed attempt is tried again, and when. Pure.

use std::time::Duration;

use crate::llm::{Decision, FailureClass};

/// After what wait an interaction is tried again. How often, the table of [failures](crate::llm::FAILURES) says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The first wait for a server that could not serve; each further one doubles.
    pub first_wait: Duration,
    /// No wait is longer.
    pub longest_wait: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
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
    /// Decides after a failure of `class`, when earlier attempts of the interaction ended with `earlier`.
    ///
    /// Each class counts for itself: a server that was away costs no attempt that a bad answer may need. `seed` tells
    /// interactions apart, so that those which failed together do not come back together.
    pub(super) fn decide(&self, class: FailureClass, earlier: &[FailureClass], seed: u64) -> Retry {
        let alike = earlier.iter().filter(|before| **before == class).count();
        let attempt = u32::try_from(alike).unwrap_or(u32::MAX).saturating_add(1);
        let row = class.row();
        let used_up = row.attempts.is_some_and(|most| attempt >= most);
        match row.decision {
            Decision::FixSetup => Retry::StopTheBatch,
            Decision::GiveUp => Retry::Never,
            Decision::RetryFresh | Decision::RetryLater if used_up => Retry::Never,
            Decision::RetryFresh => Retry::After(Duration::ZERO),
            Decision::RetryLater => Retry::After(self.wait(attempt, seed)),
        }
    }

    /// The wait doubles, and lies between three quarters of it and the whole.
    fn wait(&self, attempt: u32, seed: u64) -> Duration {
        let doubled = self
            .first_wait
            .saturating_mul(2_u32.saturating_pow(attempt - 1))
            .min(self.longest_wait);
        // A multiplicative hash (Knuth's): neighbouring seeds lie far apart.
        let mixed = (seed ^ u64::from(attempt)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48;
        let share = u32::try_from(mixed).unwrap_or(0);
        doubled.mul_f64(1.0 - 0.25 * f64::from(share) / f64::from(u16::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::FAILURES;

    fn policy() -> RetryPolicy {
        RetryPolicy {
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(3),
        }
    }

    #[test]
    fn a_busy_server_is_given_longer_and_longer_up_to_a_bound() {
        for (before, wait) in [(0, 1.0), (1, 2.0), (2, 3.0), (50, 3.0)] {
            let earlier = vec![FailureClass::Busy; before];
            let Retry::After(found) = policy().decide(FailureClass::Busy, &earlier, 7) else {
                panic!("a busy server is no reason to give up");
            };
            let found = found.as_secs_f64();
            assert!((0.75 * wait..=wait).contains(&found), "{found} for {wait}");
        }
    }

    #[test]
    fn interactions_that_failed_together_come_back_apart_and_always_alike() {
        let wait = |seed| policy().decide(FailureClass::Busy, &[], seed);
        assert_ne!(wait(1), wait(2));
        assert_eq!(wait(1), wait(1));
    }

    #[test]
    fn each_row_of_the_table_is_tried_as_often_as_it_says() {
        for row in FAILURES {
            let tries = (0..100)
                .take_while(|before| {
                    let earlier = vec![row.class; *before];
                    matches!(policy().decide(row.class, &earlier, 1), Retry::After(_))
                })
                .count();
            let expected = match (row.decision, row.attempts) {
                (Decision::FixSetup | Decision::GiveUp, _) => 0,
                (_, Some(most)) => most as usize - 1,
                (_, None) => 100,
            };
            assert_eq!(tries, expected, "{row:?}");
        }
    }

    #[test]
    fn an_outage_uses_up_no_attempt_of_a_bad_answer() {
        let away = vec![FailureClass::Unreachable; 50];
        let retry = policy().decide(FailureClass::Malformed, &away, 1);
        assert_eq!(retry, Retry::After(Duration::ZERO));
    }

    #[test]
    fn a_wrong_set_up_stops_the_batch() {
        let retry = policy().decide(FailureClass::Refused, &[], 1);
        assert_eq!(retry, Retry::StopTheBatch);
    }
}
