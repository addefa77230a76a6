//! When this process stood still: a laptop asleep, a virtual machine paused, a process that was stopped.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// A stretch of time in which this process did nothing at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspension {
    /// The last moment known before it.
    pub from: DateTime<Utc>,
    /// The first moment known after it.
    pub until: DateTime<Utc>,
}

/// Whoever is this late was not merely busy.
const SHORTEST: TimeDelta = TimeDelta::seconds(10);

impl Suspension {
    /// What two looks at the wall clock come to that were to be `interval` apart by the monotonic clock. While a machine
    /// sleeps, that one stands still and the wall clock goes on; a process that is stopped misses both. A wall clock that
    /// was set forward looks the same, and one that was set back says nothing.
    pub(super) fn between(
        before: DateTime<Utc>,
        now: DateTime<Utc>,
        interval: Duration,
    ) -> Option<Self> {
        let interval = TimeDelta::from_std(interval).unwrap_or(TimeDelta::MAX);
        let late = (now - before).checked_sub(&interval)?;
        (late > SHORTEST).then_some(Self {
            from: before,
            until: now,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn after(seconds: i64) -> Option<Suspension> {
        let before = DateTime::UNIX_EPOCH;
        Suspension::between(before, before + TimeDelta::seconds(seconds), SECOND)
    }

    #[test]
    fn a_night_asleep_is_noticed_with_its_ends() {
        let slept = after(8 * 3_600).unwrap();
        assert_eq!(slept.from, DateTime::UNIX_EPOCH);
        assert_eq!(slept.until - slept.from, TimeDelta::hours(8));
    }

    #[test]
    fn a_machine_that_is_merely_busy_and_a_clock_that_is_set_back_are_no_sleep() {
        assert_eq!(after(1), None);
        assert_eq!(after(11), None);
        assert!(after(12).is_some());
        assert_eq!(after(-3_600), None);
    }
}
