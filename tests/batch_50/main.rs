//! The plan as tests: one batch runs once, every success criterion is a test on its record.
//!
//! Four runs stand behind the trials, all at work at the same time, each begun only when one of its trials is asked
//! for: `batch` is the plan's run of 50; `gap` runs three postings at 10:1 with parallel and with serial grades and
//! proves that the gap's tiers land where they should; `one resident` gives the server the 6 GiB of November 2025,
//! where the graders cannot be resident together.
//!
//! With the feature `live-gpu` the first of them is on a real model server, and the others wait until it is over: they
//! would take the processor from it.
//!
//! Where `BATCHPROOF_REPLAY` names a cassette, one replay of it stands behind all of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say where"
)]

mod gap;
#[cfg(feature = "live-gpu")]
mod live;
mod one_resident;
#[path = "../planned/mod.rs"]
#[cfg_attr(
    feature = "live-gpu",
    allow(dead_code, reason = "what simulates the batch is not used there")
)]
mod planned;
mod replay;

use std::process::ExitCode;

use batchproof::plan::Plan;
#[cfg(not(feature = "live-gpu"))]
use batchproof::trial::TrialSettings;
use planned::shared_run::SharedRun;
use planned::{criteria, lanes};

fn main() -> ExitCode {
    match replay::shared_run(&Plan::builtin()) {
        Some(run) => lanes::run([vec![replayed(run)]]),
        None => lanes::run(lanes_of_runs()),
    }
}

/// One after the other.
#[cfg(feature = "live-gpu")]
fn lanes_of_runs() -> Vec<Vec<lanes::Suite>> {
    vec![vec![
        live::suite(),
        one_resident::suite(),
        gap::parallel(),
        gap::serial(),
    ]]
}

/// The runs at 400:1 come one after the other: side by side they would take the processor from each other, and ten
/// milliseconds are four seconds there. Those at 10:1 mostly wait.
#[cfg(not(feature = "live-gpu"))]
fn lanes_of_runs() -> Vec<Vec<lanes::Suite>> {
    let batch = criteria::suite("batch", &Plan::builtin(), TrialSettings::simulated());
    vec![
        vec![batch, one_resident::suite()],
        vec![gap::parallel()],
        vec![gap::serial()],
    ]
}

/// The same trials over one replay. What they ask of time is passed over with the reason.
fn replayed(run: SharedRun) -> lanes::Suite {
    let (_, mut trials) = criteria::over(run.clone(), &Plan::builtin());
    trials.extend(one_resident::trials(&run));
    trials.extend(gap::parallel_trials(&run));
    trials.extend(gap::serial_trials(&run));
    (run, trials)
}
