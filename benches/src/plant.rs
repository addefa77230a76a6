//! A store with postings, and the real executor over it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fixtures::ollama::{OllamaSettings, OllamaStandIn};
use fixtures::postings::{SyntheticPosting, postings};
use serde_json::json;
use url::Url;
use wave_runner::batch::{Ended, Events, ExecuteSettings, Executor, InstalledModel, Server, Stop};
use wave_runner::llm::{Limits, Ollama};
use wave_runner::source::StagedPosting;
use wave_runner::source::detail::{Origin, read};
use wave_runner::store::{BatchId, Store};
use wave_runner::workflow::{ConversationId, Next, Progress, Workflow, content_hash};

use crate::journey::SEED;

/// Who works on the plant's batches.
pub const RUNNER: &str = "bench";
/// The first step of every posting.
pub const FIRST: ConversationId = ConversationId(9144);
/// A call computes for microseconds.
const NO_LATENCY: f64 = 1e6;

/// The store and the built-in workflow.
#[derive(Debug)]
pub struct Plant {
    /// The store, on connections of its own.
    pub store: Store,
    /// The workflow, registered.
    pub workflow: Arc<Workflow>,
    staged: AtomicUsize,
}

impl Plant {
    /// An empty database with the schema.
    pub async fn new(url: &str, connections: u32) -> Self {
        let store = Store::connect(url, connections).await.unwrap();
        store.migrate().await.unwrap();
        let workflow = Arc::new(Workflow::builtin());
        store.register(&workflow).await.unwrap();
        Self {
            store,
            workflow,
            staged: AtomicUsize::new(0),
        }
    }

    /// Stages so many acceptable postings that the store does not know yet.
    pub async fn stage(&self, count: usize) {
        let first = self.staged.fetch_add(count, Ordering::Relaxed);
        self.store.stage(&staged(first, count)).await.unwrap();
    }

    /// A batch of so many new postings, about to begin.
    pub async fn batch(&self, size: usize) -> BatchId {
        self.stage(size).await;
        let promoted = self.store.promote(size).await.unwrap();
        let Next::Create(first) = self.workflow.next(&Progress::default()) else {
            unreachable!("a workflow begins with something");
        };
        let created = self
            .store
            .create_batch(&self.workflow, &promoted.posting_ids, &first);
        created.await.unwrap()
    }

    /// Takes a batch from its first claim to its end, by the model server at `url`.
    pub async fn finish(&self, batch: BatchId, url: Url, gpu_memory: u64) {
        let executor = self.executor(url, gpu_memory).await;
        let ended = executor.run(batch, &Stop::default()).await.unwrap();
        assert_eq!(ended, Ended::Finished);
    }

    async fn executor(&self, url: Url, gpu_memory: u64) -> Executor {
        let client = Ollama::new(url, Limits::default()).unwrap();
        // Without the models' sizes the planner cannot know which of them have room beside each other.
        let installed = client.tags().await.unwrap().into_iter();
        let models = installed.map(|it| {
            let (size, digest) = (it.size, it.digest);
            (it.name, InstalledModel { size, digest })
        });
        Executor {
            store: self.store.clone(),
            workflow: Arc::clone(&self.workflow),
            servers: vec![Server {
                name: "stand-in".to_owned(),
                client: Arc::new(client),
                gpu_memory: Some(gpu_memory),
            }],
            settings: ExecuteSettings {
                models: models.collect(),
                ..ExecuteSettings::default()
            },
            runner: RUNNER.to_owned(),
            events: Events::default(),
            barrier: None,
        }
    }
}

/// A card's memory, in bytes, in which every model of the workflow stays.
pub const GPU_MEMORY: u64 = 16 << 30;

/// A model server that answers at once.
pub async fn server_at_once(gpu_memory: u64) -> OllamaStandIn {
    let settings = OllamaSettings {
        time_scale: NO_LATENCY,
        gpu_memory,
        ..OllamaSettings::default()
    };
    OllamaStandIn::start(settings).await.unwrap()
}

/// The synthetic site's postings over and over, each time with ids of their own.
fn staged(first: usize, count: usize) -> Vec<StagedPosting> {
    let acceptable: Vec<StagedPosting> = postings(SEED, 60)
        .into_iter()
        .filter(SyntheticPosting::is_acceptable)
        .map(|it| read(it.detail, Origin::Listed(&it.external_id)).unwrap())
        .collect();
    (first..first + count)
        .map(|n| numbered(acceptable[n % acceptable.len()].clone(), n))
        .collect()
}

fn numbered(posting: StagedPosting, n: usize) -> StagedPosting {
    let external_id = format!("R{n:07}");
    let title = posting.job_title.as_deref().unwrap_or_default();
    let location = posting.location.as_deref().unwrap_or_default();
    let description = posting.description().unwrap_or_default();
    let content_hash = content_hash(&external_id, title, location, description);
    let mut raw_data = posting.raw_data.clone();
    raw_data["external_id"] = json!(external_id);
    StagedPosting {
        external_id,
        content_hash,
        raw_data,
        ..posting
    }
}
