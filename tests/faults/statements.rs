//! The database's connection is cut at each statement that the runner has, before it and after it.

use fixtures::ollama::OllamaStandIn;
use fixtures::tcp_proxy::{Moment, Order, TcpProxy};
use wave_runner::batch::Ended;

use super::checks;
use super::worker::{go_on, quick, run_to_end, server, stand_in, worker};
use super::world::World;

/// Few, and enough that both branches of the workflow are taken by one or the other.
const SIZE: usize = 3;

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
        other => {
            take_up(&world, &models, batch).await;
            Some(format!("{other:?}"))
        }
    };
    checks::hold(&world.pool, batch, &[&models]).await;
    Cut {
        struck: placed.is_reached(),
        gave_up,
    }
}

async fn take_up(world: &World, models: &OllamaStandIn, batch: wave_runner::store::BatchId) {
    world.leases_run_out().await;
    go_on(world.url(), batch, &models.url()).await;
}
