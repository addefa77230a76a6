//! Several runners on one batch, all of the time and one after the other.

use fixtures::ollama::OllamaStandIn;
use wave_runner::batch::{Ended, Executor, Stop};

use super::checks;
use super::worker::{go_on, quick, run_to_end, server, stand_in, worker};
use super::world::{World, in_time};

const COMPLETED: &str = "SELECT count(*) FROM interactions WHERE status = 'completed'";
const HELD: &str = "SELECT count(*) FROM interactions
    WHERE status IN ('pending', 'running') AND claimed_by IS NOT NULL";

async fn runner_at(world: &World, models: &OllamaStandIn, name: &str) -> Executor {
    let servers = vec![server(&format!("server of {name}"), &models.url())];
    worker(world.url(), servers, name).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runners_on_one_batch_share_it_and_do_nothing_twice() {
    let world = World::new().await;
    // Calls are over within milliseconds, and a runner claims ahead what it can answer until its next look: of a dozen
    // postings one could take all.
    let batch = world.batch(48).await;
    let (left_models, right_models) = (stand_in(quick()).await, stand_in(quick()).await);
    let left = runner_at(&world, &left_models, "left").await;
    let right = runner_at(&world, &right_models, "right").await;
    let (one, other) = tokio::join!(run_to_end(&left, batch), run_to_end(&right, batch));
    assert_eq!(
        (one.unwrap(), other.unwrap()),
        (Ended::Finished, Ended::Finished)
    );
    checks::hold(&world.pool, batch, &[&left_models, &right_models]).await;
    let workers = "SELECT count(DISTINCT claimed_by) FROM interactions";
    assert_eq!(world.number(workers).await, 2, "one did it all");
    let tries = "SELECT count(*) FROM interaction_attempts";
    assert_eq!(world.number(tries).await, 0, "they got in each other's way");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_that_is_stopped_leaves_the_rest_to_the_next() {
    let (world, models) = (World::new().await, stand_in(quick()).await);
    let batch = world.batch(6).await;
    let (runner, stop) = (runner_at(&world, &models, "first").await, Stop::default());
    let stopping = async {
        world.reaches(10, COMPLETED).await;
        stop.ask();
    };
    let working = in_time("the end of a stopped runner", runner.run(batch, &stop));
    let (ended, ()) = tokio::join!(working, stopping);
    assert_eq!(ended.unwrap(), Ended::Interrupted);
    runner.store.close().await;
    assert_eq!(world.number(HELD).await, 0);
    go_on(world.url(), batch, &models.url()).await;
    checks::hold(&world.pool, batch, &[&models]).await;
}
