//! The one file of this crate that reads a clock. Everything else is handed the time.

use chrono::{DateTime, Utc};
use tokio::time::Instant;

/// The wall clock, for what people read and for what is compared with another machine's records.
///
/// The database has the last word on when something happened (`clock_timestamp()`): this clock dates only
/// what the database never sees.
#[expect(clippy::disallowed_methods, reason = "this is the file that may")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The clock that only goes forward, for how long something has lasted. Tests may stop it.
pub fn moment() -> Instant {
    Instant::now()
}
