//! SQL at the wire, counted by a proxy that reads the protocol: each step of an interaction through the store, and whole
//! batches through the executor with a stand-in that answers at once.

use std::time::Duration;

use benches::plant::{FIRST, Plant, RUNNER, server_at_once};
use fixtures::postgres::Postgres;
use fixtures::tcp_proxy::{TcpProxy, Traffic};
use serde_json::json;
use wave_runner::batch::{Events, Thresholds, Watchdog};
use wave_runner::store::BatchId;
use wave_runner::workflow::{Outcome, Output};

use crate::Counts;

const LEASE: Duration = Duration::from_mins(10);
const GIB: u64 = 1 << 30;

pub(crate) async fn count(counts: &mut Counts) {
    let postgres = Postgres::start().await.unwrap();
    let database = postgres.database().await.unwrap();
    let proxy = TcpProxy::before(database.url()).await.unwrap();
    // One connection: a statement is prepared on each connection once, and that is no part of an interaction.
    let one_by_one = Plant::new(proxy.url(), 1).await;
    interaction(&one_by_one, &proxy, None).await;
    interaction(&one_by_one, &proxy, Some(counts)).await;
    one_by_one.store.close().await;
    whole_batch("whole_posting", 1, 16 * GIB, &postgres, counts).await;
    whole_batch("whole_batch_50", 50, 6 * GIB, &postgres, counts).await;
}

/// A batch from its first claim to its end.
async fn whole_batch(
    name: &str,
    size: usize,
    gpu_memory: u64,
    postgres: &Postgres,
    counts: &mut Counts,
) {
    let database = postgres.database().await.unwrap();
    let proxy = TcpProxy::before(database.url()).await.unwrap();
    let plant = Plant::new(proxy.url(), 4).await;
    let batch = plant.batch(size).await;
    let server = server_at_once(gpu_memory).await;
    let before = proxy.traffic();
    plant.finish(batch, server.url(), gpu_memory).await;
    let traffic = proxy.traffic().since(before);
    counts.insert(format!("sql.{name}.statements"), traffic.statements);
    let calls = server.log().len() as u64;
    counts.insert(format!("http.{name}.generations"), calls);
    counts.insert(format!("loads.{name}"), server.loads() as u64);
    plant.store.close().await;
}

/// Each step of an interaction once, one after the other. The first time nothing is told: it prepares the statements.
async fn interaction(plant: &Plant, proxy: &TcpProxy, counts: Option<&mut Counts>) {
    let mut meter = Meter {
        proxy,
        last: proxy.traffic(),
        told: Vec::new(),
    };
    let (store, workflow) = (&plant.store, &plant.workflow);
    plant.stage(50).await;
    meter.read("stage_50");
    let promoted = store.promote(50).await.unwrap();
    meter.read("promote_50");
    let batch = store
        .create_batch(workflow, &promoted.posting_ids, &[FIRST])
        .await
        .unwrap();
    meter.read("create_batch_50");
    store.open_work(batch).await.unwrap();
    meter.read("open_work");
    let claims = store
        .claim(batch, RUNNER, &[FIRST], 1, LEASE)
        .await
        .unwrap();
    meter.read("claim");
    store.inputs(&claims).await.unwrap();
    meter.read("inputs");
    store
        .start(workflow, RUNNER, &claims, &[json!({})])
        .await
        .unwrap();
    meter.read("start");
    store.extend(RUNNER, &claims, LEASE).await.unwrap();
    meter.read("heartbeat");
    watchdog_tick(plant, batch).await;
    meter.read("watchdog_tick");
    let verified = Output::Check {
        outcome: Outcome::Verified,
    };
    let finish = store
        .complete(workflow, RUNNER, &claims[0], &verified)
        .await;
    let _ = finish.unwrap();
    meter.read("complete_with_successors");
    if let Some(counts) = counts {
        meter.tell(counts);
    }
}

async fn watchdog_tick(plant: &Plant, batch: BatchId) {
    let watchdog = Watchdog {
        store: &plant.store,
        workflow: &plant.workflow,
        thresholds: Thresholds::all(Duration::from_hours(1)),
        events: &Events::default(),
    };
    assert!(watchdog.tick(batch).await.unwrap().is_quiet());
}

/// Reads what a step brought.
struct Meter<'p> {
    proxy: &'p TcpProxy,
    last: Traffic,
    told: Vec<(&'static str, Traffic)>,
}

impl Meter<'_> {
    fn read(&mut self, step: &'static str) {
        let now = self.proxy.traffic();
        self.told.push((step, now.since(self.last)));
        self.last = now;
    }

    fn tell(self, counts: &mut Counts) {
        for (step, Traffic { statements, rounds }) in self.told {
            counts.insert(format!("sql.{step}.statements"), statements);
            counts.insert(format!("sql.{step}.rounds"), rounds);
        }
    }
}
