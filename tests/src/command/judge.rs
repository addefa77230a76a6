//! `batchproof judge`: the verdicts of a saved record, offline.

use std::path::Path;
use std::process::ExitCode;

use super::CommandError;
use crate::judge;
use crate::record;
use crate::report;

/// Prints the verdicts of a record; the exit code is the run's.
#[expect(
    clippy::print_stdout,
    reason = "the verdicts are what the command is for"
)]
pub(super) fn judge(path: &Path) -> Result<ExitCode, CommandError> {
    let record = record::load(path)?;
    let judgement = judge::judge(&record, &judge::Requirements::none());
    println!("{}", report::terminal(&record, &judgement, None));
    Ok(ExitCode::from(judgement.exit_code()))
}
