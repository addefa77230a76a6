//! A whole small run, its record, and the record judged again.
//!
//! At 250:1, not 1000:1: of a batch of two, the machine's own milliseconds would be a good part there.

use batchproof::record::{self, Texts};

use super::program::{Outcome, batchproof, run};
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
    outcome.exits(4).says("schema_version 99, expected 1 to 5");
}

#[tokio::test]
async fn a_redacted_run_keeps_no_text_and_is_judged_offline_as_it_was() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let path = shown(&folder.path().join("record.json"));
    let run = simulated(&world, "--redact", &path).await;
    let saved = record::load(&folder.path().join("record.json")).unwrap();
    assert_eq!(saved.texts, Texts::Redacted);
    for posting in &saved.postings {
        assert!(
            posting.description.starts_with("sha256:"),
            "{}",
            posting.description
        );
    }
    let judged = super::program::run(&format!("judge {path}")).await;
    assert!(
        run.stdout.contains(judged.stdout.trim_end()),
        "{}\n{}",
        run.stdout,
        judged.stdout
    );
}

#[tokio::test]
async fn a_record_is_shown_redacted_and_laid_beside_another() {
    let folder = tempfile::tempdir().unwrap();
    let redacted = shown(&folder.path().join("redacted.json"));
    run(&format!("record redact {VERSION_1} {redacted}"))
        .await
        .exits(0)
        .says(&redacted);
    run(&format!("record show {redacted}"))
        .await
        .exits(0)
        .says("taken out");
    let same = run(&format!("record diff {VERSION_1} {redacted}")).await;
    same.says("texts: kept → taken out");
    let differing = run(&format!("record diff {VERSION_1} {NOVEMBER}")).await;
    differing
        .exits(1)
        .says("Skills: target (100 %) → RED (0 %)");
}

#[tokio::test]
async fn a_record_is_never_replaced_by_its_copy_and_another_file_only_by_force() {
    let folder = tempfile::tempdir().unwrap();
    let dir = with_file(
        &folder,
        "record.json",
        &std::fs::read_to_string(VERSION_1).unwrap(),
    );
    let (record, copy) = (format!("{dir}/record.json"), format!("{dir}/copy.json"));
    let linked = format!("{dir}/linked.json");
    std::os::unix::fs::symlink(&record, &linked).unwrap();
    for same in [&record, &linked] {
        run(&format!("record redact {record} {same} --force"))
            .await
            .exits(4)
            .says("is the record itself");
    }
    let redact = format!("record redact {record} {copy}");
    run(&redact).await.exits(0);
    run(&redact)
        .await
        .exits(4)
        .says("copy.json is there already")
        .says("--force");
    run(&format!("{redact} --force")).await.exits(0);
    let kept = std::fs::read_to_string(&record).unwrap();
    assert_eq!(kept, std::fs::read_to_string(VERSION_1).unwrap());
}

#[tokio::test]
async fn a_report_is_one_page_and_exits_with_0_whatever_is_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/report.html");
    let told = run(&format!("report {NOVEMBER} --html {}", shown(&path))).await;
    told.exits(0).says("Report: ").says(" KiB)");
    let page = std::fs::read_to_string(&path).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"));
    assert!(
        page.contains("Fix the data quality"),
        "the decision stands in it"
    );
}

#[tokio::test]
async fn a_report_of_nothing_exits_with_4_and_one_that_cannot_be_written_with_5() {
    run("report nowhere.json --html report.html").await.exits(4);
    run(&format!("report {NOVEMBER} --html {NOVEMBER}/report.html"))
        .await
        .exits(5)
        .says("the report cannot be written to");
}

#[tokio::test]
async fn records_that_do_not_differ_exit_with_0_and_missing_ones_with_4() {
    let same = run(&format!("record diff {NOVEMBER} {NOVEMBER}")).await;
    same.exits(0).says("Verdicts: no difference");
    for command in [
        "show nowhere.json",
        "diff nowhere.json nowhere.json",
        "redact nowhere.json other.json",
    ] {
        run(&format!("record {command}"))
            .await
            .exits(4)
            .says("there is no record at nowhere.json");
    }
}

#[tokio::test]
async fn two_records_are_judged_by_the_plan_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let plan = "+++\nid = \"ONE-1\"\nworkflow = 3001\nbatch_size = 50\n+++\n\n\
        | Metric | Target | Acceptable | Red Flag |\n|---|---|---|---|\n| Skills | 100 % | ≥ 0 % | < 0 % |\n";
    let dir = with_file(&folder, "one.md", plan);
    let differing = run(&format!(
        "record diff {VERSION_1} {NOVEMBER} --plan {dir}/one.md"
    ))
    .await;
    differing
        .exits(1)
        .says("Skills: target (100 %) → acceptable (0 %)")
        .says("one.md has ");
    run("record diff nowhere.json nowhere.json --plan nowhere/plan.md")
        .await
        .exits(4)
        .says("the plan nowhere/plan.md cannot be read");
}

#[tokio::test]
async fn a_reader_who_has_seen_enough_does_not_change_the_exit_code() {
    let (reader, closed) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = batchproof(&format!("judge {NOVEMBER}"));
    command.stdout(closed);
    let ended = command.spawn().unwrap().wait_with_output().await.unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
}

#[tokio::test]
async fn the_schema_is_printed_as_json() {
    let outcome = run("record schema").await;
    outcome.exits(0);
    let schema: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert_eq!(schema["title"], "RunRecord");
}

#[tokio::test]
async fn the_run_of_november_2025_is_a_failure() {
    let outcome = run(&format!("judge {NOVEMBER}")).await;
    outcome
        .exits(1)
        .says("RECONSTRUCTED")
        .says("0 of 50 postings completed");
}

const VERSION_1: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../fixtures/records/version-1.json"
);
const NOVEMBER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../fixtures/records/november-2025.json"
);

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
