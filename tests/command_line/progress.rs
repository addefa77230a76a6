//! What a run tells while it goes on, in each form.

use fixtures::ollama::{Fault, Mishap, OllamaSettings, Step};
use serde_json::Value;

use batchproof::record::{self, Ended};

use super::program::run;
use super::world::{World, folder_of, ollama, shown};

const SMALL: &str = "run --simulate --batch-size 2 --record";

#[tokio::test]
async fn a_quiet_run_prints_its_verdicts_and_tells_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let record = shown(&folder.path().join("record"));
    let outcome = run(&format!("{SMALL} {record} --quiet")).await;
    assert_eq!(outcome.stderr, "");
    outcome
        .says("Decision:")
        .says("Exit code")
        .says("SIMULATED");
}

#[tokio::test]
async fn a_quiet_run_that_fails_says_why() {
    let outcome = run("run --simulate --quiet --batch-size 2 --record /dev/null/record").await;
    outcome.exits(5).says("cannot save the record");
}

#[tokio::test]
async fn quiet_and_verbose_together_are_a_mistake_of_the_command_line() {
    for line in ["-q run --simulate -v", "run --simulate --quiet --verbose"] {
        let outcome = run(line).await;
        outcome
            .exits(4)
            .says("--quiet and --verbose contradict each other");
    }
}

#[tokio::test]
async fn for_programs_every_line_of_standard_error_is_an_object() {
    let folder = tempfile::tempdir().unwrap();
    let record = shown(&folder.path().join("record"));
    let outcome = run(&format!("{SMALL} {record} --log-format json -v")).await;
    let lines = objects(&outcome.stderr);
    let told = |kind: &str, phase: &str| {
        let is_it = |line: &&Value| line["kind"] == kind && line["phase"] == phase;
        lines.iter().filter(is_it).count()
    };
    for phase in ["preflight", "fetch", "promote", "execute", "collect"] {
        assert_eq!(
            (told("begin", phase), told("end", phase)),
            (1, 1),
            "{phase}"
        );
    }
    assert!(
        (1..=10).contains(&told("at", "execute")),
        "{}",
        outcome.stderr
    );
    assert!(
        lines.iter().all(|line| line["kind"] != "red"),
        "{}",
        outcome.stderr
    );
    outcome.says("Decision:");
}

#[tokio::test]
async fn for_programs_a_mistake_is_an_object_too() {
    for (line, code) in [
        ("run --bogus --log-format json", 4),
        ("run --log-format=json", 4),
        ("judge --log-format json /nowhere/record.json", 4),
    ] {
        let outcome = run(line).await;
        outcome.exits(code);
        let told = objects(&outcome.stderr);
        assert_eq!(told.len(), 1, "{}", outcome.stderr);
        assert_eq!(told[0]["level"], "ERROR");
    }
}

#[tokio::test]
async fn a_run_that_is_to_stop_on_red_says_what_is_certain_and_exits_with_what_is_missed() {
    let (world, folder) = (World::new().await, folder_of(40));
    // A model that answers nothing at all, slowly enough that all forty would take a quarter of a minute and more.
    let server = ollama(OllamaSettings {
        time_scale: 50.0,
        faults: vec![Fault::every(Step::Extract, Mishap::Nothing)],
        ..OllamaSettings::default()
    })
    .await;
    let record = folder.path().join("record");
    let line = format!(
        "run --stop-on-red --ollama {} --postings {} --batch-size 40 --database-url {} --record {}",
        server.url(),
        shown(folder.path()),
        world.url(),
        shown(&record),
    );
    let outcome = run(&line).await;
    outcome
        .exits(1)
        .says("       RED  ")
        .says("of 40 postings have failed: Completion rate (should) can reach")
        .says("and the red flag is below 90 %")
        .says("  stopping  a red flag is certain")
        .says("STOPPED ON RED")
        .says("Go on: batchproof run --resume");
    let saved = record::load(&record).unwrap();
    assert!(
        matches!(saved.ended, Ended::StoppedOnRed { .. }),
        "{:?}",
        saved.ended
    );
    assert!(saved.runs.iter().any(|run| run.status.is_open()));
    let again = run(&format!("judge {}", shown(&record))).await;
    again.exits(1).says("STOPPED ON RED");
}

fn objects(lines: &str) -> Vec<Value> {
    let object = |line: &str| {
        let value: Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("no object: {line}"));
        assert!(value.is_object(), "{line}");
        value
    };
    lines.lines().map(object).collect()
}
