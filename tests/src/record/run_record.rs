//! The document itself, and the parts of it that the caller has to supply.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ActorType, Attempt, ConnectionSample, Environment, Exchange, GpuSample, Graphics, Interaction,
    ModelServer, Posting, ResidencySample, Run, ServerIdentity, Suspension, Worker, WorkflowError,
};

/// The shape that this version of Batchproof writes and reads.
pub const SCHEMA_VERSION: u32 = 5;

/// One batch, as far as it came, with everything needed to judge it again anywhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunRecord {
    /// Always [`SCHEMA_VERSION`] in a record that [`super::load`] has accepted.
    pub schema_version: u32,
    /// The version of Batchproof that collected it.
    pub batchproof: String,
    /// Whether the batch ran to its end. False in a record saved by an interrupted or failed run.
    pub complete: bool,
    /// How the batch ended.
    pub ended: Ended,
    /// What was real and what was simulated.
    pub mode: Mode,
    /// Where the record comes from.
    pub provenance: Provenance,
    /// Whether the texts of postings and answers are in it.
    pub texts: Texts,
    /// The plan that the batch was run for.
    pub plan: PlanReference,
    /// The workflow as it stood in the database.
    pub workflow: Workflow,
    /// The machine, the database and the model servers.
    pub environment: Environment,
    /// What the fetch phase brought; absent when the postings were there already.
    pub fetch: Option<FetchReport>,
    /// The batch and its size, the denominator of every rate.
    pub batch: Batch,
    /// Rows in each table before the batch began.
    pub row_counts_at_start: BTreeMap<String, u64>,
    /// Rows in each table when the record was collected; absent where nobody counted them.
    pub row_counts_at_end: Option<BTreeMap<String, u64>>,
    /// Other batches of the same database that were at work at the same time; absent where nobody looked.
    pub overlapping_batches: Option<Vec<BatchSpan>>,
    /// The postings that the batch's runs are about, by `posting_id`.
    pub postings: Vec<Posting>,
    /// One row a posting that entered the workflow, by `workflow_run_id`.
    pub runs: Vec<Run>,
    /// Every interaction of those runs, by `interaction_id`.
    pub interactions: Vec<Interaction>,
    /// Attempts that did not end their interaction, by interaction and attempt.
    pub attempts: Vec<Attempt>,
    /// `workflow_errors` of the batch, by `error_id`.
    pub errors: Vec<WorkflowError>,
    /// Who worked at the batch, in order of coming; absent where nobody wrote it down.
    pub workers: Option<Vec<Worker>>,
    /// What the witnesses saw between the workers and the model servers, in order of sending.
    pub exchanges: Vec<Exchange>,
    /// Which models were loaded, sampled over time.
    pub residency: Vec<ResidencySample>,
    /// How many database connections were open, sampled over time.
    pub connections: Vec<ConnectionSample>,
    /// The graphics cards' work, sampled over time; absent where nobody could sample it.
    pub gpu: Option<Vec<GpuSample>>,
    /// What answered at the model servers, sampled over time; absent where nobody asked.
    pub identities: Option<Vec<ServerIdentity>>,
    /// When a process that worked at the batch stood still, because its machine slept or it was stopped; absent where
    /// nobody looked.
    pub suspensions: Option<Vec<Suspension>>,
}

/// Where a record comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Provenance {
    /// Read from the database, with the witness's log.
    Collected,
    /// Put together afterwards, from what was published about a run. Nobody witnessed it.
    Reconstructed {
        /// What it was put together from.
        source: String,
    },
}

/// Whether the texts of postings and answers are in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Texts {
    /// They are.
    Kept,
    /// They were taken out; a hash stands for each, so that what was equal still is.
    Redacted,
    /// They were never known.
    Unknown,
}

/// The plan that a batch was run for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlanReference {
    /// Its own name for itself, such as `BATCH-50-001`.
    pub id: String,
    /// SHA-256 (hex) of its text; absent where the run knew no text.
    pub sha256: Option<String>,
}

/// Another batch, and when it was at work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, sqlx::FromRow)]
pub struct BatchSpan {
    /// `batches.batch_id`.
    pub id: i64,
    /// When its runner took it up.
    pub started_at: DateTime<Utc>,
    /// When it was declared over; absent while it is not.
    pub ended_at: Option<DateTime<Utc>>,
    /// The last that is known of its runner: a claim, a start, an end or a heartbeat. A killed runner declares nothing
    /// over, and its batch stays open for ever.
    #[serde(default)]
    pub last_sign_at: Option<DateTime<Utc>>,
}

/// How the batch ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Ended {
    /// The runner found nothing left to do.
    Completed,
    /// Somebody stopped it.
    Interrupted,
    /// It was stopped as it had been told to, because a red flag could no longer be avoided.
    StoppedOnRed {
        /// The ids of the criteria whose red flag it was.
        criteria: Vec<String>,
        /// The same in words, with what was known.
        why: String,
    },
    /// It was stopped as it had been told to, because its time was up.
    StoppedAtDeadline {
        /// How long it was to take at most, in seconds of wall time.
        after_seconds: u64,
    },
    /// It had not ended when this was saved: the run is still under way, or it died without another word.
    UnderWay,
    /// It could not go on.
    Failed {
        /// The error, with its chain.
        why: String,
    },
}

