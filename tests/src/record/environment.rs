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
}

/// How busy the graphics cards were at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GpuSample {
    /// When they were asked.
    pub at: DateTime<Utc>,
    /// Share of the time since the last sample in which a kernel ran, in percent; the mean over all cards.
    pub utilisation_percent: f64,
    /// Bytes in use on all cards.
    pub memory_used: u64,
}

/// How many database connections were open at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionSample {
    /// When the database was asked.
    pub at: DateTime<Utc>,
    /// Connections to the batch's database.
    pub connections: u32,
}
