//! The wave planner: what a decision costs, and what its decisions come to over whole batches in virtual time.
//!
//! The table is computed, not timed: it is the same on every machine. `cargo bench -p benches --bench waves` prints it
//! and measures; with `-- --test` the batches are small.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot be set up has nothing to measure, and its table is what it is for"
)]

use std::hint::black_box;
use std::time::Duration;

use benches::november::{CARDS, November, in_the_middle};
use criterion::{BenchmarkId, Criterion};
use wave_runner::wave::plan;
use wave_runner::wave::simulation::{Outcome, posting_by_posting, simulate};

fn main() {
    let small = std::env::args().any(|argument| argument == "--test");
    loads(if small { &[50] } else { &[50, 500, 5_000] });
    one_by_one();
    many_servers(if small { 1_000 } else { 100_000 });
    let mut criterion = Criterion::default().configure_from_args();
    decisions(&mut criterion);
    criterion.final_summary();
}

fn loads(sizes: &[usize]) {
    println!("postings  resident  slots  loads  makespan/bound");
    for postings in sizes {
        let batch = November::of(*postings);
        for (resident, memory) in (1..).zip(CARDS) {
            for slots in [1, 4] {
                let plant = batch.plant(1, memory, slots);
                let outcome = simulate(&plant, &batch).unwrap();
                let ratio = outcome.makespan.as_secs_f64() / batch.least(&plant, resident);
                let loads = outcome.loads;
                println!("{postings:>8}  {resident:>8}  {slots:>5}  {loads:>5}  {ratio:>14.4}");
            }
        }
    }
}

fn one_by_one() {
    println!("50 postings, one resident: posting by posting ÷ in waves");
    println!("a load takes  loads  loads in waves  time ratio");
    let batch = November::of(50);
    for (told, load) in [("3 s", 3), ("15 s (hypothetical)", 15)] {
        let mut plant = batch.plant(1, CARDS[0], 1);
        for known in plant.load_time.values_mut() {
            *known = Duration::from_secs(load);
        }
        let slow = posting_by_posting(&plant, &batch);
        let fast = simulate(&plant, &batch).unwrap();
        let ratio = slow.makespan.as_secs_f64() / fast.makespan.as_secs_f64();
        println!(
            "{told:<20}  {:>5}  {:>5}  {ratio:.3}",
            slow.loads, fast.loads
        );
    }
}

fn many_servers(postings: usize) {
    println!("{postings} postings on many servers");
    println!("servers  resident  loads  makespan/bound  decisions  pairs together");
    let batch = November::of(postings);
    for servers in [1, 2, 4, 8, 16, 32, 64] {
        for (resident, memory) in [(1, CARDS[0]), (3, CARDS[2])] {
            let plant = batch.plant(servers, memory, 1);
            let outcome = simulate(&plant, &batch).unwrap();
            let ratio = outcome.makespan.as_secs_f64() / batch.least(&plant, resident);
            let Outcome {
                loads,
                decisions,
                together,
                ..
            } = outcome;
            println!(
                "{servers:>7}  {resident:>8}  {loads:>5}  {ratio:>14.4}  {decisions:>9}  {together:>14}"
            );
        }
    }
}

/// One decision in the middle of a batch: the same open work, for more and more postings and on more and more servers.
fn decisions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan_wave");
    for postings in [50, 500, 5_000, 100_000] {
        let state = in_the_middle(postings, 1);
        group.bench_function(BenchmarkId::new("postings", postings), |bencher| {
            bencher.iter(|| plan(black_box(&state)));
        });
    }
    for servers in [1, 8, 64] {
        let state = in_the_middle(5_000, servers);
        group.bench_function(BenchmarkId::new("servers", servers), |bencher| {
            bencher.iter(|| plan(black_box(&state)));
        });
    }
    group.finish();
}
