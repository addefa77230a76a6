//! kill -9 of a worker, the built program, at every stage of an interaction; then another goes on.

use std::time::Duration;

use fixtures::ollama::{Ended, Fault, Mishap, Occasion, OllamaSettings, OllamaStandIn, Step};
use fixtures::tcp_proxy::{Moment, Order, TcpProxy};
use tempfile::TempDir;
use wave_runner::store::BatchId;

use super::checks;
use super::program::{Outcome, Running, batchproof};
use super::worker::{go_on, quick, stand_in};
use super::world::{World, folder_of, in_time};

const SIZE: usize = 2;
/// Three slow summaries at a time make half a minute of so many; a second program has come after half a second.
const MORE_THAN_ONE_CLAIMS: usize = 32;
/// Interactions that are completed before a statement is held: all first scripts, and some that asked a model.
const UNDER_WAY: i64 = 8;

const BEGINS: &str = "SET status = 'running', input";
const COMPLETES: &str = "SET status = 'completed', completed_at";

const COMPLETED: &str = "SELECT count(*) FROM interactions WHERE status = 'completed'";
const CLAIMED: &str =
    "SELECT count(*) FROM interactions WHERE status = 'pending' AND claimed_by IS NOT NULL";
const RUNNING: &str = "SELECT count(*) FROM interactions WHERE status = 'running'";

/// The program at work, with a proxy before its database and a model server of the test's.
struct Doomed {
    running: Running,
    world: World,
    proxy: TcpProxy,
    models: OllamaStandIn,
    _folder: TempDir,
}

impl Doomed {
    async fn start(settings: OllamaSettings) -> Self {
        Self::with(SIZE, settings).await
    }

    /// With so many postings.
    async fn with(size: usize, settings: OllamaSettings) -> Self {
        let (world, models) = (World::new().await, stand_in(settings).await);
        let proxy = TcpProxy::before(world.url()).await.unwrap();
        let folder = folder_of(size);
        let dir = folder.path().display();
        let running = Running::start(batchproof(&format!(
            "run --ollama {} --gpu-memory 16GiB --postings {dir} --batch-size {size} --database-url {} \
             --record {dir}/record",
            models.url(),
            proxy.url(),
        )));
        Self {
            running,
            world,
            proxy,
            models,
            _folder: folder,
        }
    }

    /// Starts a program that comes to stand where the order says, in mid-run.
    async fn held(order: Order) -> Self {
        // Slow enough that most is still to be done when the order is given.
        let settings = OllamaSettings {
            time_scale: 500.0,
            ..OllamaSettings::default()
        };
        let doomed = Self::start(settings).await;
        doomed.world.reaches(UNDER_WAY, COMPLETED).await;
        let placed = doomed.proxy.order(order);
        in_time("the statement to hold", placed.reached()).await;
        doomed
    }

    /// Ends the program by a signal, and has another go on.
    async fn ended_by(self, signal: &str) -> (World, Outcome) {
        self.running.signal(signal).await;
        let outcome = in_time("its end", self.running.end()).await;
        self.proxy.cut_all();
        self.world.leases_run_out().await;
        let batch = BatchId(self.world.number("SELECT max(batch_id) FROM batches").await);
        go_on(self.world.url(), batch, &self.models.url()).await;
        checks::hold(&self.world.pool, batch, &[&self.models]).await;
        (self.world, outcome)
    }
}

