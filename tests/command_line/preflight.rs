//! `preflight`, alone and before a run: what it says, what it stops, and that it changes nothing.

use std::collections::BTreeMap;
use std::path::Path;

use fixtures::nvml::{Answer, Card, NvmlStandIn};
use fixtures::ollama::{ModelSpec, OllamaSettings};
use serde_json::Value;

use super::program::{Outcome, batchproof, finish, run};
use super::watchdog::left_behind;
use super::world::{World, folder_of, ollama, shown};

const GIB: u64 = 1 << 30;

/// A library that tells of one card, at work by so much.
fn card(percent: u32) -> NvmlStandIn {
    let card = Card {
        name: "NVIDIA GeForce RTX 4090".to_owned(),
        total: 24 * GIB,
        free: 23 * GIB,
        percent,
        ..Card::default()
    };
    NvmlStandIn::build(Answer::Success, &[card]).expect("a C compiler, which Batchproof needs")
}

/// Carries out a command line on a machine whose cards this library tells of.
async fn beside(library: &NvmlStandIn, arguments: &str) -> Outcome {
    let mut command = batchproof(arguments);
    command.env("BATCHPROOF_NVML", library.path());
    finish(command).await
}

/// Verdicts by check.
fn verdicts(outcome: &Outcome) -> BTreeMap<String, String> {
    let json: Value = serde_json::from_str(&outcome.stdout).expect(&outcome.stdout);
    assert_eq!(json["version"], 1);
    let findings = json["findings"].as_array().expect("findings").iter();
    let word = |finding: &Value, field: &str| finding[field].as_str().unwrap().to_owned();
    findings
        .map(|finding| (word(finding, "check"), word(finding, "verdict")))
        .collect()
}

#[tokio::test]
async fn a_machine_without_card_and_model_server_is_told_what_to_do_and_exits_with_5() {
    let world = World::new().await;
    let line = format!(
        "preflight --ollama http://127.0.0.1:1 --database-url {}",
        world.url()
    );
    let outcome = run(&line).await;
    outcome
        .exits(5)
        .says("warning  GPU             no NVIDIA driver here")
        .says("install the NVIDIA driver")
        .says("BLOCKS   model server    nobody answers at http://127.0.0.1:1/")
        .says("ollama serve")
        .says("ollama pull gemma2:latest && ollama pull llama3.2:latest && ollama pull qwen2.5:7b")
        .says("Not ready: 1 finding blocks a run");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(world.number(tables).await, 0, "it only looks");
}

#[tokio::test]
async fn a_machine_that_has_everything_is_ready_and_says_so_to_people_and_to_programs() {
    let (world, server, card) = (
        World::new().await,
        ollama(OllamaSettings::default()).await,
        card(3),
    );
    let line = format!(
        "preflight --ollama {} --gpu-memory 16GiB --database-url {}",
        server.url(),
        world.url()
    );
    beside(&card, &line)
        .await
        .exits(0)
        .says("NVIDIA GeForce RTX 4090 (24.0 GiB, 1.0 GiB of it used, 3 % busy); driver 580.95.05")
        .says("all stay loaded together")
        .says("Ready: nothing blocks a run");
    let told = beside(&card, &format!("{line} --json")).await;
    let verdicts = verdicts(told.exits(0));
    // Disk, memory and the watchdog's schedule are this machine's own.
    for check in [
        "gpu",
        "model_server",
        "models",
        "fit",
        "database",
        "schema",
        "connections",
        "stuck_interactions",
        "unfinished_batches",
        "clock",
    ] {
        assert_eq!(verdicts[check], "fine", "{check}: {}", told.stdout);
    }
    assert_eq!(verdicts.len(), 14);
}

#[tokio::test]
async fn without_a_database_url_a_throw_away_one_is_tried_and_a_wrong_one_blocks() {
    let server = ollama(OllamaSettings::default()).await;
    let line = format!("preflight --json --ollama {}", server.url());
    let told = run(&line).await;
    assert_eq!(verdicts(told.exits(0))["database"], "note");
    let wrong = "postgres://teller:hunter2@127.0.0.1:1/ledger";
    let told = run(&format!("{line} --database-url {wrong}")).await;
    told.exits(5).never_says("hunter2");
    assert_eq!(verdicts(&told)["database"], "blocking");
}

