//! What people read of a plan, of a judgement and of a record.

mod changes;
mod differing;
mod findings;
mod preflight;
mod record_contents;
mod record_differences;
mod terminal;
mod words;

pub use changes::changes;
pub use findings::{count, findings, findings_in_short};
pub use preflight::{finding_in_one_line, preflight};
pub use record_contents::record_contents;
pub use record_differences::{Differences, Side, record_differences};
pub use terminal::terminal;