/// Attempts that were given up because their worker was gone.
async fn lost(world: &World) -> i64 {
    let lost = "SELECT count(*) FROM interaction_attempts WHERE ended_as = 'lost'";
    world.number(lost).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_with_a_claim_costs_a_lease() {
    let doomed = Doomed::held(Order::hold(Moment::Before, BEGINS)).await;
    assert!(
        doomed.world.number(CLAIMED).await > 0,
        "nothing was claimed"
    );
    let (world, _) = doomed.ended_by("KILL").await;
    assert!(lost(&world).await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_with_a_call_under_way_costs_that_call() {
    let settings = OllamaSettings {
        faults: vec![Fault::nth(Step::GradeA, 1, Mishap::Hang)],
        ..quick()
    };
    let doomed = Doomed::start(settings).await;
    let called = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        let hangs = || {
            doomed.models.log().iter().any(|request| {
                request.step == Some(Step::GradeA)
                    && request.started.is_some()
                    && request.ended == Ended::NotYet
            })
        };
        while !hangs() {
            ticks.tick().await;
        }
    };
    in_time("a grade that hangs", called).await;
    // It is put down right after it was sent.
    doomed.world.reaches(1, RUNNING).await;
    let (world, _) = doomed.ended_by("KILL").await;
    assert!(lost(&world).await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_with_an_answer_that_is_not_written_costs_that_answer() {
    let doomed = Doomed::held(Order::hold(Moment::Before, COMPLETES)).await;
    assert!(doomed.world.number(RUNNING).await > 0);
    let answered = doomed.models.log();
    assert!(
        answered
            .iter()
            .any(|request| request.ended == Ended::Completed)
    );
    let (world, _) = doomed.ended_by("KILL").await;
    assert!(lost(&world).await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_was_written_and_not_committed_is_not_there_and_comes_again() {
    let doomed = Doomed::held(Order::hold(Moment::Before, "COMMIT")).await;
    let (world, _) = doomed.ended_by("KILL").await;
    assert!(lost(&world).await > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_was_committed_stays_though_its_worker_never_learned_of_it() {
    let doomed = Doomed::held(Order::hold(Moment::After, "COMMIT")).await;
    let committed = sqlx::query_scalar::<_, i64>(
        "SELECT interaction_id FROM interactions WHERE status = 'completed'",
    )
    .fetch_all(&doomed.world.pool)
    .await
    .unwrap();
    let (world, _) = doomed.ended_by("KILL").await;
    let again: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM interaction_attempts WHERE interaction_id = ANY ($1)",
    )
    .bind(&committed)
    .fetch_one(&world.pool)
    .await
    .unwrap();
    assert_eq!(again, 0, "what was committed was done again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_terminated_gives_everything_back_itself() {
    let doomed = Doomed::start(quick()).await;
    doomed.world.reaches(8, COMPLETED).await;
    let (world, outcome) = doomed.ended_by("TERM").await;
    outcome.exits(130).says("INTERRUPTED");
    assert_eq!(lost(&world).await, 0, "a lease had to run out");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_helping_process_that_is_killed_leaves_its_part_to_the_one_that_made_the_batch() {
    // Summaries that take long, and more of them than the first claims at once: some are left for whoever comes to help.
    let settings = OllamaSettings {
        time_scale: 1_000.0,
        faults: vec![Fault {
            step: Some(Step::Extract),
            occasion: Occasion::Every,
            mishap: Mishap::Slow(100.0),
        }],
        ..OllamaSettings::default()
    };
    let first = Doomed::with(MORE_THAN_ONE_CLAIMS, settings).await;
    first.world.reaches(1, RUNNING).await;
    let hanging = stand_in(OllamaSettings {
        faults: vec![Fault::nth(Step::Extract, 1, Mishap::Hang)],
        ..quick()
    })
    .await;
    let batch = BatchId(
        first
            .world
            .number("SELECT max(batch_id) FROM batches")
            .await,
    );
    let helper = Running::start(batchproof(&format!(
        "work --batch {} --ollama {} --gpu-memory 16GiB --database-url {}",
        batch.0,
        hanging.url(),
        first.world.url()
    )));
    let helping = "SELECT count(*) FROM interactions WHERE status = 'running'
        AND claimed_by = (SELECT worker FROM workers ORDER BY started_at OFFSET 1)";
    first.world.reaches(1, helping).await;
    helper.signal("KILL").await;
    in_time("the helper's end", helper.end()).await;
    let name: String =
        sqlx::query_scalar("SELECT worker FROM workers ORDER BY started_at OFFSET 1")
            .fetch_one(&first.world.pool)
            .await
            .unwrap();
    first.world.leases_run_out_of(&[name]).await;
    in_time("the batch's end", first.running.end()).await;
    checks::hold(&first.world.pool, batch, &[&first.models, &hanging]).await;
    assert!(lost(&first.world).await > 0);
}
