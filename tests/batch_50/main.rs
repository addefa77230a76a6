//! The plan as tests: one batch runs once, every success criterion is a test on its record.
//!
//! Four runs stand behind the trials, all at work at the same time, each begun only when one of its trials is asked
//! for: `batch` is the plan's run of 50; `gap` runs three postings at 10:1 with parallel and with serial grades and
//! proves that the gap's tiers land where they should; `one resident` gives the server the 6 GiB of November 2025,
//! where the graders cannot be resident together.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say where"
)]

mod gap;
mod one_resident;
#[path = "../planned/mod.rs"]
mod planned;

use std::process::ExitCode;

use batchproof::plan::Plan;
use batchproof::trial::TrialSettings;
use planned::{criteria, lanes};

fn main() -> ExitCode {
    let batch = || criteria::suite("batch", &Plan::builtin(), TrialSettings::simulated());
    // The runs at 400:1 come one after the other: side by side they would take the processor from each other, and ten
    // milliseconds are four seconds there. Those at 10:1 mostly wait.
    lanes::run([
        vec![batch(), one_resident::suite()],
        vec![gap::parallel()],
        vec![gap::serial()],
    ])
}
