//! The phases, one after the other.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wave_runner::batch::Stop;
use wave_runner::store::{BatchId, Store};
use wave_runner::telemetry::Sampler;
use wave_runner::workflow::{Next, Progress, Workflow};

use super::checkpoint::Checkpoints;
use super::collecting::Collecting;
use super::execution::execute;
use super::model_server::ModelServer;
use super::postings::{self, Chosen, choose};
use super::preflight::preflight;
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

fn sampling(settings: &TrialSettings) -> Duration {
    SAMPLE_EVERY
        .div_f64(settings.effective_time_scale())
        .max(SHORTEST_SAMPLE)
}
