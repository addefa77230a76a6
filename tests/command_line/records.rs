//! A whole small run, its record, and the record judged again.
//!
//! At 250:1, not 1000:1: of a batch of two, the machine's own milliseconds would be a good part there.

use super::program::{Outcome, run};
use super::world::{World, shown, with_file};

#[tokio::test]
async fn a_simulated_run_meets_the_plan_says_simulated_and_is_judged_the_same_offline() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let record = shown(&folder.path().join("deep/record.json"));
    let run = simulated(&world, "", &record).await;
    run.exits(0)
        .says("SIMULATED model server, 250:1; SIMULATED postings")
        .says("SIMULATED model server at 250:1 · SIMULATED postings · seed 42")
        .says(&format!("Record: {record}"));
    let judged = super::program::run(&format!("judge {record}")).await;
    judged.exits(0);
    assert!(
        run.stdout.contains(judged.stdout.trim_end()),
        "the run said\n{}\nand its record\n{}",
        run.stdout,
        judged.stdout
    );
}

#[tokio::test]
async fn on_a_gpu_for_one_model_parallel_grades_cannot_be_judged() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let record = shown(&folder.path().join("record.json"));
    let outcome = simulated(&world, "--sim-gpu-memory 6GiB", &record).await;
    outcome.exits(2).says("cannot co-reside");
    run(&format!("judge {record}")).await.exits(2);
}

#[tokio::test]
async fn a_record_that_is_not_there_is_called_missing() {
    let outcome = run("judge nowhere/record.json").await;
    outcome
        .exits(4)
        .says("there is no record at nowhere/record.json");
}

#[tokio::test]
async fn a_record_that_is_not_json_is_told_with_its_place() {
    judge("{\n  \"schema_version\": 1,\n")
        .await
        .exits(4)
        .says("is not JSON: line 3, column 0");
}

#[tokio::test]
async fn json_of_another_kind_is_no_record() {
    judge("{\"verdicts\": []}")
        .await
        .exits(4)
        .says("no run record")
        .says("schema_version");
}

#[tokio::test]
async fn a_record_of_another_schema_version_names_both_versions() {
    let outcome = judge("{\"schema_version\": 99}").await;
    outcome.exits(4).says("schema_version 99, expected 1 to 2");
}

async fn simulated(world: &World, more: &str, record: &str) -> Outcome {
    let line = format!(
        "run --simulate --batch-size 2 --time-scale 250 {more} --database-url {} --record {record}",
        world.url()
    );
    run(&line).await
}

async fn judge(text: &str) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let dir = with_file(&folder, "record.json", text);
    run(&format!("judge {dir}/record.json")).await
}
