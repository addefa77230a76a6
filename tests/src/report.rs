//! What people read of a judgement, and of a plan.

mod changes;
mod findings;
mod terminal;

pub use changes::changes;
pub use findings::{count, findings, findings_in_short};
pub use terminal::terminal;
