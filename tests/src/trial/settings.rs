//! What a trial can be told. Each part is chosen by itself: any mixture of real and simulated is possible.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use fixtures::ollama::Fault;
use url::Url;
use wave_runner::source::WorkdaySettings;
use wave_runner::telemetry::GpuReader;
use wave_runner::workflow::{ConversationId, Workflow};

use super::{Checkpoint, Deadline};
use crate::judge::Requirements;
use crate::plan::Plan;
use crate::record::PlanReference;
use crate::secrets::masked;

/// The seed of everything simulated, unless another is given.
pub const WORKFLOW_SEED: u64 = 42;

/// How many times faster than November 2025 the stand-in is, unless told otherwise.
///
/// The shortest grade of that run took 4 s. At 1000:1 that is 4 ms, which is less than a busy machine may take to let
/// the second of two requests through: pairs that were sent together did not always meet (88 % in the worst
/// runs under load). At 400:1 they do, and 50 postings still take a quarter of a minute.
pub const TIME_SCALE: f64 = 400.0;

/// Where the model calls go.
#[derive(Clone, PartialEq, Eq)]
pub enum ModelServerChoice {
    /// The stand-in.
    Simulated,
    /// Ollama servers, at least one.
    Ollama(Vec<Url>),
    /// A cassette, which has the postings, too.
    Replay {
        /// Its folder.
        cassette: PathBuf,
        /// Servers whose models the recorded ones are compared with; they are asked nothing else.
        compared_with: Vec<Url>,
    },
}

/// Without the passwords.
impl fmt::Debug for ModelServerChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |urls: &[Url]| -> Vec<String> {
            let urls = urls.iter().map(|url| masked(url.as_str()).into_owned());
            urls.collect()
        };
        match self {
            Self::Simulated => f.write_str("Simulated"),
            Self::Ollama(urls) => f.debug_tuple("Ollama").field(&shown(urls)).finish(),
            Self::Replay {
                cassette,
                compared_with,
            } => f
                .debug_struct("Replay")
                .field("cassette", cassette)
                .field("compared_with", &shown(compared_with))
                .finish(),
        }
    }
}

/// Where the postings come from.
#[derive(Debug, Clone)]
pub enum PostingsChoice {
    /// Synthetic postings behind the careers-site stand-in.
    Simulated,
    /// A folder of Workday detail responses.
    Folder(PathBuf),
    /// The careers site.
    Workday(Box<WorkdaySettings>),
    /// Postings that the database has already, by id.
    Promoted(Vec<i64>),
    /// Those of the cassette that the model server is replayed from.
    Replayed,
}

/// Which workflow the postings go through.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkflowChoice {
    /// Workflow 3001, as built in.
    Builtin,
    /// Another; it is refused if the lint finds anything.
    Given(Box<Workflow>),
    /// Another, whatever the lint finds. For sabotage alone: a test breaks a workflow on purpose, to see whether the
    /// judge notices what the lint would have kept from running.
    Unlinted(Box<Workflow>),
}

impl WorkflowChoice {
    /// The workflow itself, linted or not.
    pub fn definition(&self) -> Workflow {
        match self {
            Self::Builtin => Workflow::builtin(),
            Self::Given(workflow) | Self::Unlinted(workflow) => (**workflow).clone(),
        }
    }
}

/// Which batch is worked on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BatchChoice {
    /// A new one.
    #[default]
    New,
    /// One that was broken off.
    Resume(i64),
    /// One that others work on.
    Join(i64),
}

/// Where the rows go.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseChoice {
    /// A database that is gone afterwards.
    ThrowAway,
    /// This very database; its rows stay.
    Given(String),
}

/// Without the password.
impl fmt::Debug for DatabaseChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ThrowAway => f.write_str("ThrowAway"),
            Self::Given(url) => f.debug_tuple("Given").field(&masked(url)).finish(),
        }
    }
}

/// What is watched for while a batch is at work.
#[derive(Debug, Clone, PartialEq)]
pub struct RedWatch {
    /// What is asked of the batch.
    pub plan: Requirements,
    /// Whether the run ends as soon as a red flag is certain under a criterion that is insisted on.
    pub stops: bool,
}

