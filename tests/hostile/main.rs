//! Postings of people who mean harm, through everything: from a folder, past a model that does what they order, into the
//! database and every report.
//!
//! `world` runs the batches, `orders` holds what became of the rows, `prompts` what the model was sent, `reports` what
//! people see, `staging` what was refused and why.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say where"
)]

mod orders;
mod prompts;
mod reports;
mod staging;
mod world;
