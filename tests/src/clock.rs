//! The one file of this crate that reads a clock.

use chrono::{DateTime, TimeDelta, Utc};

/// The wall clock, for the witness log.
#[expect(clippy::disallowed_methods, reason = "this is the file that may")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A machine's clock, which may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Clock {
    ahead: TimeDelta,
}

impl Clock {
    /// A clock that is ahead of this machine's; behind it, where that is negative.
    pub fn ahead_by(ahead: TimeDelta) -> Self {
        Self { ahead }
    }

    /// What it shows.
    pub fn now(self) -> DateTime<Utc> {
        now() + self.ahead
    }
}
