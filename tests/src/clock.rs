//! The one file of this crate that reads a clock.

use chrono::{DateTime, Utc};

/// The wall clock, for the witness log.
#[expect(clippy::disallowed_methods, reason = "this is the file that may")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}
