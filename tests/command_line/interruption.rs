//! Ctrl-C: the first in good order, the second at once.

use std::time::Duration;

use batchproof::record::{self, Ended};
use fixtures::ollama::{Fault, Mishap, Occasion, OllamaSettings, OllamaStandIn};
use tempfile::TempDir;

use super::program::{Running, batchproof, run};
use super::world::{World, folder_of, ollama, shown};

/// Work that a runner has begun or leased.
const HELD: &str = "SELECT count(*) FROM interactions
    WHERE status IN ('pending', 'running') AND (claimed_by IS NOT NULL OR status = 'running')";
const RUNNING: &str = "SELECT count(*) FROM interactions WHERE status = 'running'";
/// Attempts that were begun and given up.
const BROKEN_OFF: &str = "SELECT count(*) FROM interaction_attempts
    WHERE ended_as = 'released' AND started_at IS NOT NULL";

#[tokio::test]
async fn an_interrupted_run_lets_calls_end_saves_its_record_and_holds_nothing() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let record = folder.path().join("record.json");
    let mut command = batchproof("run --simulate --batch-size 2 --time-scale 20 --database-url");
    command.arg(world.url()).arg("--record").arg(&record);
    let running = Running::start(command);
    world.reaches(1, RUNNING).await;
    running.signal("INT").await;
    let outcome = running.end().await;
    outcome
        .exits(130)
        .says("stopping")
        .says("INTERRUPTED: the record is incomplete");
    assert_eq!(world.number(HELD).await, 0);
    assert_eq!(
        world.number(BROKEN_OFF).await,
        0,
        "calls were cut short within the grace"
    );
    let saved = record::load(&record).unwrap();
    assert_eq!((saved.complete, &saved.ended), (false, &Ended::Interrupted));
    let judged = run(&format!("judge {}", shown(&record))).await;
    judged.exits(130).says("INTERRUPTED");
}

#[tokio::test]
async fn a_call_that_hangs_holds_an_interrupted_run_no_longer_than_the_grace() {
    let hung = HungRun::start().await;
    hung.running.signal("TERM").await;
    // Ten seconds of grace, and a busy machine's own time.
    let ended = tokio::time::timeout(Duration::from_secs(30), hung.running.end()).await;
    ended
        .expect("it waits for a call that never ends")
        .exits(130)
        .says("INTERRUPTED");
    assert_eq!(hung.world.number(HELD).await, 0);
    assert!(hung.world.number(BROKEN_OFF).await > 0, "no call hung");
    let saved = record::load(&hung.folder.path().join("record")).unwrap();
    assert_eq!(saved.ended, Ended::Interrupted);
}

#[tokio::test]
async fn a_second_signal_ends_a_run_at_once_and_says_what_is_lost() {
    let mut hung = HungRun::start().await;
    hung.running.signal("INT").await;
    hung.running.says("stopping").await;
    hung.running.signal("INT").await;
    let outcome = hung.running.end().await;
    outcome
        .exits(130)
        .says("the record ends with its last checkpoint")
        .says("leases");
    let left = record::load(&hung.folder.path().join("record")).unwrap();
    assert_eq!(
        left.ended,
        Ended::UnderWay,
        "it waited for its grace to pass"
    );
}

/// A run whose every call takes its slot and never answers.
struct HungRun {
    running: Running,
    world: World,
    folder: TempDir,
    _server: OllamaStandIn,
}

impl HungRun {
    async fn start() -> Self {
        let (world, folder) = (World::new().await, folder_of(1));
        let hang = Fault {
            step: None,
            occasion: Occasion::Every,
            mishap: Mishap::Hang,
        };
        let server = ollama(OllamaSettings {
            faults: vec![hang],
            ..OllamaSettings::default()
        })
        .await;
        let dir = shown(folder.path());
        let running = Running::start(batchproof(&format!(
            "run --ollama {} --postings {dir} --batch-size 1 --database-url {} --record {dir}/record",
            server.url(),
            world.url(),
        )));
        world.reaches(1, RUNNING_CALLS).await;
        Self {
            running,
            world,
            folder,
            _server: server,
        }
    }
}

/// Calls to a model; a script ends by itself.
const RUNNING_CALLS: &str = "SELECT count(*) FROM interactions JOIN actors USING (actor_id)
    WHERE status = 'running' AND actor_type = 'ai_model'";
