//! What the world around a run looks like over time: resident models and database connections, sampled.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::task::JoinHandle;

use crate::clock;
use crate::llm::{Loaded, Ollama};
use crate::store::Store;

/// Which models were resident at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct ResidencySample {
    /// When the server was asked.
    pub at: DateTime<Utc>,
    /// Its answer: `/api/ps`, the loaded models, not the installed ones.
    pub loaded: Vec<Loaded>,
}

/// How many connections the database had at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionSample {
    /// When it was asked.
    pub at: DateTime<Utc>,
    /// Connections to this database, ours included.
    pub connections: i64,
}

/// All samples of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    /// Resident models, oldest first.
    pub residency: Vec<ResidencySample>,
    /// Database connections, oldest first.
    pub connections: Vec<ConnectionSample>,
}

/// Samples at an interval until it is stopped or dropped.
#[derive(Debug)]
pub struct Sampler {
    samples: Arc<Mutex<Samples>>,
    task: JoinHandle<()>,
}

impl Sampler {
    /// Starts sampling every `interval`. A look that fails leaves a gap: there is no sample that was not taken.
    pub fn start(llm: Ollama, store: Store, interval: Duration) -> Self {
        let samples = Arc::new(Mutex::new(Samples::default()));
        let task = tokio::spawn(sample(llm, store, interval, Arc::clone(&samples)));
        Self { samples, task }
    }

    /// What was seen until now.
    pub fn so_far(&self) -> Samples {
        self.samples
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Ends the sampling and hands over what was seen.
    pub fn stop(self) -> Samples {
        self.task.abort();
        self.so_far()
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn sample(llm: Ollama, store: Store, interval: Duration, samples: Arc<Mutex<Samples>>) {
    let mut ticker = tokio::time::interval(interval);
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticker.tick().await;
        let (loaded, connections) = tokio::join!(llm.ps(), store.connections());
        let at = clock::now();
        let mut samples = samples.lock().unwrap_or_else(PoisonError::into_inner);
        if let Ok(loaded) = loaded {
            samples.residency.push(ResidencySample { at, loaded });
        }
        if let Ok(connections) = connections {
            samples
                .connections
                .push(ConnectionSample { at, connections });
        }
    }
}
