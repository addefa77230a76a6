//! How far ahead of the slots calls are claimed and rendered. Pure.
//!
//! One call ahead is enough as long as preparing takes less time than a call: it always does where a model computes for
//! seconds. Where calls are shorter than a round trip to the database, a slot would run dry between two refills. What
//! has to lie ready then is what is answered in the time that a refill takes.

/// Most calls prepared for a model beyond its slots. They are answered in the time of one refill or two, so that no
/// other worker misses them for longer than that.
const MOST_AHEAD: usize = 256;

/// Knows how fast calls are answered, in refills.
#[derive(Debug)]
pub(super) struct Pace {
    ahead: usize,
    /// Calls answered since the run began.
    answered: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            ahead: 1,
            answered: 0,
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
    pub(super) fn now(&self) -> usize {
        self.answered
    }

    /// A refill that began at `since` is prepared.
    ///
    /// Twice what was answered meanwhile: half of it is used up while the next refill, which begins when half is left, is
    /// under way. A model whose calls ran out answers too few to say how many it would have answered, and doubling gets
    /// there. A single answer is chance.
    pub(super) fn refilled(&mut self, since: usize) {
        let meanwhile = self.answered.saturating_sub(since);
        let wanted = if meanwhile > 1 { 2 * meanwhile } else { 1 };
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
    use super::*;

    /// The pace after refills during each of which so many calls were answered.
    fn pace(answered: &[usize]) -> Pace {
        let mut pace = Pace::default();
        for count in answered {
            let since = pace.now();
            (0..*count).for_each(|_| pace.answered());
            pace.refilled(since);
        }
        pace
    }

    #[test]
    fn one_ahead_is_enough_for_calls_that_take_longer_than_a_refill() {
        assert_eq!(pace(&[0, 1, 0, 1, 1]).ahead(), 1);
    }

    #[test]
    fn short_calls_are_prepared_for_twice_the_time_of_a_refill() {
        assert_eq!(pace(&[20]).ahead(), 40);
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
        assert!(pace.is_supplied(16 + 21, 16));
        assert!(!pace.is_supplied(16 + 20, 16));
    }
}
