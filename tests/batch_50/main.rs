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
use shared_run::SharedRun;

/// Nothing was tested although nothing was left out: a usage error of the suite itself.
const NOTHING_RAN: u8 = 4;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    // The runs at 400:1 come one after the other: side by side they would take the processor from each other, and ten
    // milliseconds are four seconds there. Those at 10:1 mostly wait.
    let lanes = [
        vec![criteria::suite(), one_resident::suite()],
        vec![gap::parallel()],
        vec![gap::serial()],
    ];
    let mut trials: Vec<Trial> = Vec::new();
    let mut begun: Vec<SharedRun> = Vec::new();
    for lane in lanes {
        let mut in_turn = Vec::new();
        for (run, suite) in lane {
            if suite.iter().any(|trial| !arguments.is_filtered_out(trial)) {
                in_turn.push(run);
            }
            trials.extend(suite);
        }
        if !arguments.list {
            begun.extend(in_turn.clone());
            shared_run::begin_in_turn(in_turn);
        }
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if arguments.list {
        return ExitCode::SUCCESS;
    }
    for run in begun {
        run.show();
    }
    let ran = conclusion.num_passed + conclusion.num_failed;
    if ran == 0 && arguments.filter.is_none() && !arguments.ignored {
        return ExitCode::from(NOTHING_RAN);
    }
    conclusion.exit_code()
}
