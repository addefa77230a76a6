//! What happens to a run that is left alone for a night: its terminal is closed, its time is up, its machine sleeps.

use std::time::Duration;

use batchproof::record::{self, Ended};

use super::program::{Running, batchproof, run};
use super::world::{World, shown};

const RUNNING: &str = "SELECT count(*) FROM interactions WHERE status = 'running'";
const HELD: &str = "SELECT count(*) FROM interactions
    WHERE status IN ('pending', 'running') AND (claimed_by IS NOT NULL OR status = 'running')";
const COMPLETED: &str = "SELECT count(*) FROM workflow_runs WHERE status = 'completed'";

#[tokio::test]
async fn a_run_whose_terminal_is_closed_goes_on_and_leaves_its_record() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let record = folder.path().join("record.json");
    let mut command = batchproof("run --simulate --batch-size 2 --time-scale 100 --database-url");
    command.arg(world.url()).arg("--record").arg(&record);
    let mut running = Running::start(command);
    world.reaches(1, RUNNING).await;
    running.signal("HUP").await;
    running.says("the terminal was closed (SIGHUP)").await;
    // Whoever closes a terminal may send it more than once.
    running.signal("HUP").await;
    running.end().await.exits(0);
    assert_eq!(record::load(&record).unwrap().ended, Ended::Completed);
    assert_eq!(world.number(COMPLETED).await, 2);
}

#[tokio::test]
async fn a_deadline_ends_a_run_in_good_order_and_its_record_is_judged() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let record = folder.path().join("record.json");
    let mut command =
        batchproof("run --simulate --batch-size 2 --time-scale 2 --deadline 8s --database-url");
    command.arg(world.url()).arg("--record").arg(&record);
    let outcome = Running::start(command).end().await;
    outcome
        .exits(130)
        .says("the deadline has come")
        .says("STOPPED AT ITS DEADLINE of 8 s")
        .says("Postings completed");
    assert_eq!(world.number(HELD).await, 0);
    let saved = record::load(&record).unwrap();
    let stopped = Ended::StoppedAtDeadline { after_seconds: 8 };
    assert_eq!((saved.complete, &saved.ended), (false, &stopped));
    let judged = run(&format!("judge {}", shown(&record))).await;
    judged.exits(130).says("STOPPED AT ITS DEADLINE");
}

#[tokio::test]
async fn a_run_that_stood_still_goes_on_by_itself_and_its_record_says_so() {
    // Two leases of a simulation, and more than being busy.
    const RAN_OUT: &str = "SELECT count(*) FROM workers
        WHERE ended_at IS NULL AND lease_expires_at < clock_timestamp() - interval '8 s'";
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let record = folder.path().join("record.json");
    let mut command = batchproof("run --simulate --batch-size 2 --time-scale 50 --database-url");
    command.arg(world.url()).arg("--record").arg(&record);
    let running = Running::start(command);
    world.reaches(1, RUNNING).await;
    running.signal("STOP").await;
    world.reaches(1, RAN_OUT).await;
    running.signal("CONT").await;
    running.end().await.says("Stood still once");
    let saved = record::load(&record).unwrap();
    assert_eq!(saved.ended, Ended::Completed);
    assert_eq!(world.number(COMPLETED).await, 2);
    let [stood_still] = &saved.suspensions.unwrap()[..] else {
        panic!("it stood still once")
    };
    let length = (stood_still.until - stood_still.from).to_std().unwrap();
    assert!(length > Duration::from_secs(12), "{length:?}");
    assert!(stood_still.worker.contains('-'), "{}", stood_still.worker);
}
