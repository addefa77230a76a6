//! What people read of a plan, of a judgement and of a record.

mod changes;
mod differing;
mod findings;
mod html;
mod record_contents;
mod record_differences;
mod terminal;
mod words;

pub use changes::changes;
pub use findings::{count, findings, findings_in_short};
pub use html::html;
pub use record_contents::record_contents;
pub use record_differences::{Differences, Side, record_differences};
pub use terminal::terminal;
