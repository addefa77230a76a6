//! What is written on a cassette.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use wave_runner::workflow::{Actor, Conversation, Workflow};

use crate::record::{Mode, PlanReference, PostingsFrom, ServerKind};

/// The shape of cassettes that this version writes and reads.
pub const FORMAT: u32 = 1;

/// What is written on a cassette.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`] of whoever wrote it.
    pub format: u32,
    /// The version of Batchproof that recorded it.
    pub batchproof: String,
    /// When the recording began.
    pub recorded_at: DateTime<Utc>,
    /// How far it came.
    pub state: State,
}

/// How far a recording came. Only a whole one can be replayed, and only of a whole one it is known what it was made with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum State {
    /// It is going on, or its process died.
    Recording,
    /// It ended before its batch did, or lacks something.
    Incomplete {
        /// Why.
        why: String,
    },
    /// Everything is there.
    Complete {
        /// How many exchanges.
        exchanges: u64,
        /// SHA-256 (hex) of the file that they are in.
        sha256: String,
        /// What they were made with.
        made_with: Box<MadeWith>,
    },
}

/// What a run was made with, as far as its replay depends on it or is to be compared with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MadeWith {
    /// The shape of records then.
    pub record_schema: u32,
    /// The plan.
    pub plan: PlanReference,
    /// The workflow's number.
    pub workflow_id: i32,
    /// Its hash, over definition, prompts and models.
    pub workflow_hash: String,
    /// Its steps, by name.
    pub steps: BTreeMap<String, StepPrint>,
    /// The digests of the models that it asked, by name.
    pub models: BTreeMap<String, String>,
    /// What was real, and how fast time went.
    pub mode: Mode,
    /// How many postings.
    pub batch_size: usize,
    /// The seed of everything simulated.
    pub seed: u64,
    /// Calls that one model computed at a time.
    pub slots: usize,
    /// Memory for models in bytes, where known.
    pub gpu_memory: Option<u64>,
    /// The careers site, where there was one.
    pub site: Option<Site>,
    /// External ids that were passed over.
    pub passed_over: BTreeSet<String>,
}

/// By which names a careers site is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// The customer.
    pub tenant: String,
    /// The site of that customer.
    pub site: String,
}

/// Fingerprints of one step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepPrint {
    /// The plan's number.
    pub conversation: i32,
    /// The model that was asked; absent for a script.
    pub model: Option<String>,
    /// SHA-256 (hex) of the prompt's template; absent for a script.
    pub prompt_sha256: Option<String>,
    /// SHA-256 (hex) of everything else in its definition but the model.
    pub rest_sha256: String,
}

impl StepPrint {
    /// The fingerprints of all steps, by name.
    pub fn of_all(workflow: &Workflow) -> BTreeMap<String, Self> {
        let steps = workflow.conversations.iter();
        steps
            .map(|step| (step.name.clone(), Self::of(step)))
            .collect()
    }

    fn of(step: &Conversation) -> Self {
        let model = match &step.actor {
            Actor::Model { name } => Some(name.clone()),
            Actor::Script(_) => None,
        };
        let mut rest = serde_json::json!(step);
        if let Some(rest) = rest.as_object_mut() {
            rest.remove("prompt");
            if model.is_some() {
                rest.remove("actor");
            }
        }
        Self {
            conversation: step.id.0,
            model,
            prompt_sha256: step.prompt.as_deref().map(sha256),
            rest_sha256: sha256(&rest.to_string()),
        }
    }
}

fn sha256(text: &str) -> String {
    format!("{:x}", Sha256::digest(text))
}

impl MadeWith {
    /// The command that records the same again. A cassette is never written over, so the old one goes first.
    pub fn record_again(&self, dir: &Path) -> String {
        let dir = dir.display();
        let (size, seed, scale) = (self.batch_size, self.seed, self.mode.time_scale);
        let server = match self.mode.model_server {
            ServerKind::Live => "--ollama URL".to_owned(),
            ServerKind::Simulated | ServerKind::Replayed => {
                format!("--simulate --seed {seed} --time-scale {scale}")
            }
        };
        let postings = match self.mode.postings {
            PostingsFrom::Workday => " --source workday",
            PostingsFrom::Folder => " --postings DIR",
            PostingsFrom::Simulated | PostingsFrom::Promoted => "",
        };
        format!(
            "rm -r {dir} && batchproof run {server}{postings} --batch-size {size} --cassette {dir}"
        )
    }
}
