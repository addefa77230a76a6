//! `--cassette` and `--replay`: what is recorded is replayed, and what cannot be is refused with its reason.

use std::fs;
use std::path::{Path, PathBuf};

use batchproof::record::{self, RunRecord, ServerKind};
use fixtures::postings::SyntheticPosting;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::program::{Outcome, run};
use super::world::{shown, with_file};

/// A cassette of two simulated postings, and the record of the run that it was recorded from.
struct Taped {
    folder: TempDir,
    outcome: Outcome,
}

impl Taped {
    async fn of(postings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let dir = shown(folder.path());
        let outcome = run(&format!(
            "run --simulate --time-scale 1000 --batch-size 2 {postings} --cassette {dir}/tape --record {dir}/recorded.json"
        ))
        .await;
        // Its verdicts are of the machine's time, too, and none of these tests is about them.
        outcome.says("2 runs completed");
        Self { folder, outcome }
    }

    fn tape(&self) -> PathBuf {
        self.folder.path().join("tape")
    }

    fn record(&self, name: &str) -> RunRecord {
        record::load(&self.folder.path().join(name)).unwrap()
    }

    async fn replay(&self, flags: &str) -> Outcome {
        let dir = shown(self.folder.path());
        run(&format!(
            "run --replay {dir}/tape --record {dir}/replayed.json {flags}"
        ))
        .await
    }

    /// Changes what is written on the cassette.
    fn relabel(&self, change: impl Fn(&mut Value)) {
        let path = self.tape().join("cassette.json");
        let mut manifest = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        change(&mut manifest);
        fs::write(path, manifest.to_string()).unwrap();
    }
}

/// What a run made of its postings: everything but times and ids.
fn content(record: &RunRecord) -> Vec<Value> {
    let answers = |run: i64| {
        let rows = record.interactions.iter();
        let mut rows: Vec<_> = rows.filter(|row| row.workflow_run_id == run).collect();
        rows.sort_by_key(|row| row.conversation_id);
        let told =
            |row: &&record::Interaction| json!([row.conversation_id, row.status, row.output]);
        rows.iter().map(told).collect::<Vec<_>>()
    };
    let mut content: Vec<Value> = record
        .runs
        .iter()
        .map(|run| {
            let posting = record
                .postings
                .iter()
                .find(|it| it.posting_id == run.posting_id);
            let id = &posting.unwrap().external_id;
            json!([id, run.status, answers(run.workflow_run_id)])
        })
        .collect();
    content.sort_by_key(ToString::to_string);
    content
}

#[tokio::test]
async fn a_replay_gives_the_same_answers_and_says_that_it_is_one() {
    let taped = Taped::of("").await;
    let replayed = taped.replay("").await;
    replayed
        .exits(2)
        .says("BATCH-50-001: REPLAYED postings through workflow 3001; REPLAYED model server, from ")
        .says("from a SIMULATED one at 1000:1")
        .says("REPLAYED SIMULATED postings")
        .says("Total duration (should), ")
        .says("Validity: nothing speaks against the evidence.")
        .never_says("stale");
    let (recorded, record) = (taped.record("recorded.json"), taped.record("replayed.json"));
    assert_eq!(content(&record), content(&recorded));
    assert_eq!(record.mode.model_server, ServerKind::Replayed);
    let path = shown(&taped.folder.path().join("replayed.json"));
    run(&format!("judge {path}"))
        .await
        .exits(2)
        .says("REPLAYED");
    taped.outcome.never_says("REPLAYED");
}

#[tokio::test]
async fn no_contact_and_no_secret_of_a_posting_is_in_the_cassette_and_its_replay_finds_every_answer()
 {
    let folder = tempfile::tempdir().unwrap();
    let mut postings = fixtures::postings::postings(7, 12).into_iter();
    for _ in 0..2 {
        let mut posting = postings.find(SyntheticPosting::is_acceptable).unwrap();
        let info = &mut posting.detail["jobPostingInfo"];
        let text = info["jobDescription"].as_str().unwrap();
        info["jobDescription"] = format!(
            "{text}<p>Ask <b>Jane</b>: <a href=\"mailto:jane.doe@bank.example\">jane.doe<wbr>@bank.example</a>, \
             +49 69 910-12345, https://jane:hunter2@intranet.example/</p>"
        )
        .into();
        let name = format!("{}.json", posting.external_id);
        with_file(&folder, &name, &posting.detail.to_string());
    }
    let taped = Taped::of(&format!("--postings {}", shown(folder.path()))).await;
    let kept = everything_in(&taped.tape());
    for secret in ["jane.doe", "bank.example\"", "910-12345", "hunter2"] {
        assert!(!kept.contains(secret), "{secret} is in the cassette");
    }
    assert!(kept.contains("person@example.invalid") && kept.contains("+00 000 0000000"));
    taped.replay("").await.exits(2);
    assert_eq!(
        content(&taped.record("replayed.json")),
        content(&taped.record("recorded.json"))
    );
}

