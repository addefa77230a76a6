//! The command line: what can be asked for, and what each answer is worth to a caller.

mod analyse;
mod arguments;
pub(crate) mod bytes;
mod choices;
mod compare;
pub(crate) mod duration;
mod exit;
mod judge;
mod logging;
mod monitor;
mod observer;
mod output;
mod phases;
mod plan;
mod plan_file;
pub(crate) mod preflight;
mod record;
mod report;
mod run;
mod standard_error;
mod telling;
mod watchdog;
mod work;
mod workflow;

use std::process::ExitCode;

pub use arguments::{Arguments, Command};
pub use exit::CommandError;
pub use observer::Console;
pub use telling::{LogFormat, TellingArguments};

/// Carries out what was asked for, and tells `console` how it goes.
///
/// # Errors
/// [`CommandError`], which knows its exit code.
pub async fn carry_out(arguments: Arguments, console: &Console) -> Result<ExitCode, CommandError> {
    match arguments.command {
        // On the heap: the whole trial is one future of many kilobytes.
        Command::Run(run) => Box::pin(run::run(*run, console)).await,
        Command::Work(work) => Box::pin(work::work(*work, console)).await,
        Command::Fetch(fetch) => phases::fetch(fetch, console).await,
        Command::Promote(promote) => phases::promote(promote, console).await,
        Command::Preflight(arguments) => Box::pin(preflight::preflight(&arguments)).await,
        Command::Watchdog(arguments) => watchdog::watchdog(&arguments).await,
        Command::Monitor(arguments) => monitor::monitor(&arguments).await,
        Command::Judge { record, plan } => judge::judge(&record, plan.as_deref()),
        Command::Report(arguments) => report::report(&arguments),
        Command::Compare(arguments) => compare::compare(&arguments),
        Command::Analyse { command } => analyse::analyse(&command).await,
        Command::Record { command } => record::record(&command),
        Command::Plan { command } => plan::plan(&command),
        Command::Workflow { command } => workflow::workflow(&command),
    }
}
