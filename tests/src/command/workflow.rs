//! `batchproof workflow`: the lint, before anything runs, and the workflow as a picture.

use std::path::Path;
use std::process::ExitCode;

use wave_runner::workflow::Workflow;

use super::arguments::WorkflowCommand;
use super::{CommandError, exit, output};
use crate::report;

/// Carries out a workflow command.
pub(super) fn workflow(command: &WorkflowCommand) -> Result<ExitCode, CommandError> {
    match command {
        WorkflowCommand::Check { definition } => check(definition.as_deref()),
        WorkflowCommand::Show { definition } => show(definition.as_deref()),
    }
}

/// Prints the lint's findings; any finding is bad input.
fn check(definition: Option<&Path>) -> Result<ExitCode, CommandError> {
    let workflow = given_or_builtin(definition)?;
    let findings = workflow.lint();
    for finding in &findings {
        output::line(finding);
    }
    output::line(format_args!(
        "workflow {} ({}): {} conversations, models {}, {}",
        workflow.id,
        &workflow.hash[..12.min(workflow.hash.len())],
        workflow.conversations.len(),
        workflow.models().join(", "),
        match findings.len() {
            0 => "no findings".to_owned(),
            1 => "1 finding".to_owned(),
            n => format!("{n} findings"),
        }
    ));
    Ok(if findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit::USAGE)
    })
}

/// Prints the workflow as a Mermaid flowchart, findings or not: a picture shows what is wrong as well.
fn show(definition: Option<&Path>) -> Result<ExitCode, CommandError> {
    output::text(report::mermaid(&given_or_builtin(definition)?));
    Ok(ExitCode::SUCCESS)
}

fn given_or_builtin(definition: Option<&Path>) -> Result<Workflow, CommandError> {
    definition.map_or_else(
        || Ok(Workflow::builtin()),
        |path| Workflow::load(path).map_err(|error| CommandError::Usage(error.to_string())),
    )
}
