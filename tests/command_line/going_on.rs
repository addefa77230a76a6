//! A batch that is there already: gone on with after a crash, and shared with another process.

use std::path::Path;

use batchproof::judge::{Requirements, judge};
use batchproof::record::{self, CameBy, RunRecord, Status};
use tokio::process::Command;

use super::program::{Running, batchproof, finish};
use super::world::{World, shown};

const COMPLETED: &str = "SELECT count(*) FROM interactions WHERE status = 'completed'";
const OPEN: &str = "SELECT count(*) FROM workflow_runs WHERE completed_at IS NULL";
const BATCHES: &str = "SELECT count(*) FROM batches";
const WORKERS: &str = "SELECT count(DISTINCT claimed_by) FROM interactions";

fn run_of_six(world: &World, record: &Path) -> Command {
    let mut command = batchproof("run --simulate --batch-size 6 --time-scale 100");
    command
        .args(["--database-url", world.url()])
        .args(["--record", &shown(record)]);
    command
}

fn resume(world: &World, record: &Path, flags: &str) -> Command {
    let mut command = batchproof(&format!("run --resume 1 {flags}"));
    command
        .args(["--database-url", world.url()])
        .args(["--record", &shown(record)]);
    command
}

/// Every posting went through once, and nothing speaks against the evidence of it.
fn is_whole_and_valid(record: &RunRecord) {
    assert!(record.complete, "{:?}", record.ended);
    assert_eq!(record.runs.len(), 6);
    assert!(
        record
            .runs
            .iter()
            .all(|run| run.status == Status::Completed)
    );
    let judgement = judge(record, &Requirements::none());
    assert!(judgement.validity.is_valid(), "{:#?}", judgement.validity);
}

fn came_by(record: &RunRecord) -> Vec<CameBy> {
    let workers = record.workers.iter().flatten();
    workers.map(|worker| worker.came_by).collect()
}

#[tokio::test]
async fn a_killed_run_is_gone_on_with_and_its_record_has_the_evidence_of_both_processes() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let path = folder.path().join("record");
    let killed = Running::start(run_of_six(&world, &path));
    world.reaches(25, COMPLETED).await;
    killed.signal("KILL").await;
    killed.end().await;
    assert!(world.number(OPEN).await > 0, "it was over before");

    let resumed = finish(resume(&world, &path, "--simulate")).await;
    resumed
        .says("going on with batch 1")
        .says("6 runs completed");
    let record = record::load(&path).unwrap();
    is_whole_and_valid(&record);
    assert_eq!(came_by(&record), [CameBy::Run, CameBy::Resume]);
    assert_eq!(world.number(BATCHES).await, 1);

    // What is over is only collected and judged again.
    let done = world.number(COMPLETED).await;
    finish(resume(&world, &path, "--simulate")).await;
    assert_eq!(world.number(COMPLETED).await, done);
    is_whole_and_valid(&record::load(&path).unwrap());
}

#[tokio::test]
async fn an_interrupted_run_says_how_to_go_on() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let path = folder.path().join("record");
    let interrupted = Running::start(run_of_six(&world, &path));
    world.reaches(12, COMPLETED).await;
    interrupted.signal("INT").await;
    let outcome = interrupted.end().await;
    outcome.exits(130).says("Go on: batchproof run --resume 1");
    finish(resume(&world, &path, "--simulate")).await;
    is_whole_and_valid(&record::load(&path).unwrap());
}

#[tokio::test]
async fn another_process_works_on_the_batch_and_what_it_saw_is_in_the_record() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let path = folder.path().join("record");
    let first = Running::start(run_of_six(&world, &path));
    world.reaches(1, COMPLETED).await;
    let mut command = batchproof("work --batch 1 --simulate");
    command.args(["--database-url", world.url()]);
    let second = finish(command);
    let (first, second) = tokio::join!(first.end(), second);
    second.exits(0).says("every posting is final");
    first.says("6 runs completed");
    let record = record::load(&path).unwrap();
    is_whole_and_valid(&record);
    assert_eq!(came_by(&record), [CameBy::Run, CameBy::Work]);
    assert_eq!(record.environment.servers.len(), 2);
    assert_eq!(world.number(WORKERS).await, 2);
}

#[tokio::test]
async fn a_batch_that_is_not_there_is_told_with_those_that_are() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let path = folder.path().join("record");
    let outcome = finish(resume(&world, &path, "--simulate")).await;
    outcome
        .exits(4)
        .says("there is no batch 1")
        .says("none is unfinished");
}

#[tokio::test]
async fn flags_that_contradict_the_batch_are_refused_and_nothing_of_it_is_touched() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let path = folder.path().join("record");
    let interrupted = Running::start(run_of_six(&world, &path));
    world.reaches(12, COMPLETED).await;
    interrupted.signal("INT").await;
    interrupted.end().await.exits(130);
    let done = world.number(COMPLETED).await;
    let flags = [
        ("--simulate --batch-size 7", "--batch-size"),
        ("--simulate --time-scale 50", "--time-scale"),
        (
            "--simulate --model grade_a=mistral:latest",
            "another workflow",
        ),
        ("--ollama http://127.0.0.1:1", "say --simulate"),
    ];
    for (flags, why) in flags {
        let outcome = finish(resume(&world, &path, flags)).await;
        outcome.exits(4).says(why);
    }
    assert_eq!(world.number(COMPLETED).await, done);
}
