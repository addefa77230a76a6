//! The plan of 500 postings as tests: the same criteria as those of 50, over one run of its own by five workers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say where"
)]

#[path = "../planned/mod.rs"]
#[allow(dead_code, reason = "shared with another suite, which uses all of it")]
mod planned;

use std::process::ExitCode;

use batchproof::plan::Plan;
use batchproof::trial::TrialSettings;
use planned::{criteria, lanes};

/// As many as the plan says, and a model server for each: on one alone they would wait for it.
const WORKERS: usize = 5;

fn main() -> ExitCode {
    let plan = Plan::parse(fixtures::plans::BATCH_500).expect("a plan that comes with the program");
    let settings = TrialSettings {
        plan: plan.reference(),
        batch_size: TrialSettings::size(&plan),
        workers: WORKERS,
        sim_servers: WORKERS,
        ..TrialSettings::simulated()
    };
    lanes::run([vec![criteria::suite("batch of 500", &plan, settings)]])
}
