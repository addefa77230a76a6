//! Something that a run needs is not there: which, and what to do about it.

use std::time::Duration;

use fixtures::ollama::{ModelSpec, OllamaSettings};

use super::program::{batchproof, finish, run};
use super::world::{World, folder_of, ollama, shown};

/// A wrong address is told before any limit or back-off of ours could have passed.
const AT_ONCE: Duration = Duration::from_secs(8);

/// Nobody listens on port 1.
const NOBODY: &str = "postgres://teller:hunter2@127.0.0.1:1/ledger";

#[tokio::test]
async fn without_any_postgres_all_three_ways_are_named_with_what_each_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nowhere");
    let mut command = batchproof("run --simulate --record");
    command
        .arg(folder.path().join("record.json"))
        .env(
            "DOCKER_HOST",
            format!("unix://{}", nowhere.join("docker.sock").display()),
        )
        // Wherever the server programs are, a cluster needs a place for its data.
        .env("TMPDIR", &nowhere);
    finish(command)
        .await
        .exits(5)
        .says("1. DATABASE_URL: not set")
        .says("2. Docker: no engine answers")
        .says("3. local programs: ")
        .never_says("0 postings promoted");
}

#[tokio::test]
async fn a_wrong_database_url_of_the_environment_is_told_at_once_and_without_its_password() {
    let mut command = batchproof("run --simulate --record");
    let folder = tempfile::tempdir().unwrap();
    command
        .arg(folder.path().join("record.json"))
        .env("DATABASE_URL", NOBODY);
    let outcome = tokio::time::timeout(AT_ONCE, finish(command))
        .await
        .expect("it waited");
    outcome
        .exits(5)
        .says("DATABASE_URL is set, but")
        .says("127.0.0.1:1/ledger cannot be connected to")
        .says("unset it")
        .never_says("hunter2");
}

#[tokio::test]
async fn a_wrong_database_of_the_command_line_is_told_at_once_and_without_its_password() {
    let line = format!("promote --database-url {NOBODY}");
    let outcome = tokio::time::timeout(AT_ONCE, run(&line))
        .await
        .expect("it waited");
    outcome
        .exits(5)
        .says("teller@127.0.0.1:1/ledger cannot be connected to")
        .says("Connection refused")
        .never_says("hunter2")
        .never_says("tried again");
}

#[tokio::test]
async fn a_database_that_is_no_address_is_a_mistake_of_the_command_line() {
    let outcome = run("promote --database-url teller:hunter2").await;
    outcome
        .exits(4)
        .says("expected postgres://")
        .never_says("hunter2");
}

#[tokio::test]
async fn a_database_that_does_not_exist_is_named() {
    let world = World::new().await;
    let (server, _) = world.url().split_once("/batchproof_").unwrap();
    let outcome = run(&format!("promote --database-url {server}/batchproof_none")).await;
    outcome
        .exits(5)
        .says("batchproof_none")
        .says("does not exist");
}

#[tokio::test]
async fn a_model_server_that_does_not_answer_is_named_by_its_url() {
    let (world, record) = (World::new().await, tempfile::tempdir().unwrap());
    let line = format!(
        "run --simulate --ollama http://127.0.0.1:1 --database-url {} --record {}/r.json",
        world.url(),
        shown(record.path()),
    );
    let outcome = run(&line).await;
    outcome
        .exits(5)
        .says("http://127.0.0.1:1")
        .says("Connection refused")
        .says("ollama serve");
}

#[tokio::test]
async fn a_missing_model_comes_with_the_command_that_gets_it() {
    let (world, postings) = (World::new().await, folder_of(1));
    let server = ollama(OllamaSettings {
        models: ModelSpec::all_known()
            .into_iter()
            .filter(|model| model.name != "qwen2.5:7b")
            .collect(),
        ..OllamaSettings::default()
    })
    .await;
    let line = format!(
        "run --ollama {} --postings {folder} --database-url {} --record {folder}/record",
        server.url(),
        world.url(),
        folder = shown(postings.path()),
    );
    let outcome = run(&line).await;
    outcome
        .exits(5)
        .says("lacks qwen2.5:7b")
        .says("ollama pull qwen2.5:7b");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(world.number(tables).await, 0, "it began");
}

#[tokio::test]
async fn a_record_that_cannot_be_written_stops_a_run_before_anything_starts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let outcome = run(&format!(
        "run --simulate --record {}/record.json",
        shown(&file)
    ))
    .await;
    outcome
        .exits(5)
        .says("cannot save the record")
        .says("--record FILE");
    assert_eq!(outcome.stdout, "", "it began");
}
