//! What people read of a judgement and of a record.

mod changes;
mod differences;
mod record_contents;
mod record_differences;
mod terminal;

pub use changes::changes;
pub use record_contents::record_contents;
pub use record_differences::{Differences, Side, record_differences};
pub use terminal::terminal;
