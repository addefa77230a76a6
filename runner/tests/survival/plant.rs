//! A world with a model server and an executor between them, and what must hold of every batch.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use fixtures::ollama::{OllamaSettings, OllamaStandIn, ServedRequest};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wave_runner::batch::{
    Ended, Event, Events, ExecuteSettings, Executor, InstalledModel, RetryPolicy, Server, Stop,
};
use wave_runner::llm::{Limits, Ollama};
use wave_runner::store::{BatchId, RunTally};

use crate::stranger::STRANGERS_MODEL;
use crate::world::{RUNNER, World};

/// Far beyond what anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The models of the workflow, with the mebibytes that they take.
const MODELS: [(&str, u64); 3] = [
    ("gemma2:latest", 6000),
    ("llama3.2:latest", 2600),
    ("qwen2.5:7b", 5000),
];

pub(crate) struct Plant {
    pub(crate) world: World,
    pub(crate) server: OllamaStandIn,
    executor: Executor,
    heard: UnboundedReceiver<Event>,
}

impl Plant {
    pub(crate) async fn new(server: OllamaSettings) -> Self {
        Self::with(server, settings()).await
    }

    pub(crate) async fn with(server: OllamaSettings, settings: ExecuteSettings) -> Self {
        let world = World::new().await;
        let gpu_memory = Some(server.gpu_memory);
        let (sender, heard) = unbounded_channel();
        let server = OllamaStandIn::start(server).await.unwrap();
        let executor = Executor {
            store: world.store.clone(),
            workflow: Arc::new(world.workflow.clone()),
            servers: vec![Server {
                name: "stand-in".to_owned(),
                client: Arc::new(Ollama::new(server.url(), Limits::default()).unwrap()),
                gpu_memory,
            }],
            settings,
            runner: RUNNER.to_owned(),
            events: Events::to(sender),
            barrier: None,
        };
        Self {
            world,
            server,
            executor,
            heard,
        }
    }

    /// Takes a batch to its end and holds what must hold of it.
    pub(crate) async fn survives(&self, batch: BatchId, expected: RunTally) {
        let ended = self.executor.run(batch, &Stop::default()).await.unwrap();
        assert_eq!(ended, Ended::Finished);
        let tally = self.world.store.tally(batch).await.unwrap();
        assert_eq!(tally, expected, "{:?}", self.errors().await);
        self.nothing_spoilt_is_saved().await;
        for (model, _) in MODELS {
            let peak = most_at_once(&self.ours(model));
            let most = self.executor.settings.slots + 1;
            assert!(
                peak <= most,
                "{peak} calls at {model}, expected at most {most}"
            );
        }
    }

    /// The models that were unloaded because they were in the way, as far as was told until now.
    pub(crate) fn moved_out_of_the_way(&mut self) -> Vec<String> {
        let heard = std::iter::from_fn(|| self.heard.try_recv().ok());
        let unloaded = |event| match event {
            Event::MadeRoom { unloaded, .. } => Some(unloaded),
            _ => None,
        };
        heard.filter_map(unloaded).collect()
    }

    /// What the runner asked of a model. The stranger has a model to itself wherever it matters.
    pub(crate) fn ours(&self, model: &str) -> Vec<ServedRequest> {
        let log = self.server.log().into_iter();
        log.filter(|call| call.model == model && call.step.is_some())
            .collect()
    }

    /// Waits until the runner has asked for something.
    pub(crate) async fn until_asked(&self) {
        self.until(|server| {
            let asked = |call: &ServedRequest| call.model != STRANGERS_MODEL;
            server.log().iter().any(asked)
        })
        .await;
    }

    /// Waits until what the server says of itself is so.
    pub(crate) async fn until(&self, so: impl Fn(&OllamaStandIn) -> bool) {
        let watched = async {
            while !so(&self.server) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, watched)
            .await
            .expect("it never came true");
    }

    /// How many attempts were put back to be tried again.
    pub(crate) async fn retried(&self) -> i64 {
        self.world
            .scalar("SELECT count(*) FROM interaction_attempts WHERE ended_as = 'retried'")
            .await
    }

    /// What the database has on failures.
    pub(crate) async fn errors(&self) -> Vec<String> {
        sqlx::query_scalar(
            "SELECT error_message FROM workflow_errors
             UNION ALL SELECT error FROM interaction_attempts WHERE error IS NOT NULL",
        )
        .fetch_all(&self.world.pool)
        .await
        .unwrap()
    }

    /// A summary that lost its beginning or its end does not name its posting, or runs out in blanks; and a run that
    /// is completed has all its columns.
    async fn nothing_spoilt_is_saved(&self) {
        let spoilt: i64 = self
            .world
            .scalar(
                "SELECT count(*) FROM postings WHERE strpos(extracted_summary, external_id) = 0
                    OR extracted_summary ~ '\\s{30}'",
            )
            .await;
        assert_eq!(spoilt, 0, "summaries that are not whole");
        let gaps: i64 = self
            .world
            .scalar(
                "SELECT count(*) FROM workflow_runs JOIN postings USING (posting_id)
                 WHERE status = 'completed' AND (extracted_summary IS NULL OR skill_keywords IS NULL
                    OR ihl_score IS NULL OR ihl_category IS NULL)",
            )
            .await;
        assert_eq!(gaps, 0, "completed runs with columns missing");
    }
}

pub(crate) fn settings() -> ExecuteSettings {
    let installed = |(name, mib): (&str, u64)| {
        let size = mib << 20;
        let digest = "0".repeat(64);
        (name.to_owned(), InstalledModel { size, digest })
    };
    ExecuteSettings {
        models: BTreeMap::from(MODELS.map(installed)),
        retry: RetryPolicy {
            first_wait: Duration::from_millis(20),
            longest_wait: Duration::from_millis(200),
        },
        time_scale: 1000.0,
        ..ExecuteSettings::default()
    }
}

/// Limits that a test can wait for: a second for a call.
pub(crate) fn impatient() -> ExecuteSettings {
    ExecuteSettings {
        most_shrink: 600.0,
        ..settings()
    }
}

pub(crate) fn all_completed(size: usize) -> RunTally {
    RunTally {
        completed: size,
        ..RunTally::default()
    }
}

pub(crate) fn all_failed(size: usize) -> RunTally {
    RunTally {
        failed: size,
        ..RunTally::default()
    }
}

/// The most calls that were at the server at the same moment.
fn most_at_once(calls: &[ServedRequest]) -> usize {
    let never = DateTime::<Utc>::MAX_UTC;
    let there = |at: DateTime<Utc>| {
        let is_there =
            |call: &&ServedRequest| call.arrived <= at && at < call.finished.unwrap_or(never);
        calls.iter().filter(is_there).count()
    };
    calls
        .iter()
        .map(|call| there(call.arrived))
        .max()
        .unwrap_or(0)
}
