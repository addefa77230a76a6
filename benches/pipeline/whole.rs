//! A whole posting and a whole batch, from the first claim to the end of the last run.

use std::time::{Duration, Instant};

use benches::plant::{GPU_MEMORY, Plant, server_at_once};
use criterion::Criterion;
use fixtures::ollama::OllamaStandIn;
use fixtures::postgres::Postgres;
use tokio::runtime::Runtime;

pub(crate) fn batches(criterion: &mut Criterion, runtime: &Runtime) {
    let postgres = runtime.block_on(Postgres::start()).unwrap();
    let database = runtime.block_on(postgres.database()).unwrap();
    let plant = runtime.block_on(Plant::new(database.url(), 4));
    let server = runtime.block_on(server_at_once(GPU_MEMORY));
    let mut group = criterion.benchmark_group("whole");
    group.sample_size(10);
    let mut bench = |name, size| {
        group.bench_function(name, |bencher| {
            bencher
                .to_async(runtime)
                .iter_custom(|rounds| batch(&plant, &server, size, rounds));
        });
    };
    bench("posting", 1);
    bench("batch_50", 50);
    group.finish();
    runtime.block_on(plant.store.close());
}

async fn batch(plant: &Plant, server: &OllamaStandIn, size: usize, rounds: u64) -> Duration {
    let mut took = Duration::ZERO;
    for _ in 0..rounds {
        let batch = plant.batch(size).await;
        let began = Instant::now();
        plant.finish(batch, server.url(), GPU_MEMORY).await;
        took += began.elapsed();
    }
    took
}
