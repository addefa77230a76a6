//! A run over a batch: the loop with its tickers, from the first claim to the last release.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::breaker::Breakers;
use super::crew::{Crew, Notes};
use super::custody::{Custody, keep, take_share};
use super::dispatch::Dispatcher;
use super::heartbeat::{Held, beat};
use super::persist::persist;
use super::server::host_name;
use super::watchdog::{Thresholds, Watchdog};
use super::{Barrier, Events, ExecuteSettings, Server};
use crate::store::{BatchId, Newcomer, Store, StoreError, Subscription, Worker};
use crate::workflow::Workflow;

/// The watchdog looks this many times in each of its limits: what hangs is ended at most a thirtieth too late.
const LOOKS_PER_LIMIT: u32 = 30;
/// It looks no more often than this.
const SHORTEST_LOOK: Duration = Duration::from_millis(200);

/// Takes batches through a workflow.
#[derive(Debug)]
pub struct Executor {
    /// The database.
    pub store: Store,
    /// The workflow; its hash must be the batch's.
    pub workflow: Arc<Workflow>,
    /// The model servers; at least one. Each is another worker's as long as that one holds it.
    pub servers: Vec<Server>,
    /// What it was told.
    pub settings: ExecuteSettings,
    /// The name on its leases: unique among all runners of the database.
    pub runner: String,
    /// Who is told what happens.
    pub events: Events,
    /// What is made durable before each group of completions, if anything is.
    pub barrier: Option<Arc<dyn Barrier>>,
}

/// The signal to stop. A clone stops the same run.
#[derive(Debug, Clone, Default)]
pub struct Stop(CancellationToken);

impl Stop {
    /// Asks the run to stop: nothing new is claimed, running calls get their grace, the rest is released.
    pub fn ask(&self) {
        self.0.cancel();
    }

    /// Whether it was asked.
    pub fn is_asked(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until it is asked.
    pub async fn asked(&self) {
        self.0.cancelled().await;
    }
}

/// How a run over a batch ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every run of the batch is final.
    Finished,
    /// It was asked to stop; what was not finished is back in the queue.
    Interrupted,
}

/// Why a run over a batch could not go on. What was finished is kept, what was not is back in the queue.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
    /// The set-up has to be put right first.
    #[error("the batch stops, since every further call would fail likewise: {why}")]
    SetUp {
        /// What is wrong.
        why: String,
    },
    /// The database failed for good.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A part of the runner broke.
    #[error(
        "the runner itself failed: {why}; expected: no panic. This is a defect, please report it"
    )]
    Defect {
        /// What the task said.
        why: String,
    },
    /// No server has answered for as long as the run may wait for one.
    #[error(
        "no model server has answered for {} s although calls were made, and a run waits no longer than {} s; \
         nothing is lost: bring a server back and take batch {batch} up again",
        away.as_secs(),
        limit.as_secs()
    )]
    ServersAway {
        /// The batch.
        batch: BatchId,
        /// Since the first failure after the last answer.
        away: Duration,
        /// How long a run may wait.
        limit: Duration,
    },
    /// Another process works under this worker's name.
    #[error(
        "worker {worker} was silent for longer than its lease, and another process took its name; this one holds \
         nothing any more and stops. Its work is the other's now; if this machine sleeps or swaps, see to that"
    )]
    Replaced {
        /// The name.
        worker: String,
    },
    /// Runs are open, and nothing is ready, running, leased or waiting for a retry.
    #[error(
        "{open_runs} runs of batch {batch} are open but nothing of them can be worked on; \
         expected: pending work for every open run. This is a defect of the workflow or of the runner, \
         not an end; look at the interactions of these runs"
    )]
    Stalled {
        /// The batch.
        batch: BatchId,
        /// How many runs.
        open_runs: usize,
    },
}

