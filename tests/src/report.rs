//! What people read of a judgement.

mod changes;
mod terminal;

pub use changes::changes;
pub use terminal::terminal;
