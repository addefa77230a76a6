//! The disk is full when the record is to be saved: the batch is whole in the database all the same.

use std::process::Stdio;

use tokio::process::Command;

use super::program::finish;
use super::worker::{quick, stand_in};
use super::world::{World, folder_of};

const OPEN: &str = "SELECT count(*) FROM workflow_runs WHERE status <> 'completed'";
const COMPLETED: &str = "SELECT count(*) FROM workflow_runs WHERE status = 'completed'";

/// The program, whose files may not grow beyond some kilobytes: to it the disk is full, and to nobody else.
fn on_a_full_disk(arguments: &str) -> Command {
    let mut command = Command::new("sh");
    command
        // Without the trap the system would kill it, which no disk does.
        .args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_batchproof"))
        .args(arguments.split_whitespace())
        .env_remove("DATABASE_URL")
        .env_remove("OLLAMA_HOST")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_finds_no_room_costs_no_work_and_is_said() {
    let (world, models, folder) = (World::new().await, stand_in(quick()).await, folder_of(2));
    let dir = folder.path().display();
    let outcome = finish(on_a_full_disk(&format!(
        "run --ollama {} --gpu-memory 16GiB --postings {dir} --batch-size 2 --database-url {} --record {dir}/record",
        models.url(),
        world.url(),
    )))
    .await;
    outcome
        .exits(5)
        .says("no checkpoint could be saved")
        .says("cannot save the record")
        .says("File too large")
        .says("--record FILE");
    assert_eq!(
        (world.number(OPEN).await, world.number(COMPLETED).await),
        (0, 2)
    );
    let leftovers = std::fs::read_dir(folder.path()).unwrap().flatten();
    let records = leftovers.filter(|entry| entry.file_name().to_string_lossy().contains("record"));
    assert_eq!(records.count(), 0, "half a record is left");
}
