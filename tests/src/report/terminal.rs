//! The verdicts as a table for the terminal.

/// x
pub fn terminal() {}
