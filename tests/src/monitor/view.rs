//! What is told of a batch: a pure function of what was seen.
//!
//! It is also what `monitor --json` prints. Keys are only ever added; `format` is raised where one changes its meaning.
//! Durations are the plan's seconds, which in a simulation are `time_scale` times as many as passed; dates and leases are
//! the database's.

mod ending;
mod eta;
mod gpu;
mod progress;
mod remaining;
mod waves;

use chrono::{DateTime, Utc};
use serde::Serialize;

pub use ending::Ending;
pub use eta::Estimate;
pub use gpu::Gpu;
pub use progress::{Data, Field, Interactions, Running, Step};
pub use waves::{ModelWork, ResidentView, Waves};

use super::Printable;
use super::snapshot::Snapshot;
use crate::judge::{Requirements, tiers_of_gpu_utilisation};
use crate::record::ServerKind;

/// The meaning of the keys.
const FORMAT: u32 = 1;

/// A batch, as it is told.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct View {
    /// The version of this document's form.
    pub format: u32,
    /// When the database was read.
    pub at: DateTime<Utc>,
    /// Whether a stand-in answers in place of a model server; absent where nobody kept it.
    pub simulated: Option<bool>,
    /// Whether a cassette answers in place of one; absent where nobody kept it.
    pub replayed: Option<bool>,
    /// Plan seconds per wall second.
    pub time_scale: f64,
    /// The batch.
    pub batch: Batch,
    /// Its runs: one a posting.
    pub postings: Postings,
    /// Its interactions, all steps together.
    pub interactions: Interactions,
    /// The fields of the postings.
    pub data: Data,
    /// When it will be over, and how that stands to the plan.
    pub ending: Ending,
    /// The steps, in the order in which postings meet them.
    pub steps: Vec<Step>,
    /// Interactions at work, the oldest first, a few dozen at most.
    pub running: Vec<Running>,
    /// Models: work, loads, residents.
    pub waves: Waves,
    /// The graphics cards; absent where nobody sampled them.
    pub gpu: Option<Gpu>,
    /// This machine's memory; absent where the system does not tell.
    pub memory: Option<MemoryView>,
    /// Connections to the database.
    pub connections: Connections,
    /// What went wrong, counted.
    pub trouble: Trouble,
    /// The latest errors, newest first.
    pub errors: Vec<ErrorView>,
}

/// The batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Batch {
    /// `batches.batch_id`.
    pub id: i64,
    /// Its workflow.
    pub workflow: i32,
    /// Its postings.
    pub size: u32,
    /// The plan that it is run for; absent where nobody kept it.
    pub plan: Option<Printable>,
    /// Where it is.
    pub state: State,
    /// Workers whose lease has not run out.
    pub workers: u32,
    /// When it was taken up.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was over.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Where a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// No run of it has begun.
    NotBegun,
    /// Somebody works at it.
    AtWork,
    /// Runs are open, and no worker is alive.
    Abandoned,
    /// All its runs are final.
    Over,
}

/// The runs of a batch: one a posting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Postings {
    /// Ended well.
    pub completed: u32,
    /// Ended badly.
    pub failed: u32,
    /// At work.
    pub running: u32,
    /// Not begun.
    pub pending: u32,
    /// Given up.
    pub cancelled: u32,
}

/// A machine's memory in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemoryView {
    /// In use.
    pub used: u64,
    /// All of it.
    pub total: u64,
}

/// Connections to the database, the monitor's own left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Connections {
    /// At a statement.
    pub active: u32,
    /// Idle.
    pub idle: u32,
    /// Idle in a transaction.
    pub idle_in_transaction: u32,
    /// All of them.
    pub total: u32,
    /// How many the server takes.
    pub most: u32,
    /// How many more there are than at first.
    pub grown_by: i64,
    /// Since when that counts.
    pub grown_since: Since,
}

/// From when on growth is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "since", content = "connections")]
pub enum Since {
    /// Since the first sample of the batch, when there were so many.
    BatchBegan(i64),
    /// Since the monitor's first look, when there were so many: nobody sampled them before.
    MonitorBegan(i64),
}

