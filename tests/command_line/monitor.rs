//! `monitor`, over a batch that another process left half way.

use std::path::Path;

use batchproof::monitor::Reader;
use fixtures::ollama::OllamaSettings;
use serde_json::Value;

use super::program::{Outcome, Running, batchproof, run};
use super::world::{World, ollama, shown};

const COMPLETED: &str = "SELECT count(*) FROM interactions WHERE status = 'completed'";

/// A simulated batch of six whose process was killed half way.
async fn half_way(world: &World, folder: &Path) {
    let mut command = batchproof("run --simulate --batch-size 6 --time-scale 100");
    command
        .args(["--database-url", world.url()])
        .args(["--record", &shown(&folder.join("record"))]);
    let killed = Running::start(command);
    world.reaches(25, COMPLETED).await;
    killed.signal("KILL").await;
    killed.end().await;
}

async fn monitor(world: &World, flags: &str) -> Outcome {
    run(&format!("monitor --database-url {} {flags}", world.url())).await
}

#[tokio::test]
async fn a_batch_half_way_is_told_once_in_plain_text_and_for_machines() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    half_way(&world, folder.path()).await;
    let title = "UPDATE postings SET job_title = E'\\x1b[2J\\x1b]0;owned\\x07Teller'";
    sqlx::query(title).execute(&world.pool).await.unwrap();
    let before = world.number(COMPLETED).await;

    let plain = monitor(&world, "--once").await;
    plain
        .exits(0)
        .says("Batch 1 · BATCH-50-001 · 6 postings · SIMULATED 100:1")
        .says("check_description")
        .says("extracted_summary");
    assert!(
        plain.stdout.chars().all(|c| c == '\n' || !c.is_control()),
        "{:?}",
        plain.stdout
    );

    let json = monitor(&world, "--json --batch 1").await;
    json.exits(0);
    let view: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(view["format"], 1);
    assert_eq!(
        (&view["batch"]["size"], &view["simulated"]),
        (&6.into(), &true.into())
    );
    assert_eq!(view["interactions"]["completed"], before);
    let steps = view["steps"].as_array().unwrap();
    let sum: i64 = steps
        .iter()
        .map(|step| step["completed"].as_i64().unwrap())
        .sum();
    assert_eq!(sum, before, "of {} steps", steps.len());
    let field = "SELECT count(extracted_summary) FROM postings";
    assert_eq!(
        view["data"]["fields"][0]["saved"],
        world.number(field).await
    );
    assert_eq!(view["data"]["fields"][0]["lost"], 0);
    // The witness of the killed process wrote down what it had seen.
    assert!(
        view["waves"]["loads"].as_i64().unwrap() >= 1,
        "{}",
        view["waves"]
    );
    assert_eq!(view["waves"]["least_in_all"], 3);
    assert_eq!(view["gpu"], Value::Null, "nobody sampled it");
    assert!(view["connections"]["grown_since"]["since"] == "batch_began");
    assert_eq!(world.number(COMPLETED).await, before, "it only reads");

    let server = ollama(OllamaSettings::default()).await;
    monitor(&world, &format!("--once --ollama {}", server.url()))
        .await
        .exits(0)
        .says("resident: nothing");
    monitor(&world, "--once --ollama http://127.0.0.1:1")
        .await
        .exits(0)
        .says("resident: unknown");
}

#[tokio::test]
async fn an_unfinished_batch_comes_before_a_newer_one_that_is_over_unless_that_is_named() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    half_way(&world, folder.path()).await;
    let over = "run --simulate --batch-size 2 --time-scale 400";
    let record = shown(&folder.path().join("other"));
    run(&format!(
        "{over} --database-url {} --record {record}",
        world.url()
    ))
    .await
    .says("2 runs completed");
    let unfinished = monitor(&world, "--once").await;
    unfinished.exits(0).says("Batch 1 ·");
    let named = monitor(&world, "--once --batch 2").await;
    named
        .exits(0)
        .says("Batch 2 ·")
        .says("SIMULATED 400:1 · over")
        .says(" of plan time: ")
        .says("postings: 2 completed, 0 failed");
}

#[tokio::test]
async fn the_batch_that_is_watched_stays_until_a_newer_one_begins() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let record = shown(&folder.path().join("record"));
    run(&format!(
        "run --simulate --batch-size 2 --database-url {} --record {record}",
        world.url()
    ))
    .await
    .says("2 runs completed");
    let mut newest = Reader::new(world.url(), Vec::new(), None).unwrap();
    let mut named = Reader::new(world.url(), Vec::new(), Some(1)).unwrap();
    let seen = async |reader: &mut Reader| reader.look().await.unwrap().batch.batch_id;
    assert_eq!((seen(&mut newest).await, seen(&mut named).await), (1, 1));
    let begun = "INSERT INTO batches (workflow_id, workflow_hash, size) SELECT workflow_id, workflow_hash, size FROM batches;
        INSERT INTO workflow_runs (batch_id, workflow_id, posting_id) SELECT 2, workflow_id, posting_id FROM workflow_runs";
    sqlx::raw_sql(begun).execute(&world.pool).await.unwrap();
    assert_eq!((seen(&mut newest).await, seen(&mut named).await), (2, 1));
    let ended = "UPDATE workflow_runs SET status = 'cancelled', completed_at = clock_timestamp() WHERE batch_id = 2";
    sqlx::raw_sql(ended).execute(&world.pool).await.unwrap();
    assert_eq!(seen(&mut newest).await, 2, "it is over and stays");
}

#[tokio::test]
async fn what_cannot_be_watched_says_why() {
    let world = World::new().await;
    let empty = monitor(&world, "--once").await;
    empty.exits(5).says("does it have this version's schema?");
    run("monitor --once --database-url postgres://nobody@127.0.0.1:1/none")
        .await
        .exits(5)
        .says("is the database there");
    run("monitor --once --database-url nonsense").await.exits(4);
    run(&format!(
        "fetch --simulate --batch-size 1 --database-url {}",
        world.url()
    ))
    .await
    .exits(0);
    monitor(&world, "--once")
        .await
        .exits(4)
        .says("no batch in this database yet");
    monitor(&world, "--json --batch 977")
        .await
        .exits(4)
        .says("there is no batch 977");
    monitor(&world, "--once --json").await.exits(4);
    // A pipe is no terminal.
    monitor(&world, "").await.exits(4).says("--once");
}
