//! Several workers on one batch: who holds which server, who is told, and what becomes of the work of one that dies.

use std::sync::Arc;
use std::time::Duration;

use fixtures::ollama::{Fault, Mishap, OllamaSettings, OllamaStandIn, Step};
use futures_util::future::join_all;
use wave_runner::batch::{Ended, Events, ExecuteError, ExecuteSettings, Executor, Server, Stop};
use wave_runner::llm::{Limits, Ollama};
use wave_runner::store::{BatchId, RunTally, StoreError};
use wave_runner::workflow::Workflow;

use crate::execute::{all_completed, settings};
use crate::world::World;

const DONE_TWICE: &str = "SELECT count(*) FROM interaction_attempts";
const AT_WORK: &str = "SELECT count(DISTINCT claimed_by) FROM interactions";
const SERVERS_HELD: &str = "SELECT count(*) FROM model_servers WHERE held_by IS NOT NULL";
const BATCHES_ENDED: &str = "SELECT count(*) FROM batches WHERE ended_at IS NOT NULL";

/// A world with model servers and workers for them.
struct Plant {
    world: World,
    servers: Vec<OllamaStandIn>,
    workers: Vec<Executor>,
}

impl Plant {
    /// So many workers that know all of these servers.
    async fn new(workers: usize, servers: Vec<OllamaSettings>, settings: ExecuteSettings) -> Self {
        let world = World::new().await;
        let started = join_all(servers.into_iter().map(OllamaStandIn::start)).await;
        let servers: Vec<OllamaStandIn> = started.into_iter().map(Result::unwrap).collect();
        let known: Vec<Server> = servers.iter().map(server).collect();
        let worker = |n: usize| Executor {
            store: world.store.clone(),
            workflow: Arc::new(world.workflow.clone()),
            servers: known.clone(),
            settings: settings.clone(),
            runner: format!("worker-{n}"),
            events: Events::default(),
            barrier: None,
        };
        let workers = (1..=workers).map(worker).collect();
        Self {
            world,
            servers,
            workers,
        }
    }

    /// Lets all workers work; every one has to see the batch's end.
    async fn finish(&self, batch: BatchId) {
        let stop = Stop::default();
        let ended = join_all(self.workers.iter().map(|worker| worker.run(batch, &stop))).await;
        for ended in ended {
            assert_eq!(ended.unwrap(), Ended::Finished);
        }
    }

    async fn tally(&self, batch: BatchId) -> RunTally {
        self.world.store.tally(batch).await.unwrap()
    }
}

fn server(stand_in: &OllamaStandIn) -> Server {
    Server {
        name: stand_in.url().to_string(),
        client: Arc::new(Ollama::new(stand_in.url(), Limits::default()).unwrap()),
        gpu_memory: Some(16 << 30),
    }
}

fn stand_ins(count: usize) -> Vec<OllamaSettings> {
    vec![OllamaSettings::default(); count]
}

