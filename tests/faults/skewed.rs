//! A machine whose clock is three hours fast. Leases, limits and evidence go by the database's clock, so that nobody can
//! tell it from the others.

use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, TimeDelta, Utc};
use fixtures::ollama::OllamaSettings;
use serde_json::Value;

use super::checks;
use super::program::{Running, batchproof, finish};
use super::worker::stand_in;
use super::world::{World, folder_of, in_time};
use wave_runner::store::BatchId;

const SIZE: usize = 12;
/// The first worker has begun, and much is left for the second.
const BEGUN_WITH: i64 = 12;
const BEGUN: &str = "SELECT count(*) FROM interactions WHERE status = 'completed'";
/// What a watchdog, a lease sweep or a fence of another time would leave behind.
const TROUBLE: &str =
    "SELECT (SELECT count(*) FROM interaction_attempts) + (SELECT count(*) FROM workflow_errors)
                            + (SELECT count(*) FROM late_results)";
const WORKERS: &str =
    "SELECT count(DISTINCT claimed_by) FROM interactions WHERE started_at IS NOT NULL";

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_whose_clock_is_three_hours_fast_shares_a_batch_like_any_other() {
    let world = World::new().await;
    let slow = || OllamaSettings {
        time_scale: 500.0,
        ..OllamaSettings::default()
    };
    let (right, wrong) = (stand_in(slow()).await, stand_in(slow()).await);
    let folder = folder_of(SIZE);
    // Before the batch begins: a compiler takes longer than many a batch.
    let clock_ahead = clock_ahead(folder.path());
    let dir = folder.path().display();
    let record = folder.path().join("record");
    let first = Running::start(batchproof(&format!(
        "run --ollama {} --gpu-memory 16GiB --postings {dir} --batch-size {SIZE} --database-url {} --record {}",
        right.url(),
        world.url(),
        record.display(),
    )));
    world.reaches(BEGUN_WITH, BEGUN).await;
    let mut second = batchproof(&format!(
        "work --batch 1 --ollama {} --gpu-memory 16GiB --database-url {}",
        wrong.url(),
        world.url(),
    ));
    second.env("LD_PRELOAD", &clock_ahead);
    let (second, first) = tokio::join!(finish(second), in_time("the end", first.end()));
    second.exits(0);
    // That no real model writes so fast is seen, and nothing else speaks against the evidence.
    first.says("check failed: impossible figures");
    assert_eq!(first.stdout.matches("check failed").count(), 1);
    checks::hold(&world.pool, BatchId(1), &[&right, &wrong]).await;
    assert_eq!(world.number(WORKERS).await, 2, "one did it all");
    assert_eq!(world.number(TROUBLE).await, 0);
    happened_during_the_batch(&record);
}

/// Every exchange that anybody witnessed lies within the batch, by the database's clock.
fn happened_during_the_batch(record: &Path) {
    let record: Value = serde_json::from_slice(&std::fs::read(record).unwrap()).unwrap();
    let date = |value: &Value| value.as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    let second = TimeDelta::seconds(1);
    let began = date(&record["batch"]["started_at"]) - second;
    let ended = date(&record["batch"]["ended_at"]) + second;
    let exchanges = record["exchanges"].as_array().unwrap();
    for exchange in exchanges {
        let sent = date(&exchange["sent_at"]);
        assert!(began <= sent && sent <= ended, "{exchange}");
    }
    let mut witnesses: Vec<&str> = exchanges
        .iter()
        .filter_map(|exchange| exchange["worker"].as_str())
        .collect();
    witnesses.sort_unstable();
    witnesses.dedup();
    assert_eq!(witnesses.len(), 2, "{witnesses:?}");
}

/// The wrong clock, built and seen to be wrong.
fn clock_ahead(folder: &Path) -> PathBuf {
    let library = folder.join("clock_ahead.so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&library)
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/faults/clock_ahead.c"))
        .arg("-ldl")
        .status();
    assert!(built.unwrap().success(), "cc does not build the clock");
    let shown = |clock: Option<&Path>| -> i64 {
        let mut date = Command::new("date");
        date.arg("+%s")
            .envs(clock.map(|clock| ("LD_PRELOAD", clock)));
        let shown = String::from_utf8(date.output().unwrap().stdout).unwrap();
        shown.trim().parse().unwrap()
    };
    assert!(
        shown(Some(&library)) - shown(None) > 10_000,
        "the clock is right"
    );
    library
}
