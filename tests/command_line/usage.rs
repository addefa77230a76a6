//! Command lines that cannot be carried out, and those that only ask.

use super::program::{batchproof, finish, run};

#[tokio::test]
async fn a_run_without_a_model_server_says_how_to_name_one() {
    let outcome = run("run").await;
    outcome
        .exits(4)
        .says("--ollama URL")
        .says("OLLAMA_HOST")
        .says("--simulate");
}

#[tokio::test]
async fn a_run_without_postings_says_how_to_name_them() {
    let outcome = run("run --ollama http://127.0.0.1:1").await;
    outcome
        .exits(4)
        .says("--source workday")
        .says("--postings DIR")
        .says("--posting-ids IDS")
        .says("--simulate");
}

#[tokio::test]
async fn the_model_server_may_be_named_by_the_environment() {
    let mut command = batchproof("run");
    command.env("OLLAMA_HOST", "127.0.0.1:1");
    finish(command).await.exits(4).says("which postings?");
}

#[tokio::test]
async fn a_model_server_that_is_no_address_is_shown() {
    let outcome = run("run --simulate --ollama http://").await;
    outcome.exits(4).says("found 'http://'");
}

#[tokio::test]
async fn an_unknown_flag_is_named() {
    run("run --simulate --bogus")
        .await
        .exits(4)
        .says("'--bogus'");
}

#[tokio::test]
async fn a_batch_of_none_is_refused() {
    let outcome = run("run --simulate --batch-size 0").await;
    outcome
        .exits(4)
        .says("--batch-size")
        .says("a whole number from 1");
}

#[tokio::test]
async fn postings_by_id_need_the_database_that_has_them() {
    let outcome = run("run --simulate --posting-ids 1,2").await;
    outcome.exits(4).says("--database-url");
}

#[tokio::test]
async fn a_fetch_from_nowhere_says_where_from_it_could_be() {
    let outcome = run("fetch --database-url postgres://nobody@127.0.0.1:1/none").await;
    outcome
        .exits(4)
        .says("--source workday")
        .says("--postings DIR")
        .says("--simulate");
}

#[tokio::test]
async fn help_and_version_are_no_mistakes() {
    let help = run("run --help").await;
    help.exits(0).says("--simulate").says("--posting-ids");
    let codes = run("--help").await;
    codes
        .exits(0)
        .says("130  interrupted")
        .says("4    bad plan, input or usage");
    let version = run("--version").await;
    version.exits(0).says(env!("CARGO_PKG_VERSION"));
}
