//! `workflow check`: the lint, before anything runs.

use std::fs;
use std::path::Path;

use super::program::run;
use super::world::with_file;

const RUNNER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../runner");

#[tokio::test]
async fn the_built_in_workflow_has_no_findings() {
    run("workflow check")
        .await
        .exits(0)
        .says("workflow 3001")
        .says("no findings");
}

#[tokio::test]
async fn skills_that_are_never_saved_are_found_by_rule() {
    let folder = tempfile::tempdir().unwrap();
    let broken = definition().replace("writes = [\"skill_keywords\"]\n", "");
    let dir = with_file(&folder, "broken.toml", &broken);
    run(&format!("workflow check {dir}/broken.toml"))
        .await
        .exits(4)
        .says("skill_keywords is required")
        .says("[UnwrittenColumn]")
        .says("conversation 3350:")
        .says("[DeadEnd]")
        .says("2 findings");
}

#[tokio::test]
async fn a_workflow_with_findings_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let broken = definition().replace("writes = [\"skill_keywords\"]\n", "");
    let dir = with_file(&folder, "broken.toml", &broken);
    run(&format!(
        "run --simulate --batch-size 1 --workflow {dir}/broken.toml"
    ))
    .await
    .exits(4)
    .says("the workflow cannot be run")
    .says("[UnwrittenColumn]");
}

#[tokio::test]
async fn a_workflow_of_ones_own_is_run_in_place_of_the_built_in_one() {
    let folder = tempfile::tempdir().unwrap();
    let own = definition().replace("\nid = 3001\n", "\nid = 3002\n");
    let dir = with_file(&folder, "own.toml", &own);
    let record = folder.path().join("record.json");
    run(&format!(
        "run --simulate --batch-size 1 --workflow {dir}/own.toml --record {}",
        record.display()
    ))
    .await
    .exits(0)
    .says("workflow 3002");
}

#[tokio::test]
async fn a_definition_that_cannot_be_read_is_named_with_the_place() {
    let folder = tempfile::tempdir().unwrap();
    let dir = with_file(&folder, "broken.toml", "id = 3001\nname = oops\n");
    let outcome = run(&format!("workflow check {dir}/broken.toml")).await;
    outcome.exits(4).says("broken.toml").says("line 2");
}

/// The built-in definition, its prompts named by where they lie.
fn definition() -> String {
    let text = fs::read_to_string(Path::new(RUNNER).join("workflows/3001.toml")).unwrap();
    text.replace("../prompts", &format!("{RUNNER}/prompts"))
}