#[tokio::test]
async fn what_earlier_batches_left_is_told_with_the_commands_that_put_it_right() {
    let (world, server) = (World::new().await, ollama(OllamaSettings::default()).await);
    left_behind(&world).await;
    let expired =
        "UPDATE interactions SET lease_expires_at = clock_timestamp() - interval '1 minute'";
    sqlx::query(expired).execute(&world.pool).await.unwrap();
    let line = format!(
        "preflight --ollama {} --database-url {}",
        server.url(),
        world.url()
    );
    run(&line)
        .await
        .exits(0)
        .says("batch 1: 2 interactions lost their worker, the oldest 8 min ago")
        .says("batchproof watchdog --database-url URL --dry-run")
        .says("batch 1 (2 of 2 postings open)")
        .says("batchproof run --resume 1");
}

#[tokio::test]
async fn a_run_stops_at_what_blocks_it_before_anything_is_changed_and_goes_on_when_forced() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    left_behind(&world).await;
    let at_work = "UPDATE workers SET ended_at = NULL, lease_expires_at = clock_timestamp() + interval '1 hour'";
    sqlx::query(at_work).execute(&world.pool).await.unwrap();
    let server = ollama(OllamaSettings::default()).await;
    let line = format!(
        "run --ollama {} --gpu-memory 16GiB --posting-ids {} --database-url {} --record {}/record",
        server.url(),
        world.posting_ids().await,
        world.url(),
        shown(folder.path())
    );
    let batches = "SELECT count(*) FROM batches";
    run(&line)
        .await
        .exits(5)
        .says("this machine is not ready")
        .says("at work now: batch 1")
        .says("batchproof work --batch 1");
    assert_eq!(world.number(batches).await, 1);
    run(&format!("{line} --force"))
        .await
        .says("FORCED past open batches")
        .never_says("not ready");
    assert_eq!(world.number(batches).await, 2);
}

#[tokio::test]
async fn force_makes_no_model_appear() {
    let (world, folder) = (World::new().await, folder_of(1));
    let server = ollama(OllamaSettings {
        models: ModelSpec::all_known()
            .into_iter()
            .filter(|model| model.name != "qwen2.5:7b")
            .collect(),
        ..OllamaSettings::default()
    })
    .await;
    let dir = shown(folder.path());
    run(&format!(
        "run --force --ollama {} --postings {dir} --database-url {} --record {dir}/record",
        server.url(),
        world.url()
    ))
    .await
    .exits(5)
    .says("FORCED past models")
    .says("ollama pull qwen2.5:7b");
}

/// The samples of graphics cards in a record.
fn gpu_of(record: &Path) -> Value {
    let text = std::fs::read_to_string(record).unwrap();
    let mut record: Value = serde_json::from_str(&text).unwrap();
    record["gpu"].take()
}

#[tokio::test]
async fn a_run_on_a_real_server_has_its_cards_in_the_record_and_a_simulated_one_has_not() {
    let (folder, card) = (folder_of(2), card(61));
    let server = ollama(OllamaSettings::default()).await;
    let (dir, record) = (shown(folder.path()), folder.path().join("record"));
    let parts = format!(
        "--postings {dir} --batch-size 2 --record {}",
        shown(&record)
    );
    let real = format!("run --ollama {} --gpu-memory 16GiB {parts}", server.url());
    beside(&card, &real)
        .await
        .never_says("nobody sampled the GPU");
    let samples = gpu_of(&record);
    let first = &samples[0];
    assert_eq!(first["utilisation_percent"], 61.0, "{samples}");
    assert_eq!(first["memory_used"], GIB, "{samples}");

    let simulated = format!("run --simulate {parts}");
    let outcome = beside(&card, &simulated).await;
    outcome.says("nobody sampled the GPU");
    assert_eq!(gpu_of(&record), Value::Null);
    let told = outcome
        .stderr
        .lines()
        .filter(|line| line.contains("preflight"));
    assert_eq!(told.count(), 1, "{}", outcome.stderr);
}
