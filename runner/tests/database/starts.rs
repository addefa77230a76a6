//! What holds between a call's leaving and its start's being written: the call is under way, and nothing rests on it yet.

use std::time::Duration;

use chrono::{DateTime, Utc};
use fixtures::ollama::{Ended as Served, Fault, Mishap, OllamaSettings, ServedRequest, Step};
use serde_json::json;
use sqlx::pool::PoolConnection;
use sqlx::postgres::Postgres;
use wave_runner::batch::{Ended, Event};
use wave_runner::store::BatchId;

use crate::execute::{Plant, all_completed, settings};
use crate::world::{RUNNER, World, up_to_graders};

/// Writes no start for as long as somebody holds the lock. Asked once a statement, before any row is looked at: what
/// becomes of the rows meanwhile is what the start finds.
const STARTS_WAIT: &str = "
    CREATE FUNCTION wait_to_be_let_go() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_advisory_xact_lock(42);
        RETURN NULL;
    END $$;
    CREATE TRIGGER starts_wait BEFORE UPDATE OF input ON interactions
        FOR EACH STATEMENT EXECUTE FUNCTION wait_to_be_let_go();";

/// Starts that are not written until this is let go.
struct HeldUp(PoolConnection<Postgres>);

impl HeldUp {
    /// Holds up the starts of a batch whose graders are ready.
    async fn before(plant: &Plant) -> (BatchId, Self) {
        let batch = plant.world.batch(1).await;
        plant.world.walk(batch, &up_to_graders()).await;
        sqlx::raw_sql(STARTS_WAIT)
            .execute(&plant.world.pool)
            .await
            .unwrap();
        let mut holding = plant.world.pool.acquire().await.unwrap();
        sqlx::query("SELECT pg_advisory_lock(42)")
            .execute(&mut *holding)
            .await
            .unwrap();
        (batch, Self(holding))
    }

    async fn let_go(mut self) {
        sqlx::query("SELECT pg_advisory_unlock(42)")
            .execute(&mut *self.0)
            .await
            .unwrap();
    }
}

/// How long a test waits for what happens within milliseconds, before it says that it never did.
const AT_MOST: Duration = Duration::from_mins(1);

/// Waits until the server's log is as wanted.
async fn until(plant: &Plant, wanted: &str, is_so: impl Fn(&[ServedRequest]) -> bool) {
    let waiting = async {
        while !is_so(&plant.server.log()) {
            tokio::task::yield_now().await;
        }
    };
    let came = tokio::time::timeout(AT_MOST, waiting).await.is_ok();
    assert!(came, "expected {wanted}, found {:?}", plant.server.log());
}

#[tokio::test]
async fn a_call_leaves_before_its_start_is_written_and_its_answer_waits_for_it() {
    let plant = Plant::new(OllamaSettings::default(), settings()).await;
    let (batch, held_up) = HeldUp::before(&plant).await;
    let looking = async {
        let answered =
            |log: &[ServedRequest]| log.iter().any(|call| call.ended == Served::Completed);
        until(&plant, "an answered call", answered).await;
        let begun: i64 = plant
            .world
            .scalar("SELECT count(*) FROM interactions WHERE conversation_id IN (3336, 3337) AND status <> 'pending'")
            .await;
        assert_eq!(begun, 0, "a start that is not written is not there");
        let now: DateTime<Utc> = plant.world.scalar("SELECT clock_timestamp()").await;
        held_up.let_go().await;
        now
    };
    let (ended, answered_by) = tokio::join!(plant.run(batch), looking);
    assert_eq!(ended.unwrap(), Ended::Finished);
    assert_eq!(plant.tally(batch).await, all_completed(1));
    let (began, run_began): (DateTime<Utc>, DateTime<Utc>) = sqlx::query_as(
        "SELECT max(i.started_at), max(r.started_at) FROM interactions i JOIN workflow_runs r USING (workflow_run_id)
         WHERE conversation_id IN (3336, 3337)",
    )
    .fetch_one(&plant.world.pool)
    .await
    .unwrap();
    assert!(
        began < answered_by,
        "it began when it was sent, not when that was written"
    );
    assert!(run_began < began);
}

#[tokio::test]
async fn a_call_whose_claim_was_taken_before_its_start_was_written_is_broken_off() {
    let hanging = OllamaSettings {
        faults: Step::ALL
            .map(|step| Fault::every(step, Mishap::Hang))
            .to_vec(),
        ..OllamaSettings::default()
    };
    let mut plant = Plant::new(hanging, settings()).await;
    let (batch, held_up) = HeldUp::before(&plant).await;
    let ending = async {
        until(&plant, "a call", |log| !log.is_empty()).await;
        // As when another step of the run is lost meanwhile.
        sqlx::raw_sql(
            "BEGIN;
             UPDATE interactions SET status = 'cancelled', completed_at = clock_timestamp(),
                 claimed_by = NULL, claimed_at = NULL, lease_expires_at = NULL WHERE status = 'pending';
             UPDATE workflow_runs SET status = 'failed', completed_at = clock_timestamp();
             COMMIT;",
        )
        .execute(&plant.world.pool)
        .await
        .unwrap();
        held_up.let_go().await;
    };
    let (ended, ()) = tokio::join!(plant.run(batch), ending);
    assert_eq!(ended.unwrap(), Ended::Finished);
    let mut dropped = 0;
    while let Ok(event) = plant.events.try_recv() {
        dropped += usize::from(matches!(event, Event::Dropped { .. }));
    }
    assert!(dropped >= 1, "nobody was told of the call that was dropped");
    let begun: i64 = plant
        .world
        .scalar("SELECT count(*) FROM interactions WHERE status = 'running'")
        .await;
    assert_eq!(begun, 0);
    let broken_off =
        |log: &[ServedRequest]| log.iter().all(|call| call.ended == Served::ClientLeft);
    until(&plant, "no call but those broken off", broken_off).await;
}

#[tokio::test]
async fn a_start_tells_when_its_call_was_sent_and_never_a_time_before_its_claim() {
    let world = World::new().await;
    let batch = world.batch(2).await;
    let claims = [
        world.claim(batch, 9144).await.unwrap(),
        world.claim(batch, 9144).await.unwrap(),
    ];
    sqlx::raw_sql(
        "UPDATE workflow_runs SET created_at = created_at - interval '1 hour';
         UPDATE interactions SET claimed_at = claimed_at - interval '1 minute'",
    )
    .execute(&world.pool)
    .await
    .unwrap();
    let now = wave_runner::clock::instant();
    let sent_at = [Duration::from_secs(2), Duration::from_secs(70)].map(|ago| now - ago);
    let inputs = [json!({}), json!({})];
    let started = world
        .store
        .start_sent(&world.workflow, RUNNER, &claims, &inputs, &sent_at)
        .await
        .unwrap();
    assert_eq!(started.len(), 2);
    let told: Vec<(f64, bool)> = sqlx::query_as(
        "SELECT extract(epoch FROM clock_timestamp() - started_at)::float8, started_at = claimed_at
         FROM interactions WHERE status = 'running' ORDER BY interaction_id",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert!((2.0..60.0).contains(&told[0].0) && !told[0].1, "{told:?}");
    assert!(told[1].1, "{told:?}");
    let dated_by_others: i64 = world
        .scalar(
            "SELECT count(*) FROM workflow_runs r JOIN interactions i USING (workflow_run_id)
             WHERE r.started_at <> greatest(r.created_at, i.started_at)",
        )
        .await;
    assert_eq!(dated_by_others, 0, "a run begins with its own first call");
}
