//! The phases, one after the other.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wave_runner::batch::{Event, Events, ExecuteSettings, Executor, Stop};
use wave_runner::store::{BatchId, Store};
use wave_runner::telemetry::Sampler;
use wave_runner::workflow::{Next, Progress, Workflow};

use super::collecting::{How, collect_record};
use super::model_server::ModelServer;
use super::postings::{self, Chosen, choose};
use super::preflight::{Found, preflight};
use super::{Observer, Phase, TrialDatabase, TrialError, TrialSettings, WorkflowChoice};
use crate::record::{self, Ended, FetchReport, RunRecord};

/// Residency and connections are sampled at this interval, in the model server's time.
const SAMPLE_EVERY: Duration = Duration::from_secs(30);
/// And no more often than this: a look costs the server something.
const SHORTEST_SAMPLE: Duration = Duration::from_millis(50);

/// Runs a whole trial and collects its record.
///
/// Once the batch exists, a record comes back however the batch ended: interrupted and failed ones too, and they say
/// so in [`RunRecord::ended`].
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
    let ended = execute(
        settings, database, &workflow, &server, &found, batch, observer, stop,
    )
    .await;
    let how = How {
        ended,
        fetch: chosen.fetch,
        samples: sampler.stop(),
        row_counts,
    };
    observer.begin(Phase::Collect, 1);
    let record = collect_record(settings, database, &server, found, batch, how).await?;
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

#[expect(
    clippy::too_many_arguments,
    reason = "every part of the trial meets here, once"
)]
async fn execute(
    settings: &TrialSettings,
    database: &TrialDatabase,
    workflow: &Arc<Workflow>,
    server: &ModelServer,
    found: &Found,
    batch: BatchId,
    observer: &dyn Observer,
    stop: &Stop,
) -> Ended {
    let (sender, events) = unbounded_channel();
    let executor = Executor {
        store: database.store.clone(),
        workflow: Arc::clone(workflow),
        llm: server.client.clone(),
        settings: execute_settings(settings, found),
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
            why: super::error::with_causes(&error),
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
