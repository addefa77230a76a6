//! How far a process's clock is from the database's. Pure: looks at both clocks come in, a difference goes out.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

/// Looks that are remembered. Clocks drift: older ones say nothing about now.
const REMEMBERED: usize = 8;

/// What is known of the difference between the database's clock and ours.
#[derive(Debug, Clone, Default)]
pub(crate) struct Offset {
    /// The least and the greatest difference that each look allows, oldest first.
    looks: VecDeque<(TimeDelta, TimeDelta)>,
}

impl Offset {
    /// The database read its clock somewhere between our `before` and `after`.
    pub(crate) fn look(
        &mut self,
        before: DateTime<Utc>,
        database: DateTime<Utc>,
        after: DateTime<Utc>,
    ) {
        // A clock of ours that was set back in between says nothing.
        if after < before {
            return;
        }
        if self.looks.len() == REMEMBERED {
            self.looks.pop_front();
        }
        self.looks.push_back((database - after, database - before));
    }

    /// What has to be added to a date of ours: nothing where the clocks may agree, else the middle of what all looks
    /// allow. Looks that contradict each other are older than a change of the clock.
    pub(crate) fn to_database(&self) -> TimeDelta {
        let mut newest_first = self.looks.iter().rev();
        let Some((mut least, mut greatest)) = newest_first.next().copied() else {
            return TimeDelta::zero();
        };
        for (low, high) in newest_first {
            if *low > greatest || *high < least {
                break;
            }
            (least, greatest) = (least.max(*low), greatest.min(*high));
        }
        if least <= TimeDelta::zero() && greatest >= TimeDelta::zero() {
            return TimeDelta::zero();
        }
        least + (greatest - least) / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(1_795_420_800_000 + milliseconds).unwrap()
    }

    fn offset(looks: &[(i64, i64, i64)]) -> i64 {
        let mut offset = Offset::default();
        for (before, database, after) in looks {
            offset.look(at(*before), at(*database), at(*after));
        }
        offset.to_database().num_milliseconds()
    }

    #[test]
    fn clocks_that_may_agree_are_taken_to_agree() {
        assert_eq!(offset(&[]), 0);
        assert_eq!(offset(&[(0, 3, 4)]), 0);
        assert_eq!(offset(&[(0, 3, 4), (10, 10, 14)]), 0);
    }

    #[test]
    fn a_clock_that_is_wrong_is_put_right_by_the_middle_of_what_all_looks_allow() {
        assert_eq!(offset(&[(0, 90_005, 10)]), 90_000);
        assert_eq!(offset(&[(0, -90_000, 2)]), -90_001);
        // The first allows 80 to 100, the second 90 to 120.
        assert_eq!(offset(&[(0, 100, 20), (0, 120, 30)]), 95);
    }

    #[test]
    fn a_clock_that_was_set_meanwhile_is_known_by_the_latest_looks() {
        assert_eq!(offset(&[(0, 5_000, 2), (10, 10, 12)]), 0);
        assert_eq!(offset(&[(0, 1, 2), (10, 7_011, 12)]), 7_000);
        assert_eq!(
            offset(&[(0, 1, 2), (10, 99, 5)]),
            0,
            "set back during a look"
        );
    }
}
