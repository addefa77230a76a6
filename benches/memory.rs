//! What the runner alone holds in memory while a large batch goes on.
//!
//! `cargo bench -p benches --bench memory` prints a line. The postings are made and the model server stands in another
//! process, so that nothing of theirs is counted; `--bench batches` has the figure of everything in one process.
//! `-- --test` takes a small batch.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot be set up has nothing to measure, and its line is what it is for"
)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use benches::memory::resident_mib;
use benches::plant::{GPU_MEMORY, Plant, server_at_once};
use fixtures::postgres::Postgres;
use wave_runner::store::BatchId;

/// What one worker may take.
const CONNECTIONS: u32 = 4;
const SAMPLE: Duration = Duration::from_millis(200);
/// The first argument of the other process; the database and the number of postings follow.
const SERVE: &str = "--serve";

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [serve, url, postings] = &arguments[..]
        && serve == SERVE
    {
        return serve_until_the_end(url, postings.parse().unwrap()).await;
    }
    let is_test = arguments.iter().any(|argument| argument == "--test");
    measure(if is_test { 20 } else { 5_000 }).await;
}

/// Makes a batch, serves models, says so in a line, and waits for its input to end.
async fn serve_until_the_end(url: &str, postings: usize) {
    let plant = Plant::new(url, 1).await;
    let batch = plant.batch(postings).await;
    plant.store.close().await;
    let server = server_at_once(GPU_MEMORY).await;
    println!("{} {}", batch.0, server.url());
    let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    end.await.unwrap().unwrap();
}

async fn measure(postings: usize) {
    let postgres = Postgres::start().await.unwrap();
    let database = postgres.database().await.unwrap();
    let plant = Plant::new(database.url(), CONNECTIONS).await;
    let (mut other, batch, server) = other_process(database.url(), postings);
    let before = resident_mib();
    let finished = plant.finish(batch, server.parse().unwrap(), GPU_MEMORY);
    tokio::pin!(finished);
    let mut ticker = tokio::time::interval(SAMPLE);
    let mut samples = Vec::new();
    loop {
        tokio::select! {
            () = &mut finished => break,
            _ = ticker.tick() => samples.push(resident_mib()),
        }
    }
    drop(other.stdin.take());
    other.wait().unwrap();
    let at = |part: usize| samples[(samples.len() - 1) * part / 4];
    println!(
        "{postings} postings; memory of the runner in MiB: {before:.0} before, {:.0}, {:.0}, {:.0} at a quarter, half \
         and three quarters, {:.0} at most",
        at(1),
        at(2),
        at(3),
        samples.iter().copied().fold(0.0, f64::max),
    );
}

/// Starts the other process; answers its batch and its server's address, once it serves.
fn other_process(database: &str, postings: usize) -> (Child, BatchId, String) {
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args([SERVE, database, &postings.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let said = other.stdout.take().unwrap();
    BufReader::new(said).read_line(&mut line).unwrap();
    let (batch, server) = line.trim().split_once(' ').unwrap();
    (other, BatchId(batch.parse().unwrap()), server.to_owned())
}
