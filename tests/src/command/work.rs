//! `batchproof work`: one more worker for a batch of another process.

use std::process::ExitCode;

use wave_runner::batch::Stop;

use super::arguments::WorkArguments;
use super::choices::joining;
use super::observer::Console;
use super::preflight::cards;
use super::run::with_signals;
use super::{CommandError, exit, output};
use crate::record::Ended;
use crate::trial;

/// Works until the batch's last posting is final.
pub(super) async fn work(
    arguments: WorkArguments,
    console: &Console,
) -> Result<ExitCode, CommandError> {
    let host = std::env::var("OLLAMA_HOST").ok();
    let mut settings = joining(&arguments, host.as_deref())?;
    settings.gpu = Some(cards());
    let stop = Stop::default();
    let working = trial::join(&settings, console, &stop);
    let ended = Box::pin(with_signals(&stop, console, working)).await?;
    let batch = arguments.batch;
    Ok(match ended {
        Ended::Completed => {
            output::line(format_args!(
                "Batch {batch} is over: every posting is final."
            ));
            ExitCode::SUCCESS
        }
        Ended::Interrupted
        | Ended::StoppedOnRed { .. }
        | Ended::StoppedAtDeadline { .. }
        | Ended::UnderWay => {
            output::line(format_args!(
                "Interrupted; what was not finished is back in the queue of batch {batch}."
            ));
            ExitCode::from(exit::INTERRUPTED)
        }
        Ended::Failed { why } => {
            output::line(format_args!(
                "This worker cannot go on with batch {batch}: {why}"
            ));
            ExitCode::from(exit::ENVIRONMENT)
        }
    })
}
