//! What one look brings: facts, and nothing made of them.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::Printable;
use crate::ledger::KeptCircumstances;
use crate::record::{ActorType, Conversation, Exchange, GpuSample, ModelServer, ResidencySample};

/// Everything that was seen of a batch at one moment. Dates are the database's.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// When the database was read.
    pub at: DateTime<Utc>,
    /// The batch itself.
    pub batch: BatchRow,
    /// What only the process that created the batch knew; absent where it died before it wrote that down.
    pub circumstances: Option<KeptCircumstances>,
    /// Who works at it.
    pub workers: WorkersRow,
    /// Its runs by status.
    pub runs: RunsRow,
    /// The steps of its workflow, by conversation.
    pub conversations: Vec<Conversation>,
    /// Its interactions by conversation; a step without any has no row.
    pub steps: Vec<StepRow>,
    /// How far its runs are.
    pub ways: Vec<Way>,
    /// How many of its postings have each field.
    pub data: DataRow,
    /// Interactions at work, the oldest first, a few dozen at most.
    pub running: Vec<RunningRow>,
    /// The model servers as its workers described them, by name.
    pub servers: Vec<ModelServer>,
    /// The calls that waited for a model, and one answer of each model on each server.
    pub exchanges: Vec<Exchange>,
    /// The samples of resident models in which something changed, oldest first.
    pub residency: Vec<ResidencySample>,
    /// What is resident now.
    pub resident: Vec<Resident>,
    /// The latest samples of the graphics cards, oldest first; empty where nobody samples them.
    pub gpu: Vec<GpuSample>,
    /// The memory of the machine that the monitor runs on, where the system tells.
    pub memory: Option<Memory>,
    /// Connections to the database, the monitor's own left out.
    pub connections: ConnectionsRow,
    /// What went wrong.
    pub trouble: TroubleRow,
    /// The latest errors, newest first, a few dozen at most.
    pub errors: Vec<ErrorRow>,
}

/// A row of `batches`.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct BatchRow {
    /// `batches.batch_id`.
    pub batch_id: i64,
    /// The workflow that it runs.
    pub workflow_id: i32,
    /// Its postings.
    #[sqlx(try_from = "i32")]
    pub size: u32,
    /// When the runner took it up.
    pub started_at: Option<DateTime<Utc>>,
    /// When it was declared over.
    pub ended_at: Option<DateTime<Utc>>,
}

/// The workers of a batch, by their leases.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct WorkersRow {
    /// Those whose lease has not run out.
    #[sqlx(try_from = "i64")]
    pub alive: u32,
    /// The last sign of any.
    pub last_seen_at: Option<DateTime<Utc>>,
}

/// The runs of a batch.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RunsRow {
    /// Not begun.
    #[sqlx(try_from = "i64")]
    pub pending: u32,
    /// At work.
    #[sqlx(try_from = "i64")]
    pub running: u32,
    /// Ended well.
    #[sqlx(try_from = "i64")]
    pub completed: u32,
    /// Ended badly.
    #[sqlx(try_from = "i64")]
    pub failed: u32,
    /// Given up.
    #[sqlx(try_from = "i64")]
    pub cancelled: u32,
    /// The first start of any.
    pub started_at: Option<DateTime<Utc>>,
    /// The last end of any.
    pub last_end_at: Option<DateTime<Utc>>,
}

/// The interactions of one conversation.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct StepRow {
    /// `conversations.conversation_id`.
    pub conversation_id: i32,
    /// Not begun: those that may be claimed, those that wait for a retry, and those that are claimed and wait for a slot.
    #[sqlx(try_from = "i64")]
    pub pending: u32,
    /// At work.
    #[sqlx(try_from = "i64")]
    pub running: u32,
    /// Ended well.
    #[sqlx(try_from = "i64")]
    pub completed: u32,
    /// Ended badly.
    #[sqlx(try_from = "i64")]
    pub failed: u32,
    /// Given up.
    #[sqlx(try_from = "i64")]
    pub cancelled: u32,
    /// Different postings among the completed ones.
    #[sqlx(try_from = "i64")]
    pub postings: u32,
    /// Wall seconds of all completed ones together, from start to end.
    pub seconds: f64,
}

/// Runs that are equally far.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Way {
    /// The conversations that are completed.
    pub done: Vec<i32>,
    /// The conversations that are pending or running.
    pub open: Vec<i32>,
    /// Whether nothing more comes of these runs.
    pub is_over: bool,
    /// How many they are.
    #[sqlx(try_from = "i64")]
    pub runs: u32,
}

