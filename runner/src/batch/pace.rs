//! How far ahead of the slots calls are claimed and rendered. Pure.
//!
//! One call ahead is enough as long as preparing takes less time than a call: it always does where a model computes for
//! seconds. Where calls are shorter than a round trip to the database, a slot would run dry between two refills. What
//! has to lie ready then is what is answered in the time that a refill takes.

use tokio::time::Instant;

/// Most calls prepared for a model beyond its slots. They are answered in the time of one refill or two, so that no
/// other worker misses them for longer than that.
const MOST_AHEAD: usize = 256;

/// How many refills' time is prepared for.
const REFILLS: usize = 4;

/// A moment at which a refill begins.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    at: Instant,
    /// Calls answered since the run began.
    answered: usize,
}

/// Knows how fast calls are answered, in refills.
#[derive(Debug)]
pub(super) struct Pace {
    ahead: usize,
    /// Calls answered since the run began.
    answered: usize,
    /// When the refill before began.
    before: Option<Moment>,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            ahead: 1,
            answered: 0,
            before: None,
        }
    }
}

impl Pace {
    /// Calls to prepare beyond the slots of a model.
    pub(super) fn ahead(&self) -> usize {
        self.ahead
    }

    /// A call was answered.
    pub(super) fn answered(&mut self) {
        self.answered += 1;
    }

    /// The moment at which a refill begins, for [`refilled`](Self::refilled).
    pub(super) fn begin(&self, at: Instant) -> Moment {
        Moment {
            at,
            answered: self.answered,
        }
    }

    /// A refill that began at `since` is prepared at `now`.
    ///
    /// Four times what is answered in that time: the next refill begins when half is left, and half of that is used up
    /// while it is under way. Twice would do, but a claim of twice as many costs little more. What is answered is taken
    /// from the time since the refill before began, not from this one alone: slots that ran dry answer nothing while they
    /// wait, and one would believe that there is nothing to hurry for. A single answer is chance.
    pub(super) fn refilled(&mut self, since: Moment, now: Instant) {
        let from = self.before.replace(since).unwrap_or(since);
        let answered = self.answered.saturating_sub(from.answered);
        let (took, span) = (now - since.at, now - from.at);
        let parts = (span.as_micros() / took.as_micros().max(1)).max(1);
        let meanwhile = answered / usize::try_from(parts).unwrap_or(usize::MAX);
        let wanted = if meanwhile > 1 {
            REFILLS * meanwhile
        } else {
            1
        };
        // A short lull is no reason to let the slots run dry after it.
        let slower = self.ahead - self.ahead / 4;
        self.ahead = wanted.max(slower).min(MOST_AHEAD);
    }

    /// Whether a model with so many calls in flight can wait for its next refill. What is claimed in larger portions
    /// costs less; one call ahead is claimed at once.
    pub(super) fn is_supplied(&self, in_flight: usize, slots: usize) -> bool {
        in_flight > slots + self.ahead / 2
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::instant;

    const MILLISECOND: Duration = Duration::from_millis(1);

    /// The pace after refills of a millisecond, one after the other, during each of which so many calls were answered.
    fn pace(answered: &[usize]) -> Pace {
        pace_with_lulls(answered, 0)
    }

    /// The same with so many milliseconds between two refills, in which nothing is answered.
    fn pace_with_lulls(answered: &[usize], lull: u32) -> Pace {
        let mut pace = Pace::default();
        let mut now = instant();
        for count in answered {
            let since = pace.begin(now);
            (0..*count).for_each(|_| pace.answered());
            pace.refilled(since, now + MILLISECOND);
            now += MILLISECOND * (1 + lull);
        }
        pace
    }

    #[test]
    fn one_ahead_is_enough_for_calls_that_take_longer_than_a_refill() {
        assert_eq!(pace(&[0, 1, 0, 1, 1]).ahead(), 1);
    }

    #[test]
    fn short_calls_are_prepared_for_four_times_the_time_of_a_refill() {
        assert_eq!(pace(&[20]).ahead(), 80);
    }

    #[test]
    fn slots_that_ran_dry_are_known_by_what_was_answered_before_the_refill() {
        let mut pace = Pace::default();
        let mut now = instant();
        for _ in 0..3 {
            // All sixteen slots are answered at once, and stand empty until the next refill is there.
            let since = pace.begin(now);
            pace.refilled(since, now + MILLISECOND);
            (0..16).for_each(|_| pace.answered());
            now += 2 * MILLISECOND;
        }
        assert!(pace.ahead() > 8, "{}", pace.ahead());
    }

    #[test]
    fn seconds_between_two_answers_keep_one_ahead() {
        assert_eq!(pace_with_lulls(&[1, 1, 2, 1, 2], 5_000).ahead(), 1);
    }

    #[test]
    fn what_was_fast_and_is_slow_again_comes_back_to_one() {
        let mut slowing = vec![100];
        slowing.resize(30, 0);
        assert!(pace(&slowing).ahead() <= 3);
    }

    #[test]
    fn nobody_hoards() {
        assert_eq!(pace(&[1_000_000]).ahead(), MOST_AHEAD);
    }

    #[test]
    fn a_refill_begins_while_half_of_the_last_is_left() {
        let pace = pace(&[20]);
        assert!(pace.is_supplied(16 + 41, 16));
        assert!(!pace.is_supplied(16 + 40, 16));
    }
}
