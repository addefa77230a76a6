//! The phase in which the runner works, and what is told of it meanwhile.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wave_runner::batch::{Event, Events, ExecuteError, ExecuteSettings, Executor, Server, Stop};
use wave_runner::store::{BatchId, Store};
use wave_runner::workflow::Workflow;

use super::model_server::ModelServer;
use super::notary::Notary;
use super::preflight::Found;
use super::way::Way;
use super::{Observer, Phase, TrialDatabase, TrialSettings, with_causes};
use crate::record::Ended;

/// How long a claim holds without a heartbeat: what a worker that dies had under way is another's so much later.
const LEASE: Duration = Duration::from_mins(1);
/// In a simulation a lease is shorter, but not so short that a busy machine loses it.
const LEASE_SHRINKS_BY: f64 = 10.0;

/// Takes the batch through the workflow, with all workers of this process. A panic is a defect that must not cost the evidence as well.
pub(super) async fn execute(parts: &Crew<'_>, observer: &dyn Observer, stop: &Stop) -> Ended {
    let running = run_batch(parts, observer, stop);
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

async fn run_batch(parts: &Crew<'_>, observer: &dyn Observer, stop: &Stop) -> Ended {
    let Crew {
        settings,
        database,
        batch,
        ..
    } = *parts;
    let (sender, events) = unbounded_channel();
    let workers: Vec<Executor> = (1..=settings.workers)
        .map(|number| parts.worker(number, Events::to(sender.clone())))
        .collect();
    drop(sender);
    let watching = watch(
        &database.store,
        batch,
        events,
        observer,
        Way::of(parts.workflow, settings.batch_size),
    );
    let working = async {
        let ended = join_all(workers.iter().map(|worker| worker.run(batch, stop))).await;
        // The channel closes with the last sender, which ends the watching.
        drop(workers);
        ended
    };
    let (ended, ()) = tokio::join!(working, watching);
    together(ended, observer)
}

/// How the workers ended, taken together: a worker that saw the last run end vouches for all of them.
fn together(
    ended: Vec<Result<wave_runner::batch::Ended, ExecuteError>>,
    observer: &dyn Observer,
) -> Ended {
    use wave_runner::batch::Ended as Worker;
    let is_finished = ended.iter().any(|e| matches!(e, Ok(Worker::Finished)));
    let mut whole = Ended::Interrupted;
    for error in ended.into_iter().filter_map(Result::err) {
        let why = with_causes(&error);
        if is_finished {
            observer.trouble(Phase::Execute, &format!("a worker gave up: {why}"));
        }
        whole = Ended::Failed { why };
    }
    if is_finished { Ended::Completed } else { whole }
}

/// What the workers of this process work with.
#[derive(Clone, Copy)]
pub(super) struct Crew<'t> {
    pub(super) settings: &'t TrialSettings,
    pub(super) database: &'t TrialDatabase,
    pub(super) workflow: &'t Arc<Workflow>,
    pub(super) servers: &'t [ModelServer],
    pub(super) found: &'t Found,
    pub(super) batch: BatchId,
    /// What the process is called; its workers bear its name.
    pub(super) name: &'t str,
    pub(super) notary: &'t Arc<Notary>,
}

impl Crew<'_> {
    fn worker(&self, number: usize, events: Events) -> Executor {
        let notary: Arc<Notary> = Arc::clone(self.notary);
        let server = |server: &ModelServer| Server {
            name: server.name.clone(),
            client: Arc::new(server.client.clone()),
            gpu_memory: self.settings.gpu_memory,
        };
        Executor {
            store: self.database.store.clone(),
            workflow: Arc::clone(self.workflow),
            servers: self.servers.iter().map(server).collect(),
            settings: execute_settings(self.settings, self.found),
            runner: format!("{}/{number}", self.name),
            events,
            barrier: Some(notary),
        }
    }
}

fn execute_settings(settings: &TrialSettings, found: &Found) -> ExecuteSettings {
    ExecuteSettings {
        slots: settings.slots,
        most_servers: Some(settings.servers().div_ceil(settings.workers.max(1))),
        max_in_flight: settings.max_in_flight,
        models: found.models.clone(),
        grace: settings.grace,
        watchdog_limit: settings.watchdog_limit,
        lease: LEASE.div_f64(settings.effective_time_scale().min(LEASE_SHRINKS_BY)),
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
    mut way: Way,
) {
    observer.begin(Phase::Execute, way.length());
    observer.note(Phase::Execute, &way.told());
    let mut interactions = 0_u64;
    while let Some(event) = events.recv().await {
        match event {
            Event::Completed { conversation } => {
                interactions += 1;
                way.completed(conversation);
                observer.at(Phase::Execute, way.gone());
            }
            Event::RunEnded => {
                way.run_ended();
                observer.note(Phase::Execute, &way.told());
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
            Event::WaitsForServer { held } => {
                let each: Vec<String> = held
                    .iter()
                    .map(|(server, worker)| format!("{server} is {worker}'s"))
                    .collect();
                observer.trouble(
                    Phase::Execute,
                    &format!(
                        "waiting for a model server: {}; one whose worker died is free when its lease has run out",
                        each.join(", ")
                    ),
                );
            }
            Event::WatchdogIntervened { conversation } => {
                observer.trouble(
                    Phase::Execute,
                    &format!("the watchdog ended {conversation}"),
                );
            }
            Event::MadeRoom { unloaded, waiting } => {
                observer.trouble(
                    Phase::Execute,
                    &format!("{unloaded}, which was not in use, left no room for {waiting} and was unloaded"),
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