/// What went wrong, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// Attempts that the watchdog failed or that our own total limit cut.
    pub watchdog_interventions: u32,
    /// Attempts that were tried again.
    pub retries: u32,
    /// Attempts whose lease ran out.
    pub leases_lost: u32,
    /// Errors that were written down.
    pub errors: u32,
}

/// An error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorView {
    /// When it was written down.
    pub at: DateTime<Utc>,
    /// `watchdog`, `database`, `model`, `validation` or `source`.
    pub error_type: Printable,
    /// The step that it befell.
    pub step: Option<Printable>,
    /// The posting that it befell.
    pub posting: Option<i64>,
    /// What happened.
    pub message: Printable,
}

impl View {
    /// What is told of a snapshot by a plan. `first_connections` is what the monitor's first look found.
    pub fn of(snapshot: &Snapshot, plan: &Requirements, first_connections: u32) -> Self {
        let mode = snapshot.circumstances.as_ref().map(|kept| &kept.mode);
        let state = state(snapshot);
        let gpu_wanted = tiers_of_gpu_utilisation(plan, snapshot.batch.size);
        Self {
            format: FORMAT,
            at: snapshot.at,
            simulated: mode.map(|mode| mode.model_server == ServerKind::Simulated),
            replayed: mode.map(|mode| mode.model_server == ServerKind::Replayed),
            time_scale: snapshot.time_scale(),
            batch: batch(snapshot, state),
            postings: Postings {
                completed: snapshot.runs.completed,
                failed: snapshot.runs.failed,
                running: snapshot.runs.running,
                pending: snapshot.runs.pending,
                cancelled: snapshot.runs.cancelled,
            },
            interactions: progress::interactions(snapshot),
            data: progress::data(snapshot),
            ending: ending::ending(snapshot, plan, state),
            steps: progress::steps(snapshot),
            running: progress::running(snapshot),
            waves: waves::waves(snapshot),
            gpu: gpu::gpu(&snapshot.gpu, gpu_wanted.target),
            memory: snapshot.memory.map(|memory| MemoryView {
                used: memory.used,
                total: memory.total,
            }),
            connections: connections(snapshot, first_connections),
            trouble: Trouble {
                watchdog_interventions: snapshot.trouble.stopped,
                retries: snapshot.trouble.retried,
                leases_lost: snapshot.trouble.lost,
                errors: snapshot.trouble.errors,
            },
            errors: errors(snapshot),
        }
    }
}

fn state(snapshot: &Snapshot) -> State {
    let runs = &snapshot.runs;
    let is_open = runs.pending + runs.running > 0;
    match (is_open, runs.started_at, snapshot.workers.alive) {
        (false, Some(_), _) => State::Over,
        (true, Some(_), 0) => State::Abandoned,
        (_, Some(_), _) => State::AtWork,
        (_, None, _) => State::NotBegun,
    }
}

fn batch(snapshot: &Snapshot, state: State) -> Batch {
    let kept = snapshot.circumstances.as_ref();
    Batch {
        id: snapshot.batch.batch_id,
        workflow: snapshot.batch.workflow_id,
        size: snapshot.batch.size,
        plan: kept.map(|kept| kept.plan.id.as_str().into()),
        state,
        workers: snapshot.workers.alive,
        started_at: snapshot.runs.started_at.or(snapshot.batch.started_at),
        ended_at: snapshot.batch.ended_at,
    }
}

fn connections(snapshot: &Snapshot, first: u32) -> Connections {
    let seen = &snapshot.connections;
    let (since, before) = match seen.at_start {
        Some(before) => (Since::BatchBegan(before), before),
        None => (Since::MonitorBegan(first.into()), first.into()),
    };
    Connections {
        active: seen.active,
        idle: seen.idle,
        idle_in_transaction: seen.idle_in_transaction,
        total: seen.total,
        most: seen.most,
        grown_by: i64::from(seen.total) - before,
        grown_since: since,
    }
}

fn errors(snapshot: &Snapshot) -> Vec<ErrorView> {
    let errors = snapshot.errors.iter().map(|error| ErrorView {
        at: error.created_at,
        error_type: error.error_type.clone(),
        step: error.conversation_id.map(|step| snapshot.name_of(step)),
        posting: error.posting_id,
        message: error.error_message.clone(),
    });
    errors.collect()
}
