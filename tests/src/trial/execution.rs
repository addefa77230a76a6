//! The phase in which the runner works, and what is told of it meanwhile.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wave_runner::batch::{Event, Events, ExecuteSettings, Executor, Server, Stop};
use wave_runner::store::{BatchId, Store};
use wave_runner::workflow::Workflow;

use super::collecting::Collecting;
use super::preflight::Found;
use super::{Observer, Phase, TrialSettings, with_causes};
use crate::record::Ended;

/// Takes the batch through the workflow. A panic is a defect that must not cost the evidence as well.
pub(super) async fn execute(
    parts: &Collecting<'_>,
    workflow: &Arc<Workflow>,
    observer: &dyn Observer,
    stop: &Stop,
) -> Ended {
    let running = run_batch(parts, workflow, observer, stop);
    match AssertUnwindSafe(running).catch_unwind().await {
        Ok(ended) => ended,
        Err(panic) => Ended::Failed {
            why: format!(
                "the run panicked: {}. This is a defect, please report it",
                panic_message(panic.as_ref())
            ),
        },
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it did not say why")
}

async fn run_batch(
    parts: &Collecting<'_>,
    workflow: &Arc<Workflow>,
    observer: &dyn Observer,
    stop: &Stop,
) -> Ended {
    let Collecting {
        settings,
        database,
        server,
        batch,
        ..
    } = *parts;
    let (sender, events) = unbounded_channel();
    let executor = Executor {
        store: database.store.clone(),
        workflow: Arc::clone(workflow),
        servers: vec![Server {
            name: server.url.to_string(),
            client: Arc::new(server.client.clone()),
            gpu_memory: settings.gpu_memory,
        }],
        settings: execute_settings(settings, &parts.found),
        runner: format!("{}-{}", std::process::id(), batch),
        events: Events::to(sender),
        barrier: None,
    };
    let watching = watch(
        &database.store,
        batch,
        events,
        observer,
        settings.batch_size,
    );
    let working = async {
        let ended = executor.run(batch, stop).await;
        // The channel closes with the last sender, which ends the watching.
        drop(executor);
        ended
    };
    let (ended, ()) = tokio::join!(working, watching);
    match ended {
        Ok(wave_runner::batch::Ended::Finished) => Ended::Completed,
        Ok(wave_runner::batch::Ended::Interrupted) => Ended::Interrupted,
        Err(error) => Ended::Failed {
            why: with_causes(&error),
        },
    }
}

fn execute_settings(settings: &TrialSettings, found: &Found) -> ExecuteSettings {
    ExecuteSettings {
        slots: settings.slots,
        max_in_flight: settings.max_in_flight,
        models: found.models.clone(),
        grace: settings.grace,
        watchdog_limit: settings.watchdog_limit,
        time_scale: settings.effective_time_scale(),
        ..ExecuteSettings::default()
    }
}

/// Tells the observer what the events say, until the run is over.
async fn watch(
    store: &Store,
    batch: BatchId,
    mut events: UnboundedReceiver<Event>,
    observer: &dyn Observer,
    size: usize,
) {
    observer.begin(Phase::Execute, size as u64);
    let mut interactions = 0_u64;
    let mut ended_runs = 0;
    while let Some(event) = events.recv().await {
        match event {
            Event::Completed { .. } => interactions += 1,
            Event::RunEnded => {
                ended_runs += 1;
                observer.at(Phase::Execute, ended_runs);
            }
            Event::Retried { conversation, why } => {
                observer.trouble(
                    Phase::Execute,
                    &format!("{conversation} is tried again: {why}"),
                );
            }
            Event::Failed { conversation, why } => {
                observer.trouble(Phase::Execute, &format!("{conversation} failed: {why}"));
            }
            Event::WatchdogIntervened { conversation } => {
                observer.trouble(
                    Phase::Execute,
                    &format!("the watchdog ended {conversation}"),
                );
            }
            Event::Dropped { conversation } => {
                observer.trouble(
                    Phase::Execute,
                    &format!("a late result of {conversation} was dropped"),
                );
            }
        }
    }
    let tally = store.tally(batch).await.unwrap_or_default();
    observer.end(
        Phase::Execute,
        &format!(
            "{} runs completed, {} failed, {} open; {interactions} interactions",
            tally.completed, tally.failed, tally.open
        ),
    );
}
