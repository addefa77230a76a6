//! Records in other forms: reports for CI systems, comparisons, analyses, the workflow as a picture.

use std::fs;

use super::program::run;
use super::world::{World, shown, with_file};

const NOVEMBER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../fixtures/records/november-2025.json"
);

#[tokio::test]
async fn a_report_is_written_in_every_form_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let junit = shown(&folder.path().join("junit.xml"));
    let outcome = run(&format!("report {NOVEMBER} --junit {junit} --markdown")).await;
    outcome
        .exits(0)
        .says("## BATCH-50-001: fix the data quality")
        .says("| Skills | must | 0 % of 50 |");
    let junit = fs::read_to_string(junit).unwrap();
    assert!(
        junit.contains("<testcase name=\"skills_completeness\""),
        "{junit}"
    );
    let markdown = shown(&folder.path().join("report.md"));
    let outcome = run(&format!("report {NOVEMBER} --markdown {markdown}")).await;
    assert_eq!(outcome.stdout, "");
    assert!(fs::read_to_string(markdown).unwrap().starts_with("## "));
}

#[tokio::test]
async fn a_report_of_no_form_is_what_judge_prints_and_no_verdict() {
    let (report, judged) = (
        run(&format!("report {NOVEMBER}")).await,
        run(&format!("judge {NOVEMBER}")).await,
    );
    report.exits(0);
    judged.exits(1);
    assert_eq!(report.stdout, judged.stdout);
}

#[tokio::test]
async fn a_report_that_cannot_be_written_names_its_place() {
    run(&format!(
        "report {NOVEMBER} --junit /proc/nowhere/junit.xml"
    ))
    .await
    .exits(5)
    .says("cannot be written to /proc/nowhere/junit.xml");
}

#[tokio::test]
async fn published_runs_are_compared_by_name_and_what_is_no_equal_is_said_first() {
    let outcome = run("compare run-195 november-2025").await;
    outcome
        .exits(0)
        .says("Both were put together from published figures")
        .says("Average per posting: 291.9 s → 148.4 s")
        .says("proves next to nothing");
    let before = outcome.stdout.find("put together").unwrap();
    assert!(before < outcome.stdout.find("Criteria:").unwrap());
}

#[tokio::test]
async fn a_name_that_is_neither_a_file_nor_a_published_run_is_refused_with_those_that_are() {
    run("compare november-2025 run-196")
        .await
        .exits(4)
        .says("no record at run-196")
        .says("november-2025 or run-195");
}

#[tokio::test]
async fn a_file_goes_before_a_published_run_of_its_name() {
    let folder = tempfile::tempdir().unwrap();
    with_file(&folder, "run-195", "{}");
    let mut command = super::program::batchproof("compare run-195 november-2025");
    command.current_dir(folder.path());
    super::program::finish(command)
        .await
        .exits(4)
        .says("run-195 is JSON but no run record");
}

#[tokio::test]
async fn a_database_is_analysed_as_the_record_that_was_collected_from_it() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let (url, record) = (world.url(), shown(&folder.path().join("record.json")));
    run(&format!("analyse failures --database-url {url}"))
        .await
        .exits(5);
    run(&format!(
        "run --simulate --batch-size 2 --time-scale 250 --database-url {url} --record {record}"
    ))
    .await
    .exits(0);
    for analysis in ["performance", "bottlenecks", "failures"] {
        let of_record = run(&format!("analyse {analysis} {record} --json")).await;
        let of_database = run(&format!("analyse {analysis} --database-url {url} --json")).await;
        of_record.exits(0);
        assert_eq!(of_record.stdout, of_database.exits(0).stdout);
        let figures: serde_json::Value = serde_json::from_str(&of_record.stdout).unwrap();
        assert!(figures.is_object());
    }
    run(&format!(
        "analyse performance --database-url {url} --batch 99"
    ))
    .await
    .exits(5)
    .says("no batch 99");
}

#[tokio::test]
async fn an_analysis_needs_a_record_or_a_database_and_not_both() {
    run("analyse performance")
        .await
        .exits(4)
        .says("--database-url");
    run(&format!(
        "analyse performance {NOVEMBER} --database-url postgres://x"
    ))
    .await
    .exits(4);
}

#[tokio::test]
async fn the_workflow_is_drawn() {
    run("workflow show")
        .await
        .exits(0)
        .says("flowchart TD")
        .says("step3335[\"3335 extract<br>llama3.2:latest\"]");
}
