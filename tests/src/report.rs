//! What people read of a judgement, and of a plan.

mod findings;
mod terminal;

pub use findings::{count, findings, findings_in_short};
pub use terminal::terminal;
