//! A run that cannot go on, for a reason that is not the batch's: the record says so and keeps what there was.

use std::str::FromStr;

use batchproof::record::{self, Ended};
use batchproof::trial::{self, DatabaseChoice, Observer, Phase, TrialSettings};
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection};
use wave_runner::batch::Stop;

use super::program::{Running, batchproof, run};
use super::world::{World, shown};

const COMPLETED: &str = "SELECT count(*) FROM interactions WHERE status = 'completed'";

#[tokio::test]
async fn a_run_whose_database_is_dropped_saves_its_last_checkpoint_as_broken_off() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let path = folder.path().join("record");
    let mut command =
        batchproof("run --simulate --batch-size 2 --time-scale 20 --checkpoint-every 0.1");
    command.args(["--database-url", world.url(), "--record", &shown(&path)]);
    let running = Running::start(command);
    world.reaches(8, COMPLETED).await;
    drop_database(world.url()).await;
    running.end().await.exits(5).says("BROKE OFF");
    let saved = record::load(&path).unwrap();
    assert!(!saved.complete);
    let Ended::Failed { why } = &saved.ended else {
        panic!("{:?}", saved.ended)
    };
    assert!(
        why.contains("the rows are those of the last checkpoint"),
        "{why}"
    );
    assert!(!saved.interactions.is_empty() && !saved.exchanges.is_empty());
    run(&format!("judge {}", shown(&path)))
        .await
        .exits(5)
        .says("BROKE OFF");
}

/// A part that breaks when models have answered: after the scripts that both postings begin with.
struct Panicking;

const STEPS_BEFORE_IT_BREAKS: u64 = 10;

impl Observer for Panicking {
    fn at(&self, phase: Phase, position: u64) {
        let breaks = phase == Phase::Execute && position >= STEPS_BEFORE_IT_BREAKS;
        assert!(!breaks, "a part broke");
    }
}

#[tokio::test]
async fn a_panic_in_mid_run_does_not_cost_the_evidence() {
    let world = World::new().await;
    let settings = TrialSettings {
        database: DatabaseChoice::Given(world.url().to_owned()),
        batch_size: 2,
        ..TrialSettings::simulated()
    };
    let record = trial::run(&settings, &Panicking, &Stop::default())
        .await
        .unwrap();
    assert!(!record.complete);
    let Ended::Failed { why } = &record.ended else {
        panic!("{:?}", record.ended)
    };
    assert!(
        why.contains("a part broke") && why.contains("a defect"),
        "{why}"
    );
    assert!(!record.interactions.is_empty() && !record.exchanges.is_empty());
}

async fn drop_database(url: &str) {
    let options = PgConnectOptions::from_str(url).unwrap();
    let name = options.get_database().unwrap().to_owned();
    let mut server = options.database("postgres").connect().await.unwrap();
    let drop = format!("DROP DATABASE {name} WITH (FORCE)");
    sqlx::raw_sql(sqlx::AssertSqlSafe(drop))
        .execute(&mut server)
        .await
        .unwrap();
    server.close().await.unwrap();
}
