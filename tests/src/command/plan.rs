//! `batchproof plan check`: what is wrong with a plan, before a run is spent on it.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use super::arguments::PlanCommand;
use super::{CommandError, exit, output, plan_file};
use crate::plan::lint::{Finding, Severity, lint};
use crate::report;

/// Carries out a plan command.
pub(super) fn plan(command: &PlanCommand) -> Result<ExitCode, CommandError> {
    match command {
        PlanCommand::Check { plan } => check(plan),
    }
}

/// Prints the lint's findings; an error or a warning is bad input.
fn check(path: &Path) -> Result<ExitCode, CommandError> {
    let text = plan_file::read(path)?;
    let found = lint(&text);
    let name = path.display().to_string();
    let in_colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    output::text(report::findings(&name, &text, &found, in_colour));
    output::line(format_args!("{name}: {}", report::count(&found)));
    Ok(code(&found))
}

/// A line about the findings in the plan that was named, if there are any. They are no reason to refuse it: a run can be
/// judged by a plan that should have been a better one.
pub(super) fn remark(plan: Option<&Path>) -> Result<Option<String>, CommandError> {
    let Some(path) = plan else {
        return Ok(None);
    };
    let text = plan_file::read(path)?;
    Ok(report::findings_in_short(
        &path.display().to_string(),
        &lint(&text),
    ))
}

fn code(found: &[Finding]) -> ExitCode {
    if found
        .iter()
        .all(|finding| finding.severity() == Severity::Note)
    {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit::USAGE)
    }
}
