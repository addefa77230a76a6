//! `batchproof workflow check`: the lint, before anything runs.

use std::path::Path;
use std::process::ExitCode;

use wave_runner::workflow::Workflow;

use super::arguments::WorkflowCommand;
use super::{CommandError, exit, output};

/// Carries out a workflow command.
pub(super) fn workflow(command: &WorkflowCommand) -> Result<ExitCode, CommandError> {
    match command {
        WorkflowCommand::Check { definition } => check(definition.as_deref()),
    }
}

/// Prints the lint's findings; any finding is bad input.
fn check(definition: Option<&Path>) -> Result<ExitCode, CommandError> {
    let workflow = match definition {
        None => Workflow::builtin(),
        Some(path) => {
            Workflow::load(path).map_err(|error| CommandError::Usage(error.to_string()))?
        }
    };
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
