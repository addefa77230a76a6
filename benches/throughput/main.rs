//! Throughput of the runner, and how long the model server waits for it.
//!
//! `cargo bench -p benches --bench throughput` prints a table. Every figure is the median of several rounds, and the
//! rounds of what is compared take turns, so that a load on the machine meets all of them. Commits wait for the disk.
//! `-- --test` makes one small round of each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench that cannot be set up has nothing to measure; reading the clock and printing is its work"
)]

mod gap;
mod pgbench;
mod plant;

use fixtures::postgres::{Kind, Postgres, PostgresSettings};
use pgbench::Queue;
use plant::Plant;

/// How much is measured.
#[derive(Clone, Copy)]
struct Size {
    rounds: usize,
    postings: usize,
    finished: usize,
    seconds: u32,
}

const WHOLE: Size = Size {
    rounds: 5,
    postings: 4_000,
    finished: 1_000_000,
    seconds: 4,
};
const TEST: Size = Size {
    rounds: 1,
    postings: 50,
    finished: 3_000,
    seconds: 1,
};

#[tokio::main]
async fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let size = if is_test { TEST } else { WHOLE };
    let settings = PostgresSettings {
        durable: true,
        only: Some(Kind::Local),
        ..PostgresSettings::default()
    };
    let postgres = Postgres::start_with(&settings).await.unwrap();
    println!(
        "PostgreSQL {}, commits wait for the disk",
        postgres.version()
    );
    throughput(&postgres, size).await;
    for slots in [1, 4] {
        let gap = gap::between_calls(&postgres, slots, size.postings / 4).await;
        println!(
            "idle between two calls on one slot, {slots} slots, {} calls: p50 {:.2} ms, p99 {:.2} ms",
            gap.calls, gap.p50_ms, gap.p99_ms
        );
    }
}

async fn throughput(postgres: &Postgres, size: Size) {
    let queue = Queue::new(postgres).await;
    let empty = Plant::new(postgres, size.postings).await;
    let full = Plant::new(postgres, size.postings).await;
    full.finish(size.finished).await;
    let mut rates: [Vec<f64>; 4] = Default::default();
    let mut beside_pgbench = Vec::new();
    let mut beside_empty = Vec::new();
    for round in 1..=size.rounds {
        let batches = queue.rate(32, size.seconds);
        let on_empty = empty.rate().await;
        let on_full = full.rate().await;
        let one_by_one = queue.rate(1, size.seconds);
        println!(
            "round {round}: pgbench by 32 {batches:.0}/s, runner {on_empty:.0}/s, with {} finished {on_full:.0}/s, \
             pgbench one by one {one_by_one:.0}/s",
            size.finished
        );
        for (rates, rate) in rates
            .iter_mut()
            .zip([batches, on_empty, on_full, one_by_one])
        {
            rates.push(rate);
        }
        beside_pgbench.push(on_empty / batches);
        beside_empty.push(on_full / on_empty);
    }
    let [batches, on_empty, on_full, one_by_one] = rates.map(median);
    println!("pgbench, claims and completions by 32   {batches:>8.0} interactions/s");
    println!("pgbench, one by one                     {one_by_one:>8.0} interactions/s");
    println!("runner, 16 slots, empty table           {on_empty:>8.0} interactions/s");
    println!(
        "runner, {:>9} finished              {on_full:>8.0} interactions/s",
        size.finished
    );
    println!(
        "runner ÷ pgbench by 32                  {:>8.2}",
        median(beside_pgbench)
    );
    println!(
        "finished ÷ empty                        {:>8.2}",
        median(beside_empty)
    );
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