/// What was real and what was simulated. A mode that is not real says so wherever it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Mode {
    /// The model server.
    pub model_server: ServerKind,
    /// Where the postings came from.
    pub postings: PostingsFrom,
    /// Plan seconds per wall second: 1.0 live, 1000.0 in a simulation a thousand times as fast. 1.0 in a replay, in which
    /// a call takes no time.
    pub time_scale: f64,
    /// The seed of the simulated parts; in a replay of those that were simulated when it was recorded.
    pub seed: Option<u64>,
    /// What was replayed; absent where nothing was.
    pub cassette: Option<CassetteReference>,
}

impl Mode {
    /// Plan seconds per second of what the model server says it computed. What a replay reports was computed when it was
    /// recorded.
    pub fn computing_scale(&self) -> f64 {
        let recorded = self.cassette.as_ref().map(|cassette| cassette.time_scale);
        recorded.unwrap_or(self.time_scale)
    }

    /// Whether anything in it was made up by a simulation, now or when it was recorded.
    pub fn is_simulated(&self) -> bool {
        let then = self.cassette.as_ref().map(|cassette| cassette.model_server);
        [Some(self.model_server), then].contains(&Some(ServerKind::Simulated))
            || self.postings == PostingsFrom::Simulated
    }
}

/// The cassette that a batch was replayed from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CassetteReference {
    /// SHA-256 (hex) of its exchanges.
    pub sha256: String,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// What answered then.
    pub model_server: ServerKind,
    /// Plan seconds per wall second then.
    pub time_scale: f64,
    /// What has changed since, by cause.
    pub stale: Vec<String>,
}

/// Whether the model server was a real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServerKind {
    /// The stand-in, with its drawn durations and made-up answers.
    Simulated,
    /// An Ollama server.
    Live,
    /// A cassette, with the answers of the server that it was recorded from.
    Replayed,
}

/// Where the postings came from; in a replay when it was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostingsFrom {
    /// Synthetic postings behind the careers-site stand-in.
    Simulated,
    /// Detail responses in a folder.
    Folder,
    /// The careers site itself.
    Workday,
    /// None were fetched: the database had them already.
    Promoted,
}

/// The workflow as it stood in the database when the record was collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Workflow {
    /// 3001 in the plan.
    pub id: i32,
    /// SHA-256 (hex) over definition, prompts and models, as the batch was started with.
    pub hash: String,
    /// Its conversations, by id.
    pub conversations: Vec<Conversation>,
}

/// A step's definition, as far as a judge needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, sqlx::FromRow)]
pub struct Conversation {
    /// The plan's id, such as 3336 for Grade A.
    pub id: i32,
    /// Its name in snake case.
    pub name: String,
    /// The model or script that carries it out.
    pub actor: String,
    /// Whether that is a model or a script.
    pub actor_type: ActorType,
    /// The posting columns that it fills.
    pub writes: Vec<String>,
    /// The conversations that must be over, or skipped, before it begins; absent where nobody wrote them down.
    pub needs: Option<Vec<i32>>,
}

/// What the fetch phase brought.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FetchReport {
    /// Postings asked for.
    pub wanted: u64,
    /// Postings that the site said it has; absent where a source has no total.
    pub listed: Option<u64>,
    /// Postings stored in staging.
    pub fetched: u64,
    /// Postings promoted from staging.
    pub promoted: u64,
    /// Postings refused, counted by reason.
    pub refused: BTreeMap<String, u64>,
    /// Postings that were listed and gone when their detail was asked for.
    pub withdrawn: u64,
    /// Postings that the list named more than once.
    pub duplicates: u64,
    /// Mean length of the acceptable descriptions in characters; absent without any.
    pub average_description_chars: Option<u64>,
    /// Wall time of the phase in seconds.
    pub duration_seconds: f64,
}

impl FetchReport {
    /// Postings refused for whatever reason.
    pub fn refused_in_all(&self) -> u64 {
        self.refused.values().sum()
    }
}

/// The batch. Its size was fixed before the first call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Batch {
    /// `batches.batch_id`.
    pub id: i64,
    /// Postings that the batch was to take through the workflow.
    pub size: u32,
    /// When the batch was written down.
    pub created_at: DateTime<Utc>,
    /// When the runner took it up.
    pub started_at: Option<DateTime<Utc>>,
    /// When the runner declared it over.
    pub ended_at: Option<DateTime<Utc>>,
}

/// What the database cannot tell: how the run was set up, what the witness saw, what was sampled.
#[derive(Debug, Clone, PartialEq)]
pub struct Circumstances {
    /// How the batch ended.
    pub ended: Ended,
    /// What was real.
    pub mode: Mode,
    /// The plan that the batch was run for.
    pub plan: PlanReference,
    /// The model servers that this process uses, as they described themselves.
    pub servers: Vec<ModelServer>,
    /// What the fetch phase brought, where there was one.
    pub fetch: Option<FetchReport>,
    /// [`super::row_counts`], taken before the batch began.
    pub row_counts_at_start: BTreeMap<String, u64>,
    /// What this process's witnesses saw and the database does not have yet.
    pub exchanges: Vec<Exchange>,
    /// Samples of the loaded models that the database does not have yet.
    pub residency: Vec<ResidencySample>,
    /// Samples of the database connections that the database does not have yet.
    pub connections: Vec<ConnectionSample>,
    /// Samples of the graphics cards' work that the database does not have yet.
    pub gpu: Vec<GpuSample>,
    /// What answered at the model servers, as far as the database does not have it yet.
    pub identities: Vec<ServerIdentity>,
    /// Stretches in which this process stood still that the database does not have yet.
    pub suspensions: Vec<Suspension>,
    /// The graphics cards of this machine, where somebody looked.
    pub graphics: Option<Graphics>,
}
