//! The steps of an interaction through the database, each alone.

use std::time::{Duration, Instant};

use benches::plant::{FIRST, Plant, RUNNER};
use criterion::Criterion;
use fixtures::postgres::Postgres;
use serde_json::json;
use tokio::runtime::Runtime;
use wave_runner::batch::{Events, Thresholds, Watchdog};
use wave_runner::store::{Claim, Finish};
use wave_runner::workflow::{Outcome, Output};

const LEASE: Duration = Duration::from_mins(10);

/// What is timed of an interaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Claim,
    Start,
    Complete,
}

pub(crate) fn steps(criterion: &mut Criterion, runtime: &Runtime) {
    let postgres = runtime.block_on(Postgres::start()).unwrap();
    let database = runtime.block_on(postgres.database()).unwrap();
    let plant = runtime.block_on(Plant::new(database.url(), 2));
    criterion.bench_function("promote_50", |bencher| {
        bencher
            .to_async(runtime)
            .iter_custom(|rounds| promote(&plant, rounds));
    });
    for (name, step) in [
        ("claim", Step::Claim),
        ("start", Step::Start),
        ("complete_with_successors", Step::Complete),
    ] {
        criterion.bench_function(name, |bencher| {
            bencher
                .to_async(runtime)
                .iter_custom(|rounds| interactions(&plant, step, rounds));
        });
    }
    criterion.bench_function("watchdog_tick", |bencher| {
        bencher
            .to_async(runtime)
            .iter_custom(|rounds| watchdog_ticks(&plant, rounds));
    });
    runtime.block_on(plant.store.close());
}

async fn promote(plant: &Plant, rounds: u64) -> Duration {
    let mut took = Duration::ZERO;
    for _ in 0..rounds {
        plant.stage(50).await;
        let began = Instant::now();
        let promoted = plant.store.promote(50).await.unwrap();
        took += began.elapsed();
        assert_eq!(promoted.posting_ids.len(), 50);
    }
    took
}

/// One after the other through claim, start and completion.
async fn interactions(plant: &Plant, step: Step, rounds: u64) -> Duration {
    let verified = Output::Check {
        outcome: Outcome::Verified,
    };
    let batch = plant.batch(usize::try_from(rounds).unwrap()).await;
    let store = &plant.store;
    let mut took = Duration::ZERO;
    let mut tell = |of: Step, began: Instant| {
        if of == step {
            took += began.elapsed();
        }
    };
    for _ in 0..rounds {
        let began = Instant::now();
        let claims: Vec<Claim> = store
            .claim(batch, RUNNER, &[FIRST], 1, LEASE)
            .await
            .unwrap();
        tell(Step::Claim, began);
        let began = Instant::now();
        store
            .start(&plant.workflow, RUNNER, &claims, &[json!({})])
            .await
            .unwrap();
        tell(Step::Start, began);
        let began = Instant::now();
        let finish = store
            .complete(&plant.workflow, RUNNER, &claims[0], &verified)
            .await
            .unwrap();
        tell(Step::Complete, began);
        assert_eq!(finish, Finish::Written { run_ended: false });
    }
    took
}

/// Over a batch of 50 in which nothing is stuck.
async fn watchdog_ticks(plant: &Plant, rounds: u64) -> Duration {
    let batch = plant.batch(50).await;
    let store = &plant.store;
    let claims = store
        .claim(batch, RUNNER, &[FIRST], 50, LEASE)
        .await
        .unwrap();
    let inputs = vec![json!({}); claims.len()];
    store
        .start(&plant.workflow, RUNNER, &claims, &inputs)
        .await
        .unwrap();
    let watchdog = Watchdog {
        store,
        workflow: &plant.workflow,
        thresholds: Thresholds::all(Duration::from_hours(1)),
        events: &Events::default(),
    };
    let began = Instant::now();
    for _ in 0..rounds {
        assert!(watchdog.tick(batch).await.unwrap().is_quiet());
    }
    began.elapsed()
}