fn everything_in(dir: &Path) -> String {
    let entries = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let texts = entries.map(|path| {
        if path.is_dir() {
            everything_in(&path)
        } else {
            fs::read_to_string(path).unwrap()
        }
    });
    texts.collect()
}

#[tokio::test]
async fn a_cassette_that_is_not_there_is_called_missing() {
    let outcome = run("run --replay nowhere").await;
    outcome.exits(4).says("there is no cassette in nowhere");
}

#[tokio::test]
async fn a_recording_that_died_or_was_stopped_is_refused_with_the_reason() {
    let taped = Taped::of("").await;
    taped.relabel(|manifest| manifest["state"] = json!({"is": "recording"}));
    let outcome = taped.replay("").await;
    outcome
        .exits(4)
        .says("is incomplete: its run is still under way, or died");
    taped.relabel(|manifest| {
        manifest["state"] = json!({"is": "incomplete", "why": "somebody stopped it"});
    });
    let outcome = taped.replay("").await;
    outcome.exits(4).says("is incomplete: somebody stopped it");
}

#[tokio::test]
async fn a_cassette_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let dir = with_file(&folder, "notes.txt", "mine");
    let outcome = run(&format!(
        "run --simulate --batch-size 1 --cassette {dir} --record {dir}/r.json"
    ))
    .await;
    outcome.exits(4).says("expected a new or an empty folder");
    assert_eq!(
        fs::read_to_string(folder.path().join("notes.txt")).unwrap(),
        "mine"
    );
}

#[tokio::test]
async fn what_decides_the_requests_blocks_a_replay_by_its_cause_and_the_rest_is_told() {
    let taped = Taped::of("").await;
    let outcome = taped.replay("--model grade_a=mistral:latest").await;
    outcome
        .exits(4)
        .says("is stale")
        .says("model: grade_a was asked of gemma2:latest, and is asked of mistral:latest now")
        .says("Record it again: rm -r ")
        .says("batchproof run --simulate --seed 42 --time-scale 1000 --batch-size 2 --cassette ");
    taped.relabel(|manifest| {
        let made_with = &mut manifest["state"]["made_with"];
        made_with["steps"]["extract"]["prompt_sha256"] = json!("0");
    });
    let outcome = taped.replay("").await;
    outcome
        .exits(4)
        .says("prompt: that of extract has another text now");

    let told = Taped::of("").await;
    told.relabel(|manifest| {
        let made_with = &mut manifest["state"]["made_with"];
        made_with["plan"]["sha256"] = json!("0".repeat(64));
        made_with["models"]["gemma2:latest"] = json!("0".repeat(64));
    });
    let outcome = told.replay("").await;
    outcome
        .exits(2)
        .says("the cassette is stale, plan: it was recorded for BATCH-50-001 (000000000000)")
        .says("the cassette is stale, model digest: gemma2:latest was 000000000000")
        .says("STALE (");
}

#[tokio::test]
async fn a_request_without_a_recording_ends_the_replay_with_the_nearest_one() {
    let taped = Taped::of("").await;
    let path = taped.tape().join("exchanges.ndjson");
    let text = fs::read_to_string(&path).unwrap();
    let is_skills = |line: &&str| line.contains("Task: skills");
    let missing = text.lines().find(is_skills).unwrap();
    let rest: String = text
        .split_inclusive('\n')
        .filter(|line| line.trim_end() != missing)
        .collect();
    fs::write(&path, &rest).unwrap();
    let outcome = taped.replay("").await;
    outcome.exits(4).says("was changed: expected");

    let hash = format!("{:x}", <sha2::Sha256 as sha2::Digest>::digest(&rest));
    taped.relabel(|manifest| manifest["state"]["sha256"] = json!(hash));
    let outcome = taped.replay("").await;
    outcome
        .exits(5)
        .says("BROKE OFF: the cassette has no answer to POST /api/generate of the model server")
        .says("prompt \"Task: skills\")")
        .says("differs first in prompt at line 2, column ");
}

#[tokio::test]
async fn the_cassette_that_comes_with_the_program_is_not_stale_and_is_replayed() {
    let tape = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/cassettes/simulated");
    let folder = tempfile::tempdir().unwrap();
    let (tape, record) = (shown(&tape), shown(&folder.path().join("record.json")));
    let outcome = run(&format!("run --replay {tape} --record {record}")).await;
    outcome
        .exits(2)
        .says("Validity: nothing speaks against the evidence.")
        .never_says("stale");
}
