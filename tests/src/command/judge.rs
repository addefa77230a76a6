//! `batchproof judge`: the verdicts of a saved record, offline.

use std::path::Path;
use std::process::ExitCode;

use super::CommandError;
use super::{output, plan, plan_file};
use crate::judge;
use crate::plan::Plan;
use crate::record::{self, RunRecord};
use crate::report;

/// Prints the verdicts of a record; the exit code is the run's. With a plan it also tells what that plan changes.
pub(super) fn judge(path: &Path, by_path: Option<&Path>) -> Result<ExitCode, CommandError> {
    let by = plan_file::given_or_builtin(by_path)?;
    let record = record::load(path)?;
    let judgement = judge::judge(&record, &by.requirements());
    output::line(report::terminal(&record, &judgement, None));
    if by_path.is_some()
        && let Some(comparison) = comparison(&record, &by, &judgement)
    {
        output::line(comparison);
    }
    if let Some(remark) = plan::remark(by_path)? {
        output::line(remark);
    }
    Ok(ExitCode::from(judgement.exit_code()))
}

/// What a plan changes, unless it is the plan of the run. The text of any other than the built-in plan is not at hand.
fn comparison(record: &RunRecord, by: &Plan, judgement: &judge::Judgement) -> Option<String> {
    if record.plan.sha256.as_ref() == Some(&by.sha256) {
        return None;
    }
    let builtin = Plan::builtin();
    let before = judge::judge(record, &builtin.requirements());
    let changes = report::changes(&before, judgement);
    Some(if record.plan == builtin.reference() {
        changes
    } else {
        format!(
            "The text of the plan that the batch was run for is not at hand: compared with the built-in plan.\n{changes}"
        )
    })
}
