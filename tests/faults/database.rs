//! Postgres itself ends in mid-run and comes back, in order and as in a crash.

use fixtures::postgres::{Ending, OwnCluster};
use fixtures::tcp_proxy::TcpProxy;
use wave_runner::batch::Ended;

use super::checks;
use super::worker::{quick, run_to_end, server, stand_in, worker};
use super::world::World;

const SIZE: usize = 6;
const COMPLETED: &str = "SELECT count(*) FROM interactions WHERE status = 'completed'";

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_of_postgres_in_mid_run_costs_nothing() {
    let cluster = OwnCluster::start().await.unwrap();
    for ending in [Ending::InOrder, Ending::AtOnce] {
        let (world, models) = (World::on_own(&cluster).await, stand_in(quick()).await);
        let batch = world.batch(SIZE).await;
        let servers = vec![server("stand-in", &models.url())];
        let runner = worker(world.url(), servers, "survivor").await.unwrap();
        let restarting = async {
            for completed in [5, 30] {
                world.reaches(completed, COMPLETED).await;
                cluster.restart(ending).await.unwrap();
            }
        };
        let (ended, ()) = tokio::join!(run_to_end(&runner, batch), restarting);
        assert_eq!(ended.unwrap(), Ended::Finished, "{ending:?}");
        checks::hold(&world.pool, batch, &[&models]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_lets_nobody_in_for_a_while_is_waited_for() {
    let (world, models) = (World::new().await, stand_in(quick()).await);
    let batch = world.batch(SIZE).await;
    let proxy = TcpProxy::before(world.url()).await.unwrap();
    let servers = vec![server("stand-in", &models.url())];
    let runner = worker(proxy.url(), servers, "survivor").await.unwrap();
    let shutting_out = async {
        world.reaches(5, COMPLETED).await;
        proxy.refuse();
        proxy.cut_all();
        // Nothing more is written, so that the beat of our own door is what passes the time.
        let before = world.number(COMPLETED).await;
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(100));
        for _ in 0..10 {
            ticks.tick().await;
        }
        assert_eq!(world.number(COMPLETED).await, before, "someone is still in");
        proxy.let_in();
    };
    let (ended, ()) = tokio::join!(run_to_end(&runner, batch), shutting_out);
    assert_eq!(ended.unwrap(), Ended::Finished);
    checks::hold(&world.pool, batch, &[&models]).await;
}
