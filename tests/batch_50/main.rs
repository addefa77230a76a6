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

mod criteria;
mod gap;
mod one_resident;
mod shared_run;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// Nothing was tested although nothing was left out: a usage error of the suite itself.
const NOTHING_RAN: u8 = 4;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let suites = [
        criteria::suite(),
        gap::parallel(),
        gap::serial(),
        one_resident::suite(),
    ];
    let mut trials: Vec<Trial> = Vec::new();
    for (run, suite) in &suites {
        let asked_for = suite.iter().any(|trial| !arguments.is_filtered_out(trial));
        if asked_for && !arguments.list {
            run.begin();
        }
    }
    let runs: Vec<_> = suites
        .into_iter()
        .map(|(run, suite)| {
            trials.extend(suite);
            run
        })
        .collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    if arguments.list {
        return ExitCode::SUCCESS;
    }
    for run in runs {
        run.show();
    }
    let ran = conclusion.num_passed + conclusion.num_failed;
    if ran == 0 && arguments.filter.is_none() {
        return ExitCode::from(NOTHING_RAN);
    }
    conclusion.exit_code()
}
