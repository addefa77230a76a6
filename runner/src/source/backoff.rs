//! How long to wait before the same question is asked again.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// How often a call is tried, and how long between the tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Calls in all, the first one included; one means that nothing is tried again.
    pub attempts: u32,
    /// The wait after the first failure; it doubles with each further one.
    pub first: Duration,
    /// No wait is longer, whatever the server's `Retry-After` asks for.
    pub longest: Duration,
}

impl Default for Backoff {
    /// Five tries within half a minute, as bursts of 429 on Workday sites pass in seconds.
    fn default() -> Self {
        Self {
            attempts: 5,
            first: Duration::from_secs(1),
            longest: Duration::from_mins(1),
        }
    }
}

impl Backoff {
    /// The wait before the next try after `failures` failed ones (one or more), or `None` to give up.
    ///
    /// A server's wish is granted where it is longer than our own wait, up to [`longest`](Self::longest).
    pub fn wait_after(&self, failures: u32, retry_after: Option<Duration>) -> Option<Duration> {
        if failures >= self.attempts {
            return None;
        }
        let doublings = failures.saturating_sub(1).min(31);
        let own = self.first.saturating_mul(1 << doublings);
        Some(own.max(retry_after.unwrap_or_default()).min(self.longest))
    }
}

/// The value of a `Retry-After` header, which is seconds or an HTTP date; `None` if it is neither. A date in
/// the past is no wait.
pub fn retry_after(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = DateTime::parse_from_rfc2822(value).ok()?;
    Some((date.to_utc() - now).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::{DateTime, Utc};

    use super::{Backoff, retry_after};

    const SECOND: Duration = Duration::from_secs(1);

    fn four_tries() -> Backoff {
        Backoff {
            attempts: 4,
            first: SECOND,
            longest: 3 * SECOND,
        }
    }

    #[test]
    fn the_wait_doubles_up_to_the_longest_and_then_the_call_is_given_up() {
        let waits: Vec<_> = (1..=4)
            .map(|failures| four_tries().wait_after(failures, None))
            .collect();
        assert_eq!(
            waits,
            [Some(SECOND), Some(2 * SECOND), Some(3 * SECOND), None]
        );
    }

    #[test]
    fn retry_after_lengthens_the_wait_but_not_beyond_the_longest() {
        let wait = |wish| four_tries().wait_after(2, Some(wish)).unwrap();
        assert_eq!(wait(SECOND / 2), 2 * SECOND);
        assert_eq!(wait(SECOND * 5 / 2), SECOND * 5 / 2);
        assert_eq!(wait(3_600 * SECOND), 3 * SECOND);
    }

    #[test]
    fn no_number_of_failures_overflows() {
        let endless = Backoff {
            attempts: u32::MAX,
            first: 9 * SECOND,
            longest: Duration::MAX,
        };
        assert!(endless.wait_after(u32::MAX - 1, None).is_some());
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let now: DateTime<Utc> = "2025-11-26T18:43:30Z".parse().unwrap();
        assert_eq!(retry_after(" 7 ", now), Some(7 * SECOND));
        assert_eq!(
            retry_after("Wed, 26 Nov 2025 18:43:40 GMT", now),
            Some(10 * SECOND)
        );
        assert_eq!(
            retry_after("Wed, 26 Nov 2025 18:43:00 GMT", now),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after("soon", now), None);
        assert_eq!(retry_after("-1", now), None);
    }
}
