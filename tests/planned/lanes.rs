//! The `main` of a suite whose trials wait for batches.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use super::shared_run::{SharedRun, begin_in_turn};

/// Nothing was tested although nothing was left out: a usage error of the suite itself.
const NOTHING_RAN: u8 = 4;

/// A batch and the trials that wait for it.
pub(crate) type Suite = (SharedRun, Vec<Trial>);

/// Runs what the command line asks for. The batches of a lane come one after the other, the lanes side by side; a batch
/// begins only when one of its trials is asked for.
pub(crate) fn run(lanes: impl IntoIterator<Item = Vec<Suite>>) -> ExitCode {
    let arguments = Arguments::from_args();
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
            begin_in_turn(in_turn);
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
