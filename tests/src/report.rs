//! What people read of a judgement.

mod terminal;

pub use terminal::terminal;
