//! `watchdog`, as cron calls it: over a batch whose worker is gone.

use std::fs;

use super::program::run;
use super::world::{World, folder_of, shown};

/// What a worker that died long ago leaves: its batch open, one step claimed, another running.
pub(crate) async fn left_behind(world: &World) {
    let folder = folder_of(2);
    let (dir, url) = (shown(folder.path()), world.url());
    run(&format!(
        "run --simulate --postings {dir} --batch-size 2 --time-scale 250 --database-url {url} --record {dir}/record"
    ))
    .await
    .exits(0);
    let statements = [
        "ALTER TABLE interactions DISABLE TRIGGER USER",
        "ALTER TABLE workflow_runs DISABLE TRIGGER USER",
        "UPDATE batches SET ended_at = NULL",
        "DELETE FROM interactions WHERE conversation_id <> 9144",
        "UPDATE workflow_runs SET status = 'running', completed_at = NULL",
        "UPDATE interactions SET status = 'running', output = NULL, outcome = NULL, completed_at = NULL,
             claimed_by = 'gone', lease_expires_at = clock_timestamp() + interval '1 hour',
             claimed_at = clock_timestamp() - interval '8 minutes', started_at = clock_timestamp() - interval '8 minutes'",
    ];
    for statement in statements {
        sqlx::query(statement).execute(&world.pool).await.unwrap();
    }
}

const RUNNING: &str = "SELECT count(*) FROM interactions WHERE status = 'running'";

#[tokio::test]
async fn it_says_what_it_would_do_does_it_and_is_quiet_afterwards() {
    let world = World::new().await;
    left_behind(&world).await;
    let line = format!("watchdog --database-url {}", world.url());

    let foreseen = run(&format!("{line} --dry-run")).await;
    foreseen
        .exits(1)
        .says("would be failed: batch 1, run 1, posting 1, step 9144, attempt 1, 8 min")
        .says("worker gone");
    assert_eq!(world.number(RUNNING).await, 2, "a dry run writes nothing");

    run(&format!("{line} --older-than 20m")).await.exits(0);
    assert_eq!(world.number(RUNNING).await, 2, "none of them is that old");

    run(&line)
        .await
        .exits(1)
        .says("failed: batch 1, run 2")
        .says("batch 1: over");
    let failed = "SELECT count(*) FROM workflow_runs WHERE status = 'failed'";
    assert_eq!(world.number(failed).await, 2);
    let over = "SELECT count(*) FROM batches WHERE ended_at IS NOT NULL";
    assert_eq!(world.number(over).await, 1);

    run(&line).await.exits(0);
}

#[tokio::test]
async fn a_batch_of_another_workflow_is_refused_and_left_as_it_is() {
    let world = World::new().await;
    left_behind(&world).await;
    // The schema lets no batch with workers change its workflow.
    let foreign = "UPDATE model_servers SET held_by = NULL, held_since = NULL;
        DELETE FROM workers; UPDATE batches SET workflow_hash = repeat('a', 64)";
    sqlx::raw_sql(foreign).execute(&world.pool).await.unwrap();
    run(&format!("watchdog --database-url {}", world.url()))
        .await
        .exits(4)
        .says("nothing was touched")
        .says("--workflow FILE");
    assert_eq!(world.number(RUNNING).await, 2);
}

#[test]
fn the_units_call_the_watchdog_and_take_its_stepping_in_for_success() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../contrib/systemd");
    let unit = fs::read_to_string(format!("{folder}/batchproof-watchdog.service")).unwrap();
    assert!(unit.contains("batchproof watchdog --database-url ${DATABASE_URL}"));
    assert!(unit.contains("SuccessExitStatus=1"));
    assert!(fs::exists(format!("{folder}/batchproof-watchdog.timer")).unwrap());
}
