//! The phases, one after the other.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;
use wave_runner::batch::{Event, Events, ExecuteSettings, Executor, Stop};
use wave_runner::store::{BatchId, Store};
use wave_runner::telemetry::Sampler;
use wave_runner::workflow::{Next, Progress, Workflow};

use super::checkpoint::Checkpoints;
use super::collecting::Collecting;
use super::model_server::ModelServer;
use super::postings::{self, Chosen, choose};
use super::preflight::{Found, preflight};
use super::{
    Observer, Phase, TrialDatabase, TrialError, TrialSettings, WorkflowChoice, with_causes,
};
use crate::record::{self, Ended, FetchReport, RunRecord};

/// Residency and connections are sampled at this interval, in the model server's time.
const SAMPLE_EVERY: Duration = Duration::from_secs(30);
/// And no more often than this: a look costs the server something.
const SHORTEST_SAMPLE: Duration = Duration::from_millis(50);

/// Runs a whole trial and collects its record.
///
/// Once the batch exists, a record comes back however the batch ended: interrupted and failed ones too, and they say
/// so in [`RunRecord::ended`]. What is there so far is saved in between, where [`TrialSettings::checkpoint`] says.
///
/// # Errors
/// [`TrialError`] when the batch could not begin or its record could not be read.
pub async fn run(
    settings: &TrialSettings,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<RunRecord, TrialError> {
    let database = TrialDatabase::open(&settings.database, observer).await?;
    let record = run_in(settings, &database, observer, stop).await;
    database.close().await;
    record
}

/// The fetch phase alone, into a database that stays.
///
/// # Errors
/// [`TrialError`] when the database or the source cannot be used.
pub async fn fetch(
    settings: &TrialSettings,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<FetchReport, TrialError> {
    let database = TrialDatabase::open(&settings.database, observer).await?;
    let report = tokio::select! {
        report = postings::fetch(settings, &database.store, observer) => report,
        () = stop.asked() => Err(TrialError::Interrupted),
    };
    database.close().await;
    report
}

async fn run_in(
    settings: &TrialSettings,
    database: &TrialDatabase,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<RunRecord, TrialError> {
    let workflow = Arc::new(workflow(settings)?);
    let server = ModelServer::start(settings).await?;
    let found = preflight(&server, &workflow, observer).await?;
    let row_counts = record::row_counts(&database.judge).await?;
    database.store.register(&workflow).await?;
    let chosen = tokio::select! {
        chosen = choose(settings, &database.store, observer) => chosen?,
        // Nothing is lost: what is staged stays staged, and the promotion is one transaction.
        () = stop.asked() => return Err(TrialError::Interrupted),
    };
    let batch = create_batch(&database.store, &workflow, &chosen).await?;
    let sampler = Sampler::start(
        server.client.clone(),
        database.store.clone(),
        sampling(settings),
    );
    let collecting = Collecting {
        settings,
        database,
        server: &server,
        found,
        batch,
        fetch: chosen.fetch,
        row_counts,
    };
    let checkpoints = Checkpoints {
        checkpoint: settings.checkpoint.as_ref(),
        collecting: &collecting,
        sampler: &sampler,
        observer,
    };
    let first = checkpoints.begin().await;
    let over = CancellationToken::new();
    let working = async {
        let ended = execute(&collecting, &workflow, observer, stop).await;
        over.cancel();
        ended
    };
    let (ended, last_checkpoint) = tokio::join!(working, checkpoints.go_on(first, &over));
    collect(&collecting, ended, sampler, last_checkpoint, observer).await
}

/// The record of a batch that has ended, however it did. Where the database has gone, it is that of the last checkpoint
/// with what the witness knows.
async fn collect(
    collecting: &Collecting<'_>,
    ended: Ended,
    sampler: Sampler,
    last_checkpoint: Option<RunRecord>,
    observer: &dyn Observer,
) -> Result<RunRecord, TrialError> {
    observer.begin(Phase::Collect, 1);
    let collected = collecting.collect(ended.clone(), &sampler.stop()).await;
    let record = match (collected, last_checkpoint) {
        (Ok(record), _) => record,
        (Err(error), None) => return Err(error),
        (Err(error), Some(checkpoint)) => {
            let why = with_causes(&error);
            observer.trouble(Phase::Collect, &why);
            RunRecord {
                ended: Ended::Failed {
                    why: beyond_collecting(&ended, &why),
                },
                exchanges: collecting.server.witness.exchanges(),
                ..checkpoint
            }
        }
    };
    observer.end(
        Phase::Collect,
        &format!(
            "{} interactions, {} exchanges",
            record.interactions.len(),
            record.exchanges.len()
        ),
    );
    Ok(record)
}

fn beyond_collecting(ended: &Ended, why: &str) -> String {
    let before = match ended {
        Ended::Failed { why } => format!("{why}; then "),
        Ended::Completed | Ended::Interrupted | Ended::UnderWay => String::new(),
    };
    format!(
        "{before}the end could not be collected: {why}; the rows are those of the last checkpoint"
    )
}

/// The workflow with the models that were chosen. Nothing runs a workflow that has findings, but who breaks one on
/// purpose.
fn workflow(settings: &TrialSettings) -> Result<Workflow, TrialError> {
    let workflow = settings.workflow.definition().with_models(&settings.models);
    if matches!(settings.workflow, WorkflowChoice::Unlinted(_)) {
        return Ok(workflow);
    }
    let findings: Vec<String> = workflow.lint().iter().map(ToString::to_string).collect();
    if findings.is_empty() {
        Ok(workflow)
    } else {
        Err(TrialError::Input(format!(
            "the workflow cannot be run: {}",
            findings.join("; ")
        )))
    }
}

async fn create_batch(
    store: &Store,
    workflow: &Workflow,
    chosen: &Chosen,
) -> Result<BatchId, TrialError> {
    let first = match workflow.next(&Progress::default()) {
        Next::Create(first) => first,
        Next::Wait | Next::Finished | Next::Failed { .. } => {
            return Err(TrialError::Input(format!(
                "workflow {} has no first step",
                workflow.id
            )));
        }
    };
    Ok(store
        .create_batch(workflow, &chosen.posting_ids, &first)
        .await?)
}

/// Takes the batch through the workflow. A panic is a defect that must not cost the evidence as well.
async fn execute(
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
        llm: server.client.clone(),
        settings: execute_settings(settings, &parts.found),
        runner: format!("{}-{}", std::process::id(), batch),
        events: Events::to(sender),
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
        gpu_memory: settings.gpu_memory,
        models: found.models.clone(),
        grace: settings.grace,
        watchdog_limit: settings.watchdog_limit,
        time_scale: settings.effective_time_scale(),
        ..ExecuteSettings::default()
    }
}

fn sampling(settings: &TrialSettings) -> Duration {
    SAMPLE_EVERY
        .div_f64(settings.effective_time_scale())
        .max(SHORTEST_SAMPLE)
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
