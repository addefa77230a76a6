//! What the benches work on: real inputs, and the pure operations of the pipeline over them.
//!
//! - [`journey`]: a posting through all model steps, with the stand-in's answers.
//! - [`records`]: a record of any size.
//! - [`november`]: batches in virtual time, with the durations of November 2025.
//! - [`memory`]: how much of it this process has.
//! - [`operations`]: the pure parts by name, for criterion, for counting and for timing alike.
//! - [`plant`]: a store with postings, and the real executor over it.
//! - [`site`]: a client of the careers site's stand-in.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a bench that cannot be set up has nothing to measure"
)]

pub mod journey;
pub mod memory;
pub mod november;
pub mod operations;
pub mod plant;
pub mod records;
pub mod site;
