//! Plans on the command line: run by, judged by, and refused with their place.

use super::program::run;
use super::world::{World, shown, with_file};

const HEAD: &str = "+++\nid = \"TWO-1\"\nworkflow = 3001\nbatch_size = 2\n+++\n\n# Two postings\n\n\
    | Metric | Target | Acceptable | Red Flag |\n|---|---|---|---|\n";

fn plan(row: &str) -> String {
    format!("{HEAD}{row}\n")
}

#[tokio::test]
async fn a_run_follows_its_plan_and_another_plan_tells_what_it_changes() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let dir = with_file(
        &folder,
        "two.md",
        &plan("| Total duration | ≤ 2 hours | – | > 2 hours |"),
    );
    with_file(
        &folder,
        "strict.md",
        &plan("| Total duration | ≤ 1 s | – | > 1 s |"),
    );
    let record = shown(&folder.path().join("record.json"));
    let line = format!(
        "run --simulate --plan {dir}/two.md --time-scale 250 --database-url {} --record {record}",
        world.url()
    );
    let outcome = run(&line).await;
    outcome
        .exits(0)
        .says("TWO-1: 2 postings through workflow 3001")
        .says("two.md has 1 finding: 1 note: see batchproof plan check")
        .says("TWO-1 (")
        .says("≤ 2 h")
        .says(&format!("judge {record} --plan {dir}/two.md"));
    let own = run(&format!("judge {record} --plan {dir}/two.md")).await;
    own.exits(0);
    assert!(!own.stdout.contains("Judged by"), "{}", own.stdout);
    run(&format!("judge {record}"))
        .await
        .says("Judged by BATCH-50-001 (")
        .says("NOT the plan that the batch was run for");
    run(&format!("judge {record} --plan {dir}/strict.md"))
        .await
        .exits(1)
        .says("compared with the built-in plan")
        .says("Total duration: target (should) → RED (should)")
        .says("tiers now:    target ≤ 0.00028 h");
}

#[tokio::test]
async fn a_cell_that_is_no_figure_is_shown_by_line_and_column() {
    judged_by(plan("| Total duration | soon | – | > 6 hours |").as_bytes())
        .await
        .exits(4)
        .says("plan.md:11:20: expected a number")
        .says("found 'soon'");
}

#[tokio::test]
async fn an_unknown_key_of_the_front_matter_is_named() {
    let text = plan("| Skills | 100 % | – | < 95 % |").replace("batch_size", "batch");
    judged_by(text.as_bytes())
        .await
        .exits(4)
        .says("plan.md:4:1:")
        .says("`batch`");
}

#[tokio::test]
async fn a_text_without_tiers_is_no_plan() {
    judged_by(b"Test ID: A, Workflow 3001, Batch size: 5\n")
        .await
        .exits(4)
        .says("sets no tiers");
}

#[tokio::test]
async fn a_plan_that_is_no_text_says_from_where_on() {
    let mut bytes = plan("").into_bytes();
    bytes.push(0xE9);
    judged_by(&bytes)
        .await
        .exits(4)
        .says("not UTF-8 from line 12, column 1 on");
}

#[tokio::test]
async fn a_plan_of_another_workflow_is_refused() {
    let text = plan("| Skills | 100 % | – | < 95 % |").replace("3001", "4711");
    judged_by(text.as_bytes())
        .await
        .exits(4)
        .says("is for workflow 4711, and this version knows 3001 alone");
}

#[tokio::test]
async fn a_plan_that_is_not_there_is_named() {
    run("run --simulate --plan nowhere/plan.md")
        .await
        .exits(4)
        .says("the plan nowhere/plan.md cannot be read");
}

/// The plan is read before the record, which is not there.
async fn judged_by(bytes: &[u8]) -> super::program::Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("plan.md");
    std::fs::write(&path, bytes).unwrap();
    run(&format!("judge nowhere.json --plan {}", shown(&path))).await
}
