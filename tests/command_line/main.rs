//! The program as people use it: the real binary, its words and its exit codes.
//!
//! `program` starts it in an environment of the test's making, `world` holds what it works with. Where the state of a
//! database has to change there is no event to wait for: the condition is polled until a deadline.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say where"
)]

mod broken_off;
mod cassettes;
mod environment;
mod forms;
mod going_on;
mod interruption;
mod killed;
mod monitor;
mod overnight;
mod phases;
mod plan_check;
mod plans;
mod postings_folder;
mod preflight;
mod program;
mod progress;
mod real_parts;
mod records;
mod secrets;
mod usage;
mod watchdog;
mod workflow_check;
mod world;
