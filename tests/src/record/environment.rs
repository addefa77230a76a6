//! The surroundings of a run, and what was sampled of them while it went on.

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The machine, the database and the model servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Environment {
    /// Operating system and architecture, such as `linux x86_64`.
    pub os: String,
    /// Processors that this process may use.
    pub cpus: u32,
    /// `server_version` of the database.
    pub postgres_version: String,
    /// What has to be added to the dates of witnesses and samplers to compare them with the database's, in microseconds.
    /// The two may be on different machines. Since version 3 it is 0: evidence is brought to the database's time when it
    /// is written, for each worker has a clock of its own.
    pub database_clock_ahead_us: i64,
    /// The model servers, by name: every one that a worker of the batch used.
    pub servers: Vec<ModelServer>,
    /// The graphics cards of the machine, where one of its servers computes on them; absent where nobody looked.
    pub graphics: Option<Graphics>,
}

/// The graphics cards of a machine, or why there are none to see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "found", rename_all = "snake_case")]
pub enum Graphics {
    /// The driver told of some.
    Cards {
        /// Its version.
        driver: String,
        /// The cards, by the driver's index.
        cards: Vec<GraphicsCard>,
    },
    /// There is nothing to look at.
    Absent {
        /// Why, in the driver's words: no driver, no permission, no card.
        why: String,
    },
}

/// A graphics card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GraphicsCard {
    /// What its maker calls it.
    pub name: String,
    /// Bytes of its memory; absent where the driver does not tell.
    pub memory: Option<u64>,
    /// What the driver does not tell of it, each with its reason.
    pub untold: Vec<String>,
}

/// Two clocks that are further apart were not read but made up, and dates so far away cannot be calculated with.
const FURTHEST_APART: TimeDelta = TimeDelta::days(365_250);

impl Environment {
    /// What has to be added to a date of the witness or of a sample to compare it with one of the database.
    pub(crate) fn database_clock_ahead(&self) -> TimeDelta {
        TimeDelta::microseconds(self.database_clock_ahead_us).clamp(-FURTHEST_APART, FURTHEST_APART)
    }
}

/// A model server, as it described itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelServer {
    /// What it is called: the same wherever it is reached from.
    pub name: String,
    /// Its version.
    pub ollama_version: String,
    /// Memory of its graphics cards in bytes, where known. Ollama does not report it.
    pub gpu_memory: Option<u64>,
    /// Requests that it works on at once for one model: a setting, Ollama does not report it.
    pub slots: u32,
    /// The installed models, by name.
    pub models: Vec<InstalledModel>,
}

/// A model that the server has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InstalledModel {
    /// Name with tag.
    pub name: String,
    /// What the name stood for on that day.
    pub digest: String,
    /// Bytes on disk, a lower bound of what it needs when loaded.
    pub size: u64,
    /// How many parameters it has, in its maker's words, such as `7.6B`; absent where the server does not tell.
    pub parameter_size: Option<String>,
    /// How its weights are rounded, such as `Q4_K_M`; absent where the server does not tell.
    pub quantization: Option<String>,
}

/// What answered at a model server at one moment: at the begin, every few minutes, and at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServerIdentity {
    /// Which server was asked, by its name.
    pub server: String,
    /// When it was asked.
    pub at: DateTime<Utc>,
    /// Its version then.
    pub ollama_version: String,
    /// The installed models, and what each name stood for then.
    pub models: Vec<ModelIdentity>,
}

/// What a model's name stood for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelIdentity {
    /// Name with tag.
    pub name: String,
    /// The digest of its weights and template.
    pub digest: String,
}

/// A stretch in which a process that worked at the batch stood still: its machine slept, or it was stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suspension {
    /// The worker's name.
    pub worker: String,
    /// The last moment known before it.
    pub from: DateTime<Utc>,
    /// The first moment known after it.
    pub until: DateTime<Utc>,
}

/// Which models were loaded at one moment (`/api/ps`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ResidencySample {
    /// Which server was asked, by its name.
    pub server: String,
    /// When the server was asked.
    pub at: DateTime<Utc>,
    /// The loaded models, by name.
    pub models: Vec<LoadedModel>,
}

/// A model in memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoadedModel {
    /// Name with tag.
    pub name: String,
    /// Bytes of it on the graphics card.
    pub size_vram: u64,
    /// What the name stood for when it was loaded; absent where nobody wrote it down.
    pub digest: Option<String>,
}

/// What the graphics cards did at one moment: of all together, as far as they tell, and of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GpuSample {
    /// When they were asked.
    pub at: DateTime<Utc>,
    /// Share of the time since the last sample in which a kernel ran, in percent; the mean over all cards that tell.
    pub utilisation_percent: Option<f64>,
    /// Bytes in use on all cards that tell.
    pub memory_used: Option<u64>,
    /// What all cards draw that tell, in watts.
    pub power_watts: Option<f64>,
    /// The warmest card that tells, in degrees Celsius.
    pub temperature_celsius: Option<u32>,
    /// Each card, by the driver's index; empty where nobody wrote them down.
    #[serde(default)]
    pub cards: Vec<CardSample>,
}

/// What one graphics card did at one moment. What it did not tell is absent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CardSample {
    /// How busy it was, in percent.
    pub utilisation_percent: Option<u32>,
    /// Bytes in use.
    pub memory_used: Option<u64>,
    /// What it drew, in watts.
    pub power_watts: Option<f64>,
    /// How warm it was, in degrees Celsius.
    pub temperature_celsius: Option<u32>,
}

/// How many database connections were open at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionSample {
    /// When the database was asked.
    pub at: DateTime<Utc>,
    /// Connections to the batch's database.
    pub connections: u32,
}
