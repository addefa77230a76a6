//! The command line: what can be asked for, and what each answer is worth to a caller.

mod arguments;
mod bytes;
mod choices;
mod exit;
mod judge;
mod observer;
mod output;
mod phases;
mod plan;
mod plan_file;
mod preflight;
mod record;
mod run;
mod signals;
mod watchdog;
mod work;
mod workflow;

use std::process::ExitCode;

pub use arguments::{Arguments, Command};
pub use exit::CommandError;

/// Carries out what was asked for.
///
/// # Errors
/// [`CommandError`], which knows its exit code.
pub async fn carry_out(arguments: Arguments) -> Result<ExitCode, CommandError> {
    match arguments.command {
        // On the heap: the whole trial is one future of many kilobytes.
        Command::Run(run) => Box::pin(run::run(*run)).await,
        Command::Work(work) => Box::pin(work::work(*work)).await,
        Command::Fetch(fetch) => phases::fetch(fetch).await,
        Command::Promote(promote) => phases::promote(promote).await,
        Command::Preflight(arguments) => Box::pin(preflight::preflight(&arguments)).await,
        Command::Watchdog(arguments) => watchdog::watchdog(&arguments).await,
        Command::Judge { record, plan } => judge::judge(&record, plan.as_deref()),
        Command::Record { command } => record::record(&command),
        Command::Plan { command } => plan::plan(&command),
        Command::Workflow { command } => workflow::workflow(&command),
    }
}