/// One server each, and leases that run out while a test waits.
fn one_server_each() -> ExecuteSettings {
    ExecuteSettings {
        most_servers: Some(1),
        lease: Duration::from_millis(1500),
        ..settings()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_workers_on_five_servers_share_a_batch_and_do_nothing_twice() {
    let plant = Plant::new(5, stand_ins(5), one_server_each()).await;
    let batch = plant.world.batch(30).await;
    plant.finish(batch).await;
    assert_eq!(plant.tally(batch).await, all_completed(30));
    assert_eq!(plant.world.scalar::<i64>(DONE_TWICE).await, 0);
    assert_eq!(plant.world.scalar::<i64>(AT_WORK).await, 5);
    let idle = plant.servers.iter().filter(|s| s.log().is_empty()).count();
    assert_eq!(idle, 0, "servers without a call");
    assert_eq!(plant.world.scalar::<i64>(SERVERS_HELD).await, 0);
    assert_eq!(plant.world.scalar::<i64>(BATCHES_ENDED).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_on_one_server_ask_no_more_of_it_than_one() {
    let plant = Plant::new(2, stand_ins(1), one_server_each()).await;
    let batch = plant.world.batch(6).await;
    plant.finish(batch).await;
    assert_eq!(plant.tally(batch).await, all_completed(6));
    let server = &plant.servers[0];
    for model in plant.world.workflow.models() {
        assert!(server.peak_in_flight(model) <= 1, "{model}");
    }
    assert_eq!(server.loads(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_without_a_server_takes_over_that_of_one_that_died() {
    let hanging = OllamaSettings {
        faults: vec![Fault::nth(Step::Extract, 1, Mishap::Hang)],
        ..OllamaSettings::default()
    };
    let mut plant = Plant::new(2, vec![hanging], one_server_each()).await;
    let batch = plant.world.batch(3).await;
    let (first, spare) = (plant.workers.remove(0), plant.workers.remove(0));
    let stop = Stop::default();
    let stopping = stop.clone();
    let dying = tokio::spawn(async move { first.run(batch, &stopping).await });
    // It has its server and begins its calls; only then does the spare one come.
    while plant.servers[0].log().is_empty() {
        tokio::task::yield_now().await;
    }
    let other_stop = stop.clone();
    let going_on = tokio::spawn(async move { spare.run(batch, &other_stop).await });
    // A killed worker says nothing: its task is gone in the middle of a call.
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    assert_eq!(going_on.await.unwrap().unwrap(), Ended::Finished);
    assert_eq!(plant.tally(batch).await, all_completed(3));
    let lost: i64 = plant
        .world
        .scalar("SELECT count(*) FROM interaction_attempts WHERE ended_as = 'lost'")
        .await;
    assert!(lost > 0, "nothing of the dead worker's came back");
}

#[tokio::test]
async fn a_worker_with_another_workflow_is_refused_and_one_with_the_batchs_is_not() {
    let mut plant = Plant::new(1, stand_ins(1), settings()).await;
    let batch = plant.world.batch(1).await;
    let stranger = Workflow {
        hash: "0".repeat(64),
        ..plant.world.workflow.clone()
    };
    let workflow = std::mem::replace(&mut plant.workers[0].workflow, Arc::new(stranger));
    let refused = plant.workers[0].run(batch, &Stop::default()).await;
    let Err(ExecuteError::Store(StoreError::OtherWorkflow { found, .. })) = refused else {
        panic!("expected a refusal, found {refused:?}");
    };
    assert_eq!(found, "0".repeat(64));
    plant.workers[0].workflow = workflow;
    plant.finish(batch).await;
    assert_eq!(plant.tally(batch).await, all_completed(1));
}

#[tokio::test]
async fn a_name_in_use_is_refused_until_its_worker_has_left() {
    let plant = Plant::new(1, stand_ins(1), settings()).await;
    let batch = plant.world.batch(1).await;
    let newcomer = wave_runner::store::Newcomer {
        name: "worker-1",
        batch,
        workflow_hash: &plant.world.workflow.hash,
        host: "elsewhere",
        process_id: 7,
        entry: 7,
    };
    let lease = Duration::from_mins(10);
    let holder = plant.world.store.enlist(newcomer, lease).await.unwrap();
    let refused = plant.workers[0].run(batch, &Stop::default()).await;
    let is_in_use = matches!(
        refused,
        Err(ExecuteError::Store(StoreError::NameInUse { .. }))
    );
    assert!(is_in_use, "{refused:?}");
    // The same entry again: its first answer was lost on the way.
    let again = plant.world.store.enlist(newcomer, lease).await.unwrap();
    assert_eq!((&again.name, again.batch), (&holder.name, holder.batch));
    let holder = again;
    plant.world.store.discharge(&holder).await.unwrap();
    plant.finish(batch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_waiting_worker_is_told_of_work_however_seldom_it_looks_by_itself() {
    let seldom = ExecuteSettings {
        idle_poll: Duration::from_hours(1),
        ..one_server_each()
    };
    let plant = Plant::new(2, stand_ins(2), seldom).await;
    let batch = plant.world.batch(2).await;
    // Each is without work at times, at the latest when the other has the last call: only a word ends that wait.
    plant.finish(batch).await;
    assert_eq!(plant.tally(batch).await, all_completed(2));
    assert_eq!(plant.world.scalar::<i64>(DONE_TWICE).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_an_unfinished_batch_to_others_does_not_date_its_end() {
    let plant = Plant::new(1, stand_ins(1), settings()).await;
    let batch = plant.world.batch(2).await;
    let other = wave_runner::store::Newcomer {
        name: "another",
        batch,
        workflow_hash: &plant.world.workflow.hash,
        host: "elsewhere",
        process_id: 7,
        entry: 7,
    };
    let lease = Duration::from_mins(10);
    let other = plant.world.store.enlist(other, lease).await.unwrap();
    let stop = Stop::default();
    stop.ask();
    let ended = plant.workers[0].run(batch, &stop).await.unwrap();
    assert_eq!(ended, Ended::Interrupted);
    assert_eq!(plant.world.scalar::<i64>(BATCHES_ENDED).await, 0);
    plant.world.store.discharge(&other).await.unwrap();
    assert_eq!(plant.world.scalar::<i64>(BATCHES_ENDED).await, 1);
}
