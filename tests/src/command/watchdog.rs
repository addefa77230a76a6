//! `batchproof watchdog`: one look, for cron and timers.

use std::process::ExitCode;

use chrono::TimeDelta;
use wave_runner::batch::{Events, ExecuteSettings, Intervention, Round, Thresholds, Watchdog};
use wave_runner::store::{BatchId, Store, StoreError, UnfinishedBatch};
use wave_runner::workflow::Workflow;

use super::arguments::WatchdogArguments;
use super::{CommandError, exit, output};
use crate::trial::TrialError;

/// It does one thing after the other.
const CONNECTIONS: u32 = 1;

/// Looks once at every unfinished batch, or at the one that is named.
pub(super) async fn watchdog(arguments: &WatchdogArguments) -> Result<ExitCode, CommandError> {
    let workflow = match &arguments.workflow {
        None => Workflow::builtin(),
        Some(path) => {
            Workflow::load(path).map_err(|error| CommandError::Usage(error.to_string()))?
        }
    };
    let store = Store::connect(&arguments.database_url, CONNECTIONS)
        .await
        .map_err(TrialError::from)?;
    let looked = look(arguments, &workflow, &store).await;
    store.close().await;
    Ok(if looked? {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit::STEPPED_IN)
    })
}

/// Answers whether all was quiet.
async fn look(
    arguments: &WatchdogArguments,
    workflow: &Workflow,
    store: &Store,
) -> Result<bool, CommandError> {
    let batches = store
        .unfinished_batches(arguments.batch.map(BatchId))
        .await
        .map_err(TrialError::from)?;
    // All of them before the first is touched: a refusal must not come half-way.
    for unfinished in &batches {
        is_of(workflow, unfinished)?;
    }
    let watchdog = Watchdog {
        store,
        workflow,
        thresholds: arguments.older_than.map_or_else(
            || Thresholds::of_steps(workflow, &ExecuteSettings::default()),
            Thresholds::all,
        ),
        events: &Events::default(),
    };
    let mut quiet = true;
    for UnfinishedBatch { batch, .. } in batches {
        let told = if arguments.dry_run {
            foresee(&watchdog, batch).await
        } else {
            step_in(&watchdog, batch).await
        };
        quiet &= told.map_err(TrialError::from)?;
    }
    Ok(quiet)
}

/// What a run becomes depends on its workflow, so that another one must not decide it.
fn is_of(workflow: &Workflow, unfinished: &UnfinishedBatch) -> Result<(), CommandError> {
    let UnfinishedBatch {
        batch,
        workflow_hash,
    } = unfinished;
    if workflow.hash == *workflow_hash {
        return Ok(());
    }
    Err(CommandError::Usage(format!(
        "batch {batch} was made by a workflow with the hash {workflow_hash}, and the one at hand (workflow {}) has {}; \
         nothing was touched. Name the batch's own with --workflow FILE, or another batch with --batch ID",
        workflow.id, workflow.hash
    )))
}

async fn foresee(watchdog: &Watchdog<'_>, batch: BatchId) -> Result<bool, StoreError> {
    let round = watchdog.foresee(batch).await?;
    tell(&round, batch, "would be put back", "would be failed");
    Ok(round.is_quiet())
}

async fn step_in(watchdog: &Watchdog<'_>, batch: BatchId) -> Result<bool, StoreError> {
    let round = watchdog.tick(batch).await?;
    tell(&round, batch, "put back", "failed");
    if round.runs_ended > 0 && watchdog.store.end_batch_if_over(batch).await? {
        output::line(format_args!("batch {batch}: over, its last run has ended"));
    }
    Ok(round.is_quiet())
}

fn tell(round: &Round, batch: BatchId, put_back: &str, failed: &str) {
    let line = |done: &str, it: &Intervention| {
        output::line(format_args!(
            "{done}: batch {batch}, run {}, posting {}, step {}, attempt {}, {}, worker {}",
            it.claim.run_id,
            it.claim.posting_id,
            it.claim.conversation,
            it.claim.attempt,
            shown(it.age),
            it.runner
        ));
    };
    round.put_back.iter().for_each(|it| line(put_back, it));
    round.failed.iter().for_each(|it| line(failed, it));
}

/// Minutes and seconds.
fn shown(age: TimeDelta) -> String {
    let seconds = age.num_seconds().max(0);
    format!("{} min {} s", seconds / 60, seconds % 60)
}