impl Executor {
    /// Takes every run of `batch` to its end, or as far as `stop` allows.
    ///
    /// However it ends, nothing of the batch is held by this worker afterwards, no server either, and the last worker that
    /// leaves dates the batch's end. Where others work on it, too, it ends when the last run is final, whoever brought it
    /// there.
    ///
    /// # Errors
    /// [`ExecuteError`]; the batch can be taken up again.
    pub async fn run(&self, batch: BatchId, stop: &Stop) -> Result<Ended, ExecuteError> {
        let worker = self.enlist(batch).await?;
        let crew = Arc::new(self.crew(worker));
        let told = Arc::new(self.store.subscribe(batch));
        persist(&self.store, batch, || take_share(&crew)).await?;
        let mut dispatcher = Dispatcher::new(Arc::clone(&crew), Arc::clone(&told));
        let mut tickers = self.tickers(&crew, told, dispatcher.notes());
        let ended = dispatcher.work(stop).await;
        let grace = if ended.is_ok() {
            self.settings.grace
        } else {
            Duration::ZERO
        };
        dispatcher.wind_down(grace).await;
        tickers.shutdown().await;
        self.leave(&crew).await?;
        ended
    }

    /// Enters this worker's name and makes its servers known.
    async fn enlist(&self, batch: BatchId) -> Result<Worker, StoreError> {
        let host = host_name();
        let newcomer = Newcomer {
            name: &self.runner,
            batch,
            workflow_hash: &self.workflow.hash,
            host: &host,
            process_id: std::process::id(),
            entry: draw(),
        };
        let names: Vec<&str> = self.servers.iter().map(|server| &*server.name).collect();
        let lease = self.settings.lease;
        let worker = persist(&self.store, batch, || self.store.enlist(newcomer, lease)).await?;
        persist(&self.store, batch, || self.store.introduce_servers(&names)).await?;
        Ok(worker)
    }

    /// Hands everything back.
    async fn leave(&self, crew: &Crew) -> Result<(), StoreError> {
        let (store, batch) = (&self.store, crew.batch);
        let released = persist(store, batch, || store.release(batch, &self.runner)).await?;
        if released > 0 {
            tracing::info!(released, "interactions are back in the queue");
        }
        persist(store, batch, || store.discharge(&crew.worker)).await
    }

    fn crew(&self, worker: Worker) -> Crew {
        let names = self.servers.iter().map(|server| server.name.clone());
        Crew {
            store: self.store.clone(),
            workflow: Arc::clone(&self.workflow),
            servers: self.servers.clone(),
            settings: self.settings.clone(),
            runner: self.runner.clone(),
            batch: worker.batch,
            worker,
            custody: Custody::of(names.collect()),
            held: Held::default(),
            breakers: self.breakers(),
            events: self.events.clone(),
            barrier: self.barrier.clone(),
            abandon: CancellationToken::new(),
        }
    }

    fn breakers(&self) -> Breakers {
        let retry = &self.settings.retry;
        Breakers::new(self.servers.len(), retry.first_wait, retry.longest_wait)
    }

    fn tickers(&self, crew: &Arc<Crew>, told: Arc<Subscription>, notes: Notes) -> JoinSet<()> {
        let mut tickers = JoinSet::new();
        let held = crew.held.clone();
        tickers.spawn(beat(
            self.store.clone(),
            self.runner.clone(),
            held,
            self.settings.lease,
        ));
        tickers.spawn(watch(Arc::clone(crew)));
        tickers.spawn(keep(Arc::clone(crew), told, notes));
        tickers
    }
}

/// A number that no other worker has drawn. The keys of a hasher are the standard library's own source of chance.
fn draw() -> i64 {
    RandomState::new()
        .hash_one(std::process::id())
        .cast_signed()
}

/// Lets the watchdog look again and again, until it is dropped.
async fn watch(crew: Arc<Crew>) {
    let limit = crew.settings.limit(crew.settings.watchdog_limit);
    let watchdog = Watchdog {
        store: &crew.store,
        workflow: &crew.workflow,
        thresholds: Thresholds::of_steps(&crew.workflow, &crew.settings),
        events: &crew.events,
    };
    let mut ticker = tokio::time::interval((limit / LOOKS_PER_LIMIT).max(SHORTEST_LOOK));
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticker.tick().await;
        if let Err(error) = watchdog.tick(crew.batch).await {
            tracing::warn!(%error, "the watchdog could not look; it looks again");
        }
    }
}
