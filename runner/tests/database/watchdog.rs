//! The watchdog against real rows.

use std::time::Duration;

use wave_runner::batch::{Events, Thresholds, Watchdog};
use wave_runner::store::Finish;
use wave_runner::workflow::Outcome;

use crate::world::{World, check};

const LIMIT: Duration = Duration::from_mins(15);

fn watchdog<'a>(world: &'a World, events: &'a Events) -> Watchdog<'a> {
    Watchdog {
        store: &world.store,
        workflow: &world.workflow,
        thresholds: Thresholds::all(LIMIT),
        events,
    }
}

/// Moves everything that is running into the past.
async fn age_running(world: &World, by: &str) {
    sqlx::query(
        "UPDATE interactions
         SET created_at = created_at - $1::interval, claimed_at = claimed_at - $1::interval,
             started_at = started_at - $1::interval
         WHERE status = 'running'",
    )
    .bind(
        by.parse::<i64>()
            .map(|minutes| sqlx::postgres::types::PgInterval {
                months: 0,
                days: 0,
                microseconds: minutes * 60_000_000,
            })
            .unwrap(),
    )
    .execute(&world.pool)
    .await
    .unwrap();
}

#[tokio::test]
async fn what_hangs_is_failed_with_the_word_watchdog_and_its_run_ends_as_failed() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    world.start(batch, 9144).await;
    age_running(&world, "16").await;
    assert_eq!(
        watchdog(&world, &Events::default())
            .tick(batch)
            .await
            .unwrap()
            .failed
            .len(),
        1
    );
    let said: String = world
        .scalar("SELECT output ->> 'error' FROM interactions")
        .await;
    assert!(said.contains("watchdog"), "{said}");
    assert_eq!(world.store.tally(batch).await.unwrap().failed, 1);
    let noted: String = world.scalar("SELECT error_type FROM workflow_errors").await;
    assert_eq!(noted, "watchdog");
}

#[tokio::test]
async fn what_has_run_for_a_little_less_is_left_alone() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let claim = world.start(batch, 9144).await;
    age_running(&world, "14").await;
    assert_eq!(
        watchdog(&world, &Events::default())
            .tick(batch)
            .await
            .unwrap()
            .failed
            .len(),
        0
    );
    let output = check(Outcome::Verified);
    assert_eq!(
        world.complete(&claim, &output).await,
        Finish::Written { run_ended: false }
    );
}

#[tokio::test]
async fn what_waits_for_its_turn_is_not_overdue_however_long() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let aged = "UPDATE interactions SET created_at = created_at - interval '3 hours'";
    sqlx::query(aged).execute(&world.pool).await.unwrap();
    assert_eq!(
        watchdog(&world, &Events::default())
            .tick(batch)
            .await
            .unwrap()
            .failed
            .len(),
        0
    );
}

#[tokio::test]
async fn an_answer_after_the_watchdog_is_dropped() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let claim = world.start(batch, 9144).await;
    age_running(&world, "16").await;
    watchdog(&world, &Events::default())
        .tick(batch)
        .await
        .unwrap();
    assert_eq!(
        world.complete(&claim, &check(Outcome::Verified)).await,
        Finish::NoLongerMine
    );
    assert_eq!(
        world
            .scalar::<String>("SELECT status FROM interactions")
            .await,
        "failed"
    );
}

#[tokio::test]
async fn an_attempt_that_ended_between_look_and_write_is_left_as_it_is() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let claim = world.start(batch, 9144).await;
    let (_, seen) = world.store.running(batch).await.unwrap();
    let _ = world.complete(&claim, &check(Outcome::Verified)).await;
    let failure = crate::failure::model_failure("watchdog: too late");
    let finish = world
        .store
        .fail_overdue(&world.workflow, &seen[0].claim, &failure)
        .await
        .unwrap();
    assert_eq!(finish, Finish::NoLongerMine);
}
