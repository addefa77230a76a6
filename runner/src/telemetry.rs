//! What the world around a run looks like over time: resident models and database connections, sampled.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use tokio::task::JoinHandle;

use crate::llm::{Loaded, Ollama};
use crate::store::Store;

/// Which models were resident at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct ResidencySample {
    /// Which server was asked.
    pub server: String,
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
    /// Starts sampling every `interval`: the servers by their names, and the database. A look that fails leaves a gap:
    /// there is no sample that was not taken. `now` is the clock that dates them.
    pub fn start(
        servers: Vec<(String, Ollama)>,
        store: Store,
        interval: Duration,
        now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Self {
        let samples = Arc::new(Mutex::new(Samples::default()));
        let task = tokio::spawn(sample(servers, store, interval, now, Arc::clone(&samples)));
        Self { samples, task }
    }

    /// Hands over what was seen since the last time.
    pub fn take(&self) -> Samples {
        std::mem::take(&mut self.samples.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ends the sampling. What was seen can still be taken.
    pub fn stop(&self) {
        self.task.abort();
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn sample(
    servers: Vec<(String, Ollama)>,
    store: Store,
    interval: Duration,
    now: impl Fn() -> DateTime<Utc>,
    samples: Arc<Mutex<Samples>>,
) {
    let mut ticker = tokio::time::interval(interval);
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticker.tick().await;
        let looks = servers
            .iter()
            .map(async |(server, llm)| (server, llm.ps().await, now()));
        let (looks, connections) = tokio::join!(join_all(looks), store.connections());
        let at = now();
        let mut samples = samples.lock().unwrap_or_else(PoisonError::into_inner);
        for (server, loaded, at) in looks {
            if let Ok(loaded) = loaded {
                let server = server.clone();
                samples
                    .residency
                    .push(ResidencySample { server, at, loaded });
            }
        }
        if let Ok(connections) = connections {
            samples
                .connections
                .push(ConnectionSample { at, connections });
        }
    }
}
