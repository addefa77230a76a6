//! Who worked at a batch, and when.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A process that worked at the batch, with witnesses of its own before its model servers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Worker {
    /// Its name, unique in the database; the names on its leases begin with it.
    pub name: String,
    /// The machine it ran on.
    pub host: String,
    /// How it came to the batch.
    pub came_by: CameBy,
    /// The model servers that it may use, by name.
    pub servers: Vec<String>,
    /// When it came.
    pub started_at: DateTime<Utc>,
    /// When it said that it was done and all that it had seen was written down; absent where it never did.
    pub ended_at: Option<DateTime<Utc>>,
    /// The last that was heard of it.
    pub last_sign_at: DateTime<Utc>,
}

impl Worker {
    /// When it was at work, as far as anybody knows.
    pub fn last_at_work(&self) -> DateTime<Utc> {
        self.ended_at.unwrap_or(self.last_sign_at)
    }
}

/// How a worker came to its batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CameBy {
    /// It created the batch (`run`).
    Run,
    /// It went on with a batch that had been broken off (`run --resume`).
    Resume,
    /// It joined a batch of another (`work`).
    Work,
}

impl CameBy {
    /// The word in database and record.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Resume => "resume",
            Self::Work => "work",
        }
    }
}