/// The postings of a batch that have their fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, FromRow)]
pub struct DataRow {
    /// Postings with `extracted_summary`.
    #[sqlx(try_from = "i64")]
    pub extracted_summary: u32,
    /// Postings with `skill_keywords`.
    #[sqlx(try_from = "i64")]
    pub skill_keywords: u32,
    /// Postings with `ihl_score`.
    #[sqlx(try_from = "i64")]
    pub ihl_score: u32,
    /// Postings with `ihl_category`.
    #[sqlx(try_from = "i64")]
    pub ihl_category: u32,
    /// Postings with all four.
    #[sqlx(try_from = "i64")]
    pub all: u32,
}

/// An interaction at work.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RunningRow {
    /// `interactions.interaction_id`.
    pub interaction_id: i64,
    /// Its conversation.
    pub conversation_id: i32,
    /// Its posting.
    pub posting_id: i64,
    /// The posting's title.
    #[sqlx(try_from = "String")]
    pub title: Printable,
    /// The attempt.
    pub attempt: i32,
    /// Who holds the lease.
    #[sqlx(try_from = "String")]
    pub claimed_by: Printable,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// Until when the lease runs.
    pub lease_expires_at: DateTime<Utc>,
}

/// Connections to the batch's database.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ConnectionsRow {
    /// At a statement.
    #[sqlx(try_from = "i64")]
    pub active: u32,
    /// Idle.
    #[sqlx(try_from = "i64")]
    pub idle: u32,
    /// Idle in a transaction.
    #[sqlx(try_from = "i64")]
    pub idle_in_transaction: u32,
    /// All of them.
    #[sqlx(try_from = "i64")]
    pub total: u32,
    /// How many the server takes, all databases together.
    #[sqlx(try_from = "i32")]
    pub most: u32,
    /// How many there were in the first sample of the batch; absent where nobody sampled them.
    pub at_start: Option<i64>,
}

/// What went wrong, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, FromRow)]
pub struct TroubleRow {
    /// Attempts that the watchdog failed or that our own total limit cut.
    #[sqlx(try_from = "i64")]
    pub stopped: u32,
    /// Attempts that were tried again.
    #[sqlx(try_from = "i64")]
    pub retried: u32,
    /// Attempts whose lease ran out.
    #[sqlx(try_from = "i64")]
    pub lost: u32,
    /// Rows of `workflow_errors`.
    #[sqlx(try_from = "i64")]
    pub errors: u32,
}

/// A row of `workflow_errors`.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ErrorRow {
    /// When it was written down.
    pub created_at: DateTime<Utc>,
    /// `watchdog`, `database`, `model`, `validation` or `source`.
    #[sqlx(try_from = "String")]
    pub error_type: Printable,
    /// The conversation that it befell.
    pub conversation_id: Option<i32>,
    /// The posting that it befell.
    pub posting_id: Option<i64>,
    /// What happened.
    #[sqlx(try_from = "String")]
    pub error_message: Printable,
}

/// The models in a server's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resident {
    /// The server.
    pub server: Printable,
    /// How that is known.
    pub known_by: KnownBy,
    /// The models, by name.
    pub models: Vec<ResidentModel>,
}

/// How it is known what is resident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KnownBy {
    /// The server was asked just now.
    Asking,
    /// A worker's sample of that moment.
    Sample(DateTime<Utc>),
    /// The server was asked and gave no answer, for this reason.
    Nothing(Printable),
}

/// A model in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResidentModel {
    /// Its name.
    pub name: Printable,
    /// Bytes of it on the graphics card.
    pub size_vram: u64,
}

/// The memory of a machine, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// In use.
    pub used: u64,
    /// All of it.
    pub total: u64,
}

impl Snapshot {
    /// Plan seconds per wall second.
    pub fn time_scale(&self) -> f64 {
        let kept = self.circumstances.as_ref();
        kept.map_or(1.0, |kept| kept.mode.time_scale)
    }

    /// The row of one conversation.
    pub fn step(&self, conversation: i32) -> Option<&StepRow> {
        let mut steps = self.steps.iter();
        steps.find(|step| step.conversation_id == conversation)
    }

    /// What a conversation is called: names are the workflow's own.
    pub fn name_of(&self, conversation: i32) -> Printable {
        let mut known = self.conversations.iter();
        match known.find(|it| it.id == conversation) {
            Some(known) => known.name.as_str().into(),
            None => conversation.to_string().into(),
        }
    }

    /// The model that answers a conversation, where one does.
    pub fn model_of(&self, conversation: i32) -> Option<&str> {
        let mut known = self.conversations.iter();
        let step = known.find(|it| it.id == conversation)?;
        (step.actor_type == ActorType::AiModel).then_some(step.actor.as_str())
    }
}
