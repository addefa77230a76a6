//! Workers in this process: the product's executor, with a door to the database and model servers of the test's choice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fixtures::ollama::{OllamaSettings, OllamaStandIn};
use url::Url;
use wave_runner::batch::{
    Ended, Events, ExecuteError, ExecuteSettings, Executor, InstalledModel, Server, Stop,
};
use wave_runner::llm::{Limits, Ollama};
use wave_runner::store::{BatchId, Store, StoreError};
use wave_runner::workflow::Workflow;

use super::world::in_time;

/// Memory of every server here: all three models fit.
const GPU_MEMORY: u64 = 16 << 30;
/// Connections of a worker: enough that a heartbeat does not wait for a result.
const CONNECTIONS: u32 = 4;

/// A model server that answers in a few milliseconds.
pub(crate) async fn stand_in(settings: OllamaSettings) -> OllamaStandIn {
    OllamaStandIn::start(settings).await.unwrap()
}

/// November's server, so many thousand times as fast that only our own bookkeeping takes time.
pub(crate) fn quick() -> OllamaSettings {
    OllamaSettings {
        time_scale: 10_000.0,
        ..OllamaSettings::default()
    }
}

/// What a worker is told of a model server.
pub(crate) fn server(name: &str, url: &Url) -> Server {
    let limits = Limits {
        connect: Duration::from_secs(2),
        idle: Duration::from_secs(2),
    };
    Server {
        name: name.to_owned(),
        client: Arc::new(Ollama::new(url.clone(), limits).unwrap()),
        gpu_memory: Some(GPU_MEMORY),
    }
}

/// A worker with short leases and short waits, for what is broken here is back soon.
pub(crate) async fn worker(
    database: &str,
    servers: Vec<Server>,
    name: &str,
) -> Result<Executor, StoreError> {
    let store = Store::connect(database, CONNECTIONS).await?;
    Ok(Executor {
        store,
        workflow: Arc::new(Workflow::builtin()),
        servers,
        settings: settings(),
        runner: name.to_owned(),
        barrier: None,
        events: Events::default(),
    })
}

/// Takes the batch to its end with a worker of its own, as whoever comes after a crash does.
pub(crate) async fn go_on(database: &str, batch: BatchId, url: &Url) {
    let worker = worker(database, vec![server("heir", url)], "heir").await;
    let ended = run_to_end(&worker.unwrap(), batch).await;
    assert_eq!(ended.unwrap(), Ended::Finished);
}

/// Lets a worker work until it ends by itself, and closes its door.
pub(crate) async fn run_to_end(worker: &Executor, batch: BatchId) -> Result<Ended, ExecuteError> {
    let stop = Stop::default();
    let ended = in_time("the end of the batch", worker.run(batch, &stop)).await;
    worker.store.close().await;
    ended
}

fn settings() -> ExecuteSettings {
    let model = |name: &str, mib: u64| {
        let installed = InstalledModel {
            size: mib << 20,
            digest: "0".repeat(64),
        };
        (name.to_owned(), installed)
    };
    let mut settings = ExecuteSettings {
        models: BTreeMap::from([
            model("gemma2:latest", 6000),
            model("llama3.2:latest", 2600),
            model("qwen2.5:7b", 5000),
        ]),
        lease: Duration::from_secs(2),
        grace: Duration::from_secs(2),
        time_scale: 1000.0,
        // A database that is away is away in real time: limits as short as the time scale would have them would pass.
        most_shrink: 20.0,
        ..ExecuteSettings::default()
    };
    settings.retry.first_wait = Duration::from_millis(20);
    settings.retry.longest_wait = Duration::from_millis(300);
    settings
}
