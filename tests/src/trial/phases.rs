//! The phases, one after the other.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wave_runner::batch::{Stop, host_name};
use wave_runner::store::{BatchId, Store};
use wave_runner::telemetry::Sampler;
use wave_runner::workflow::{Next, Progress, Workflow};

use super::checkpoint::Checkpoints;
use super::collecting::{Collecting, mode, server_records};
use super::deadline::Watched;
use super::execution::{Crew, execute};
use super::going_on::going_on;
use super::model_server::ModelServer;
use super::notary::Notary;
use super::outlook::{Outlook, stopped_for};
use super::postings::{self, Chosen, choose};
use super::preflight::{Found, preflight};
use super::tape::Tape;
use super::{
    BatchChoice, Observer, Phase, Silent, TrialDatabase, TrialError, TrialSettings, WorkflowChoice,
    with_causes,
};
use crate::clock::{self, Clock};
use crate::ledger::{self, KeptCircumstances, Ledger};
use crate::record::{self, CameBy, Ended, FetchReport, RunRecord};

/// Residency and connections are sampled at this interval, in the model server's time.
const SAMPLE_EVERY: Duration = Duration::from_secs(30);
/// And no more often than this: a look costs the server something.
const SHORTEST_SAMPLE: Duration = Duration::from_millis(50);
/// The graphics cards of real model servers, in real time.
const SAMPLE_GPU_EVERY: Duration = Duration::from_secs(1);

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
    let workflow = Arc::new(workflow(settings)?);
    // Before a database is made: what is wrong with a cassette is wrong wherever it is replayed.
    let (tape, settings) = Tape::begin(settings, &workflow, observer).await?;
    let settings = &settings;
    let database = TrialDatabase::open(&settings.database, settings.workers, observer).await?;
    let watched = Watched::new(settings.deadline, observer, stop);
    // On the heap: the trial's future is large.
    let record = watched
        .over(Box::pin(run_in(
            settings, &workflow, &database, &tape, observer, stop,
        )))
        .await;
    if let Ok(record) = &record {
        tape.end(settings, &workflow, record, observer);
    }
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
    let database = TrialDatabase::open(&settings.database, settings.workers, observer).await?;
    let report = tokio::select! {
        report = postings::fetch(settings, &database.store, &Tape::None, observer) => report,
        () = stop.asked() => Err(TrialError::Interrupted),
    };
    database.close().await;
    report
}

