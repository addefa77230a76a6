//! Whole simulated batches, end to end: how near the makespan comes to its lower bound, and how much of the machine the
//! runner takes.
//!
//! `cargo bench -p benches --bench batches` prints a table; it takes about a quarter of an hour, because a stand-in's
//! calls take their time. The ratios are the judge's own readings, each from the record of its batch. `-- --test` makes
//! one small batch of each kind.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot be set up has nothing to measure, and its table is what it is for"
)]

use std::time::Duration;

use batchproof::judge::{Judgement, judge};
use batchproof::plan::Plan;
use batchproof::record::RunRecord;
use batchproof::trial::{self, Silent, TrialSettings};
use benches::memory::resident_mib;
use wave_runner::batch::Stop;

/// Slow enough that a busy machine's delays are small beside a call: the shortest takes 40 ms.
const MAKESPAN_SCALE: f64 = 100.0;
/// Fast enough for 500 postings on one server.
const WORKERS_SCALE: f64 = 400.0;
/// As fast as the machine goes: here it is the runner that is measured, not the pace.
const MEMORY_SCALE: f64 = 100_000.0;
const MEMORY_SAMPLE: Duration = Duration::from_millis(500);

#[tokio::main]
async fn main() {
    let small = std::env::args().any(|argument| argument == "--test");
    makespan(if small { &[5] } else { &[50, 500] }).await;
    workers(if small { 10 } else { 500 }).await;
    footprint(if small { 20 } else { 5_000 }).await;
}

/// Makespan over its lower bound, and loads over theirs.
async fn makespan(sizes: &[usize]) {
    println!("postings  slots  makespan/bound  loads/minimum");
    for batch_size in sizes {
        for slots in [4, 1] {
            let settings = TrialSettings {
                batch_size: *batch_size,
                slots,
                time_scale: MAKESPAN_SCALE,
                ..TrialSettings::simulated()
            };
            let (_, judgement) = run(&settings).await;
            let makespan = reading(&judgement, "makespan");
            let loads = reading(&judgement, "model_loads");
            println!("{batch_size:>8}  {slots:>5}  {makespan:>14.3}  {loads:>13.2}");
        }
    }
}

/// Five workers on five servers beside one on one, over the same postings.
async fn workers(batch_size: usize) {
    let mut seconds = Vec::new();
    for workers in [1, 5] {
        let settings = TrialSettings {
            batch_size,
            workers,
            sim_servers: workers,
            time_scale: WORKERS_SCALE,
            ..TrialSettings::simulated()
        };
        let (record, _) = run(&settings).await;
        seconds.push(took(&record));
    }
    let ratio = seconds[0] / seconds[1];
    println!(
        "{batch_size} postings: 1 worker on 1 server {:.1} s, 5 on 5 {:.1} s, ratio {ratio:.2}",
        seconds[0], seconds[1]
    );
}

/// What the process holds in memory while a large batch goes on, stand-ins, witnesses and judge's evidence included, and
/// the database connections of the runner.
async fn footprint(batch_size: usize) {
    let settings = TrialSettings {
        batch_size,
        slots: 4,
        time_scale: MEMORY_SCALE,
        ..TrialSettings::simulated()
    };
    let before = resident_mib();
    let running = run(&settings);
    tokio::pin!(running);
    let mut samples = Vec::new();
    let mut ticker = tokio::time::interval(MEMORY_SAMPLE);
    let (record, _) = loop {
        tokio::select! {
            done = &mut running => break done,
            _ = ticker.tick() => samples.push(resident_mib()),
        }
    };
    let at = |part: usize| samples[(samples.len() - 1) * part / 4];
    println!(
        "{batch_size} postings: {:.1} s; memory of the whole process in MiB: {before:.0} before, {:.0}, {:.0}, {:.0} \
         at a quarter, half and three quarters, {:.0} at most",
        took(&record),
        at(1),
        at(2),
        at(3),
        samples.iter().copied().fold(0.0, f64::max)
    );
    let connections = record.connections.iter().map(|sample| sample.connections);
    println!(
        "connections: at most {}",
        connections.max().unwrap_or_default()
    );
}

async fn run(settings: &TrialSettings) -> (RunRecord, Judgement) {
    let record = trial::run(settings, &Silent, &Stop::default())
        .await
        .unwrap();
    let judgement = judge(&record, &Plan::builtin().requirements());
    (record, judgement)
}

fn reading(judgement: &Judgement, criterion: &str) -> f64 {
    let measured = judgement.verdict(criterion).and_then(|v| v.measured);
    measured.map_or(f64::NAN, |measured| measured.value)
}

fn took(record: &RunRecord) -> f64 {
    let span = record.batch.ended_at.unwrap() - record.batch.started_at.unwrap();
    span.as_seconds_f64()
}