/// Settings of a trial.
#[derive(Debug, Clone)]
pub struct TrialSettings {
    /// The plan that the batch is run for.
    pub plan: PlanReference,
    /// Where the model calls go.
    pub model_server: ModelServerChoice,
    /// Which batch.
    pub batch: BatchChoice,
    /// Where the postings come from.
    pub postings: PostingsChoice,
    /// Where the rows go.
    pub database: DatabaseChoice,
    /// What is done with them.
    pub workflow: WorkflowChoice,
    /// Models other than the workflow's own, by step.
    pub models: BTreeMap<ConversationId, String>,
    /// How many postings.
    pub batch_size: usize,
    /// The seed of everything simulated.
    pub seed: u64,
    /// Workers of this process.
    pub workers: usize,
    /// How many stand-ins there are.
    pub sim_servers: usize,
    /// Calls that one model computes at a time.
    pub slots: usize,
    /// Calls in flight altogether; `None`: as many as the slots take.
    pub max_in_flight: Option<usize>,
    /// Memory for models in bytes. Simulated: what the stand-in has. Real: what it is said to have, since Ollama
    /// does not report it; unknown means one model at a time.
    pub gpu_memory: Option<u64>,
    /// What reads the graphics cards of this machine; `None`: they are not looked at. A simulated model server has none.
    pub gpu: Option<Arc<dyn GpuReader>>,
    /// Plan seconds per wall second of the stand-ins.
    pub time_scale: f64,
    /// How long running calls may go on after a stop.
    pub grace: Duration,
    /// When the run ends by itself; `None`: at its end.
    pub deadline: Option<Deadline>,
    /// Where everything that passes is kept, to be replayed; `None`: nowhere.
    pub cassette: Option<PathBuf>,
    /// Where the record is saved while the run goes on; `None`: nowhere.
    pub checkpoint: Option<Checkpoint>,
    /// Which red flags are watched for while the run goes on; `None`: none.
    pub red_watch: Option<RedWatch>,
    /// How long an interaction may run before the watchdog ends it, in the workflow's time.
    pub watchdog_limit: Duration,
    /// What goes wrong at the model stand-in.
    pub faults: Vec<Fault>,
}

impl TrialSettings {
    /// A replay of a cassette, judged by the built-in plan.
    pub fn replay(cassette: PathBuf) -> Self {
        let compared_with = Vec::new();
        Self {
            model_server: ModelServerChoice::Replay {
                cassette,
                compared_with,
            },
            postings: PostingsChoice::Replayed,
            ..Self::simulated()
        }
    }

    /// Everything simulated, by the built-in plan: 50 postings, 16 GiB, one slot, [`TIME_SCALE`] times as fast as
    /// November 2025.
    pub fn simulated() -> Self {
        let plan = Plan::builtin();
        Self {
            plan: plan.reference(),
            model_server: ModelServerChoice::Simulated,
            batch: BatchChoice::New,
            postings: PostingsChoice::Simulated,
            database: DatabaseChoice::ThrowAway,
            workflow: WorkflowChoice::Builtin,
            models: BTreeMap::new(),
            batch_size: Self::size(&plan),
            seed: WORKFLOW_SEED,
            workers: 1,
            sim_servers: 1,
            slots: 1,
            max_in_flight: None,
            gpu_memory: Some(16 << 30),
            gpu: None,
            time_scale: TIME_SCALE,
            grace: Duration::from_secs(10),
            deadline: None,
            cassette: None,
            checkpoint: None,
            red_watch: None,
            watchdog_limit: Duration::from_mins(15),
            faults: Vec::new(),
        }
    }

    /// How many postings a plan asks for.
    pub fn size(plan: &Plan) -> usize {
        usize::try_from(plan.batch_size).unwrap_or(usize::MAX)
    }

    /// How many model servers there are.
    pub fn servers(&self) -> usize {
        match &self.model_server {
            ModelServerChoice::Simulated => self.sim_servers,
            ModelServerChoice::Ollama(urls) => urls.len(),
            ModelServerChoice::Replay { .. } => 1,
        }
    }

    /// The time scale that the model server lives at: a real one lives in real time. A replay takes none, and what it
    /// waits for by itself, such as before a retry, is as short as in a simulation.
    pub fn effective_time_scale(&self) -> f64 {
        match self.model_server {
            ModelServerChoice::Simulated => self.time_scale,
            ModelServerChoice::Replay { .. } => TIME_SCALE,
            ModelServerChoice::Ollama(_) => 1.0,
        }
    }
}
