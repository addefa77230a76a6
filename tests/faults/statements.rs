//! The database's connection is cut at each statement that the runner has, before it and after it.

use std::time::Duration;

use fixtures::ollama::OllamaStandIn;
use fixtures::tcp_proxy::{Moment, Order, TcpProxy};
use wave_runner::batch::{Ended, ExecuteError};

use super::checks;
use super::worker::{go_on, quick, run_to_end, server, stand_in, worker};
use super::world::World;

/// Few, and enough that both branches of the workflow are taken by one or the other.
const SIZE: usize = 3;

/// The commits of a run come by in this order: the first is the worker's entry, the others are mostly results.
const LATER_COMMITS: [usize; 3] = [2, 5, 9];
const LATE_RESULTS: &str = "SELECT count(*) FROM late_results";
/// Writes results.
const COMPLETES: &str = "SET status = 'completed'";
/// How long a worker waits for an answer of the database that never comes.
const IMPATIENT: Duration = Duration::from_millis(500);

/// What came of one cut.
struct Cut {
    /// Whether the statement came by at all.
    struck: bool,
    /// What the runner said, where it did not take the batch to its end by itself.
    gave_up: Option<String>,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_at_any_statement_loses_nothing_and_does_nothing_twice() {
    let statements = statements_of_a_clean_run().await;
    assert!(statements.len() > 10, "{statements:#?}");
    let mut unheard = Vec::new();
    let mut gave_up = Vec::new();
    for statement in &statements {
        for moment in [Moment::Before, Moment::After] {
            let cut = with_a_cut(Order::cut(moment, statement)).await;
            let place = format!("{moment:?} {statement}");
            if !cut.struck {
                unheard.push(place);
            } else if let Some(why) = cut.gave_up {
                gave_up.push(format!("{place}\n    {why}"));
            }
        }
    }
    println!(
        "{} statements, cut before and after; at {} of these moments the runner gave up and another went on:\n{}",
        statements.len(),
        gave_up.len(),
        gave_up.join("\n")
    );
    // A run goes other ways than the one before it, and need not pass every statement again.
    assert!(
        unheard.len() * 4 <= statements.len(),
        "cuts that never came: {unheard:#?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_is_no_late_result() {
    for nth in LATER_COMMITS {
        let cut = with_a_cut(Order::cut(Moment::After, "COMMIT").at(nth)).await;
        assert!(cut.struck, "there was no commit {nth}");
        assert_eq!(cut.gave_up, None, "commit {nth}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_says_nothing_is_given_up_and_asked_anew() {
    let (world, models) = (World::new().await, stand_in(quick()).await);
    let batch = world.batch(SIZE).await;
    let proxy = TcpProxy::before(world.url()).await.unwrap();
    let servers = vec![server("stand-in", &models.url())];
    let mut runner = worker(proxy.url(), servers, "patient").await.unwrap();
    runner.store = runner.store.with_patience(IMPATIENT);
    let placed = proxy.order(Order::hold(Moment::After, COMPLETES));
    // Nobody releases it: what was said there is never answered.
    assert_eq!(run_to_end(&runner, batch).await.unwrap(), Ended::Finished);
    assert!(placed.is_reached());
    checks::hold(&world.pool, batch, &[&models]).await;
}

async fn statements_of_a_clean_run() -> Vec<String> {
    let (world, server_of_models) = (World::new().await, stand_in(quick()).await);
    let batch = world.batch(SIZE).await;
    let proxy = TcpProxy::before(world.url()).await.unwrap();
    let servers = vec![server("stand-in", &server_of_models.url())];
    let runner = worker(proxy.url(), servers, "clean").await.unwrap();
    assert_eq!(run_to_end(&runner, batch).await.unwrap(), Ended::Finished);
    checks::hold(&world.pool, batch, &[&server_of_models]).await;
    proxy.statements()
}

async fn with_a_cut(order: Order) -> Cut {
    let (world, models) = (World::new().await, stand_in(quick()).await);
    let batch = world.batch(SIZE).await;
    let proxy = TcpProxy::before(world.url()).await.unwrap();
    let servers = vec![server("stand-in", &models.url())];
    let runner = worker(proxy.url(), servers, "cut").await.unwrap();
    // Only now: the connection's own beginning is no statement of the run.
    let placed = proxy.order(order);
    let ended = run_to_end(&runner, batch).await;
    let gave_up = match ended {
        Ok(Ended::Finished) => None,
        // Only for want of the database: any other error would be a defect that the cut has brought to light.
        Err(ExecuteError::Store(error)) if error.is_passing() => {
            take_up(&world, &models, batch).await;
            Some(error.to_string())
        }
        other => panic!("{:?}: {other:?}", proxy.statements().last()),
    };
    checks::hold(&world.pool, batch, &[&models]).await;
    assert_eq!(world.number(LATE_RESULTS).await, 0, "nobody was overtaken");
    Cut {
        struck: placed.is_reached(),
        gave_up,
    }
}

async fn take_up(world: &World, models: &OllamaStandIn, batch: wave_runner::store::BatchId) {
    world.leases_run_out().await;
    go_on(world.url(), batch, &models.url()).await;
}