/// Works on a batch that others work on, too, until its last run is final; what was seen of it is in the ledger then.
///
/// # Errors
/// [`TrialError`] when the batch cannot be worked on here.
pub async fn join(
    settings: &TrialSettings,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<Ended, TrialError> {
    let database = TrialDatabase::open(&settings.database, settings.workers, observer).await?;
    let ended = join_in(settings, &database, observer, stop).await;
    database.close().await;
    ended
}

/// Whether what a run is told is sound, however its surroundings are: the workflow, and the batch to go on with.
///
/// # Errors
/// [`TrialError::Input`] when it is not; another when that cannot be found out.
pub async fn check_input(settings: &TrialSettings) -> Result<(), TrialError> {
    let workflow = workflow(settings)?;
    if settings.batch == BatchChoice::New {
        return Ok(());
    }
    let database = TrialDatabase::open(&settings.database, settings.workers, &Silent).await?;
    let checked = going_on(settings, &database, &workflow).await;
    database.close().await;
    checked.map(drop)
}

async fn join_in(
    settings: &TrialSettings,
    database: &TrialDatabase,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<Ended, TrialError> {
    let workflow = Arc::new(workflow(settings)?);
    let going_on = going_on(settings, database, &workflow).await?;
    let servers = ModelServer::start_all(&going_on.settings, &Tape::None).await?;
    let found = preflight(&going_on.settings, &servers, &workflow, observer).await?;
    let place = Place {
        settings: &going_on.settings,
        database,
        servers: &servers,
        found: &found,
        batch: going_on.batch,
    };
    let (name, notary) = place.notary(CameBy::Work).await?;
    let ended = place.work(&workflow, &name, &notary, observer, stop).await;
    notary.close().await?;
    Ok(ended)
}

async fn run_in(
    settings: &TrialSettings,
    workflow: &Arc<Workflow>,
    database: &TrialDatabase,
    tape: &Tape,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<RunRecord, TrialError> {
    let resumed = match settings.batch {
        BatchChoice::New => None,
        BatchChoice::Resume(_) | BatchChoice::Join(_) => {
            Some(going_on(settings, database, workflow).await?)
        }
    };
    let settings = resumed
        .as_ref()
        .map_or(settings, |going_on| &going_on.settings);
    let servers = ModelServer::start_all(settings, tape).await?;
    let found = tape.or_missed(preflight(settings, &servers, workflow, observer).await)?;
    let (batch, kept, came_by) = if let Some(going_on) = &resumed {
        (going_on.batch, going_on.kept.clone(), CameBy::Resume)
    } else {
        let begun = begin(settings, database, workflow, tape, observer, stop).await;
        let (batch, kept) = tape.or_missed(begun)?;
        (batch, kept, CameBy::Run)
    };
    let place = Place {
        settings,
        database,
        servers: &servers,
        found: &found,
        batch,
    };
    let (name, notary) = place.notary(came_by).await?;
    let collecting = Collecting {
        settings,
        database,
        servers: &servers,
        found: &found,
        batch,
        kept: &kept,
        notary: &notary,
    };
    let checkpoints = Checkpoints {
        checkpoint: settings.checkpoint.as_ref(),
        collecting: &collecting,
        observer,
    };
    let first = checkpoints.begin().await;
    let over = CancellationToken::new();
    let working = async {
        let ended = place.work(workflow, &name, &notary, observer, stop).await;
        over.cancel();
        ended
    };
    let outlook = Outlook {
        watch: settings.red_watch.as_ref(),
        judge: &database.judge,
        batch: batch.0,
        mode: &kept.mode,
        observer,
        stop,
    };
    let (ended, last_checkpoint, reds, ()) = tokio::join!(
        working,
        checkpoints.go_on(first, &over),
        // On the heap: the trial's future is large without it.
        Box::pin(outlook.go_on(&over)),
        tape.watch(&over, stop, observer)
    );
    let ended = tape.ended(stopped_for(&reds, ended));
    collect(&collecting, ended, last_checkpoint, observer).await
}

/// Where this process works.
struct Place<'t> {
    settings: &'t TrialSettings,
    database: &'t TrialDatabase,
    servers: &'t [ModelServer],
    found: &'t Found,
    batch: BatchId,
}

impl Place<'_> {
    /// Opens the ledger for this process; answers its name there.
    async fn notary(&self, came_by: CameBy) -> Result<(String, Arc<Notary>), TrialError> {
        let host = host_name();
        let since = clock::now().format("%H%M%S%3f");
        let name = format!("{host}-{}-{since}", std::process::id());
        let source = ledger::Source {
            batch_id: self.batch.0,
            worker: name.clone(),
            host,
            came_by,
            servers: server_records(self.settings, self.servers, self.found),
        };
        let judge = self.database.judge.clone();
        let ledger = Ledger::open(judge, source, Clock::default()).await?;
        let servers = self.servers.iter();
        let sampler = Sampler::start(
            servers
                .clone()
                .map(|s| (s.name.clone(), s.client.clone()))
                .collect(),
            self.database.store.clone(),
            sampling(self.settings),
            clock::now,
        );
        let sampler = match &self.settings.gpu {
            Some(reader) if servers.clone().any(ModelServer::is_on_this_machines_cards) => {
                sampler.with_gpu(Arc::clone(reader), SAMPLE_GPU_EVERY, clock::now)
            }
            _ => sampler,
        };
        let witnesses = servers.map(|server| Arc::clone(&server.witness)).collect();
        Ok((name, Arc::new(Notary::new(ledger, witnesses, sampler))))
    }

    /// Lets the workers of this process work, while it gives signs of life.
    async fn work(
        &self,
        workflow: &Arc<Workflow>,
        name: &str,
        notary: &Arc<Notary>,
        observer: &dyn Observer,
        stop: &Stop,
    ) -> Ended {
        let crew = Crew {
            settings: self.settings,
            database: self.database,
            workflow,
            servers: self.servers,
            found: self.found,
            batch: self.batch,
            name,
            notary,
        };
        tokio::select! {
            ended = execute(&crew, observer, stop) => ended,
            never = notary.sign() => match never {},
        }
    }
}

/// Fetches, promotes and creates a batch, and keeps what nobody else could tell of it later.
async fn begin(
    settings: &TrialSettings,
    database: &TrialDatabase,
    workflow: &Workflow,
    tape: &Tape,
    observer: &dyn Observer,
    stop: &Stop,
) -> Result<(BatchId, KeptCircumstances), TrialError> {
    let row_counts_at_start = record::row_counts(&database.judge).await?;
    database.store.register(workflow).await?;
    let chosen = tokio::select! {
        chosen = choose(settings, &database.store, tape, observer) => chosen?,
        // Nothing is lost: what is staged stays staged, and the promotion is one transaction.
        () = stop.asked() => return Err(TrialError::Interrupted),
    };
    let batch = create_batch(&database.store, workflow, &chosen).await?;
    let kept = KeptCircumstances {
        mode: mode(settings, tape),
        plan: settings.plan.clone(),
        fetch: chosen.fetch,
        row_counts_at_start,
        seed: settings.seed,
    };
    kept.keep(&database.judge, batch.0).await?;
    Ok((batch, kept))
}

/// The record of a batch that has ended, however it did. Where the database has gone, it is that of the last checkpoint
/// with what was seen since.
async fn collect(
    collecting: &Collecting<'_>,
    ended: Ended,
    last_checkpoint: Option<RunRecord>,
    observer: &dyn Observer,
) -> Result<RunRecord, TrialError> {
    observer.begin(Phase::Collect, 1);
    let collected = collecting.collect(ended.clone()).await;
    let record = match (collected, last_checkpoint) {
        (Ok(record), _) => record,
        (Err(error), None) => return Err(error),
        (Err(error), Some(mut checkpoint)) => {
            let why = with_causes(&error);
            observer.trouble(Phase::Collect, &why);
            let unwritten = collecting.notary.unwritten().await;
            checkpoint.exchanges.extend(unwritten.exchanges);
            RunRecord {
                ended: Ended::Failed {
                    why: beyond_collecting(&ended, &why),
                },
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
        Ended::Completed
        | Ended::Interrupted
        | Ended::StoppedOnRed { .. }
        | Ended::StoppedAtDeadline { .. }
        | Ended::UnderWay => String::new(),
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
