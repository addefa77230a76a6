//! A machine that sleeps in mid-run. What a night asleep does to the rows is the same as if all their dates were a night
//! older: the database's clock goes on, and nothing else does.

use std::time::Duration;

use fixtures::ollama::{Fault, Mishap, OllamaSettings, Step};
use wave_runner::batch::Ended;

use super::checks;
use super::worker::{quick, run_to_end, server, stand_in, worker};
use super::world::World;

const SIZE: usize = 3;
/// A grade that hangs, whatever became of the others.
const HANGING: &str =
    "SELECT count(*) FROM interactions WHERE conversation_id = 3336 AND status = 'running'";
/// Nobody else looks after this batch.
const LOST: &str = "SELECT count(*) FROM interaction_attempts WHERE ended_as = 'lost'";
const WATCHDOGS: &str = "SELECT count(*) FROM workflow_errors WHERE error_type = 'watchdog'";

/// Everything that was under way is eight hours older at once: leases ran out long ago, and no call may take so long.
const A_NIGHT: &str = "UPDATE interactions
    SET created_at = created_at - interval '8 h', available_at = available_at - interval '8 h',
        claimed_at = claimed_at - interval '8 h', started_at = started_at - interval '8 h',
        lease_expires_at = lease_expires_at - interval '8 h'
    WHERE status IN ('pending', 'running')";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_under_way_when_a_machine_fell_asleep_is_done_again_and_fails_nobody() {
    let hang = Fault::nth(Step::GradeA, 1, Mishap::Hang);
    let settings = OllamaSettings {
        faults: vec![hang],
        ..quick()
    };
    let (world, models) = (World::new().await, stand_in(settings).await);
    let batch = world.batch(SIZE).await;
    let servers = vec![server("stand-in", &models.url())];
    let runner = worker(world.url(), servers, "sleeper").await.unwrap();
    let sleeps = async {
        world.reaches(1, HANGING).await;
        // A beat may be writing the row at this moment: it would be young again.
        let mut ticks = tokio::time::interval(Duration::from_millis(50));
        while world.number(LOST).await == 0 {
            sqlx::query(A_NIGHT).execute(&world.pool).await.unwrap();
            ticks.tick().await;
        }
    };
    let (ended, ()) = tokio::join!(run_to_end(&runner, batch), sleeps);
    assert_eq!(ended.unwrap(), Ended::Finished);
    assert_eq!(world.number(WATCHDOGS).await, 0, "sleep is nobody's fault");
    checks::hold(&world.pool, batch, &[&models]).await;
}
