//! kill -9 in mid-run: nothing half-written, the last checkpoint left behind, and the next run succeeds.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use batchproof::record::{self, Ended, RunRecord};

use super::program::{Running, batchproof, finish, run};
use super::world::{World, shown};

/// What the schema promises, each as a count of rows that break it.
const PROMISES: [(&str, &str); 4] = [
    (
        "a completed writer whose column is empty",
        "SELECT count(*) FROM interactions i
         JOIN conversations c USING (conversation_id) JOIN postings p USING (posting_id)
         WHERE i.status = 'completed'
           AND ('extracted_summary' = ANY (c.writes) AND p.extracted_summary IS NULL
             OR 'skill_keywords' = ANY (c.writes) AND p.skill_keywords IS NULL
             OR 'ihl_score' = ANY (c.writes) AND p.ihl_score IS NULL
             OR 'ihl_category' = ANY (c.writes) AND p.ihl_category IS NULL)",
    ),
    (
        "a column that no completed writer wrote",
        "SELECT count(*) FROM postings p
         WHERE p.extracted_summary IS NOT NULL AND NOT EXISTS (
             SELECT FROM interactions i JOIN conversations c USING (conversation_id)
             WHERE i.posting_id = p.posting_id AND i.status = 'completed'
               AND 'extracted_summary' = ANY (c.writes))",
    ),
    (
        "a final run with open work",
        "SELECT count(*) FROM workflow_runs r JOIN interactions i USING (workflow_run_id)
         WHERE r.completed_at IS NOT NULL AND i.status IN ('pending', 'running')",
    ),
    (
        "an open run with nothing left to do",
        "SELECT count(*) FROM workflow_runs r
         WHERE r.completed_at IS NULL AND NOT EXISTS (
             SELECT FROM interactions i
             WHERE i.workflow_run_id = r.workflow_run_id AND i.status IN ('pending', 'running'))",
    ),
];

#[tokio::test]
async fn a_killed_run_leaves_its_last_checkpoint_and_nothing_half_written_and_the_same_command_then_succeeds()
 {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let simulated = |time_scale: u32| {
        let mut command = batchproof("run --simulate --batch-size 2");
        command
            .args(["--time-scale", &time_scale.to_string()])
            .args(["--checkpoint-every", "0.1"])
            .args(["--database-url", world.url()])
            .args(["--record", &shown(&folder.path().join("record"))]);
        command
    };
    let killed = Running::start(simulated(20));
    world.reaches(12, COMPLETED).await;
    tells_of_work(&folder.path().join("record")).await;
    killed.signal("KILL").await;
    killed.end().await.never_says("Record:");
    assert!(
        world.number(OPEN).await > 0,
        "it was over before it was killed"
    );
    for (broken, count) in PROMISES {
        assert_eq!(world.number(count).await, 0, "{broken}");
    }
    let left = record::load(&folder.path().join("record")).unwrap();
    assert_eq!((left.complete, &left.ended), (false, &Ended::UnderWay));
    assert!(completed(&left) > 0, "it is as old as the batch");
    let judged = run(&format!("judge {}", shown(&folder.path().join("record")))).await;
    judged.exits(130).says("NOT OVER: the record is incomplete");

    finish(simulated(250))
        .await
        .exits(0)
        .says("batch 2, 2 postings");
    let whole = record::load(&folder.path().join("record")).unwrap();
    assert_eq!((whole.complete, &whole.ended), (true, &Ended::Completed));
    for (broken, count) in PROMISES {
        assert_eq!(world.number(count).await, 0, "{broken}");
    }
}

#[tokio::test]
async fn the_throw_away_cluster_of_a_killed_run_goes_with_it() {
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    // Root's server runs as another user, who has to come in.
    fs::set_permissions(folder.path(), Permissions::from_mode(0o1777)).unwrap();
    let mut command = batchproof("run --simulate --time-scale 10 --record");
    command
        .arg(folder.path().join("record"))
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
        .env("TMPDIR", folder.path());
    let mut doomed = Running::start(command);
    doomed.says("throw-away database").await;
    assert_eq!(clusters_in(folder.path()), 1);
    doomed.signal("KILL").await;
    let gone = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        while clusters_in(folder.path()) > 0 {
            ticks.tick().await;
        }
    };
    let outcome = tokio::time::timeout(Duration::from_secs(30), gone).await;
    assert!(
        outcome.is_ok(),
        "the cluster stays after its run was killed"
    );
}

/// Returns when a checkpoint has been saved since the batch began.
async fn tells_of_work(path: &Path) {
    let saving = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        while completed(&record::load(path).unwrap()) == 0 {
            ticks.tick().await;
        }
    };
    let outcome = tokio::time::timeout(Duration::from_secs(30), saving).await;
    assert!(outcome.is_ok(), "no checkpoint was saved after the first");
}

fn completed(record: &RunRecord) -> usize {
    let rows = record.interactions.iter();
    rows.filter(|row| row.completed_at.is_some()).count()
}

const COMPLETED: &str = "SELECT count(*) FROM interactions WHERE status = 'completed'";
const OPEN: &str = "SELECT count(*) FROM workflow_runs WHERE completed_at IS NULL";

fn clusters_in(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().flatten();
    entries
        .filter(|entry| {
            entry
                .file_name()
                .to_string_lossy()
                .starts_with("batchproof-pg-")
        })
        .count()
}
