//! What holds after every fault, by queries of our own and by the model servers' own logs.

use std::collections::HashSet;
use std::time::Duration;

use fixtures::ollama::{Ended, OllamaStandIn};
use sqlx::{PgConnection, PgPool};
use wave_runner::store::BatchId;

use super::worker::{go_on, quick, stand_in};
use super::world::{World, in_time};

/// Each as a count of what breaks it in a batch whose postings were all to be completed.
const PROMISES: [(&str, &str); 11] = [
    (
        "a run that is not completed",
        "SELECT count(*) FROM workflow_runs WHERE batch_id = $1 AND status <> 'completed'",
    ),
    (
        "a posting without its one run",
        "SELECT abs(size - (SELECT count(DISTINCT posting_id) FROM workflow_runs WHERE batch_id = $1))
         FROM batches WHERE batch_id = $1",
    ),
    (
        "an interaction that is not completed",
        "SELECT count(*) FROM interactions WHERE batch_id = $1 AND status <> 'completed'",
    ),
    (
        "an interaction that was not completed exactly once, by the attempt that it bears",
        "SELECT count(*) FROM interactions i
         WHERE batch_id = $1 AND ARRAY[attempt] IS DISTINCT FROM (
             SELECT array_agg(c.attempt) FROM completions c WHERE c.interaction_id = i.interaction_id)",
    ),
    (
        "an attempt that is not accounted for, or ended twice",
        "SELECT count(*) FROM interactions i
         WHERE batch_id = $1 AND attempt - 1 IS DISTINCT FROM (
             SELECT count(*) FROM interaction_attempts a WHERE a.interaction_id = i.interaction_id)
           OR EXISTS (SELECT FROM interaction_attempts a
                      WHERE a.interaction_id = i.interaction_id AND a.attempt >= i.attempt)",
    ),
    (
        "a run with more or fewer steps than its grades ask for: 13, 15 improved, 16 with a ticket",
        "SELECT count(*) FROM (
             SELECT count(*) AS found,
                    count(*) FILTER (WHERE conversation_id IN (3336, 3337) AND outcome = 'FAIL') > 0 AS improved,
                    count(*) FILTER (WHERE conversation_id = 3339 AND outcome = 'FAIL') AS tickets,
                    count(*) FILTER (WHERE conversation_id = 3340) AS written
             FROM interactions WHERE batch_id = $1 GROUP BY workflow_run_id) AS run
         WHERE found <> 13 + CASE WHEN improved THEN 2 ELSE 0 END + tickets OR tickets <> written",
    ),
    (
        "a summary that does not name its own posting, or names another",
        "SELECT count(*) FROM postings p JOIN workflow_runs USING (posting_id)
         WHERE batch_id = $1 AND (
             p.extracted_summary IS NULL OR strpos(p.extracted_summary, p.external_id) = 0
             OR EXISTS (SELECT FROM postings other WHERE other.posting_id <> p.posting_id
                        AND strpos(p.extracted_summary, other.external_id) > 0))",
    ),
    (
        "a column that is not what its own run's step said",
        "SELECT count(*) FROM interactions i JOIN postings p USING (posting_id)
         WHERE batch_id = $1 AND CASE conversation_id
             WHEN 9168 THEN p.extracted_summary IS DISTINCT FROM i.output ->> 'text'
             WHEN 3350 THEN p.skill_keywords IS DISTINCT FROM i.output -> 'skills'
             WHEN 9163 THEN p.ihl_score IS DISTINCT FROM (i.output ->> 'ihl_score')::int
                         OR p.ihl_category IS DISTINCT FROM i.output ->> 'ihl_category'
             ELSE false END",
    ),
    (
        "a prompt that does not name its own posting",
        "SELECT count(*) FROM interactions i JOIN postings p USING (posting_id)
         WHERE batch_id = $1 AND i.input ? 'prompt' AND strpos(i.input ->> 'prompt', p.external_id) = 0",
    ),
    (
        "a run that ended before its last step",
        "SELECT count(*) FROM workflow_runs r WHERE batch_id = $1 AND completed_at < (
             SELECT max(completed_at) FROM interactions i WHERE i.workflow_run_id = r.workflow_run_id)",
    ),
    (
        "a batch whose work has no end, though nobody works at it",
        "SELECT count(*) FROM batches WHERE batch_id = $1 AND (started_at IS NULL OR ended_at IS NULL)",
    ),
];

/// Every posting is through, everything once, every column its own; nobody holds anything any longer.
pub(crate) async fn hold(pool: &PgPool, batch: BatchId, servers: &[&OllamaStandIn]) {
    nobody_is_connected(pool).await;
    let mut broken = Vec::new();
    let mut connection = pool.acquire().await.unwrap();
    for (promise, query) in PROMISES {
        let count = count(&mut connection, batch, query).await;
        if count > 0 {
            broken.push(format!("{count} × {promise}"));
        }
    }
    drop(connection);
    broken.extend(never_asked(pool, batch, servers).await);
    if !broken.is_empty() {
        broken.extend(reasons(pool, batch).await);
        panic!("{}", broken.join("\n"));
    }
}

async fn count(connection: &mut PgConnection, batch: BatchId, query: &'static str) -> i64 {
    sqlx::query_scalar(query)
        .bind(batch.0)
        .fetch_one(connection)
        .await
        .unwrap()
}

/// What the failed interactions say.
async fn reasons(pool: &PgPool, batch: BatchId) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT format('%s, attempt %s: %s', conversation_id, attempt, output ->> 'error')
         FROM interactions WHERE batch_id = $1 AND status = 'failed' ORDER BY completed_at LIMIT 10",
    )
    .bind(batch.0)
    .fetch_all(pool)
    .await
    .unwrap()
}

/// A completed answer that no server gave to this very prompt.
async fn never_asked(pool: &PgPool, batch: BatchId, servers: &[&OllamaStandIn]) -> Option<String> {
    let answered: HashSet<String> = servers
        .iter()
        .flat_map(|server| server.log())
        .filter(|request| request.ended == Ended::Completed)
        .map(|request| request.prompt_sha256)
        .collect();
    let asked: Vec<String> = sqlx::query_scalar(
        "SELECT input ->> 'prompt_sha256' FROM interactions
         WHERE batch_id = $1 AND status = 'completed' AND input ? 'prompt_sha256'",
    )
    .bind(batch.0)
    .fetch_all(pool)
    .await
    .unwrap();
    assert!(!asked.is_empty(), "the batch asked no model");
    let made_up = asked.iter().filter(|prompt| !answered.contains(*prompt));
    match made_up.count() {
        0 => None,
        count => Some(format!("{count} × an answer that no server has given")),
    }
}

/// The server notices that a client is gone a moment after it went.
async fn nobody_is_connected(pool: &PgPool) {
    let connected = async || {
        sqlx::query_scalar::<_, i64>(
            "SELECT count(*) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name LIKE 'batchproof%'",
        )
        .fetch_one(pool)
        .await
    };
    let leaving = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(10));
        while !connected().await.is_ok_and(|count| count == 0) {
            ticks.tick().await;
        }
    };
    in_time("every connection of ours gone", leaving).await;
}

/// What breaks each promise, in the order in which they stand.
const DAMAGES: [&str; 11] = [
    "UPDATE workflow_runs SET status = 'failed' WHERE workflow_run_id = (SELECT min(workflow_run_id) FROM workflow_runs)",
    "UPDATE batches SET size = size + 1",
    "UPDATE interactions SET status = 'failed', outcome = NULL, output = '{\"error\": \"?\"}' WHERE conversation_id = 9162",
    "INSERT INTO completions SELECT interaction_id, attempt FROM interactions LIMIT 1",
    "INSERT INTO interaction_attempts (interaction_id, attempt, claimed_by, claimed_at, ended_as)
     SELECT interaction_id, attempt, claimed_by, claimed_at, 'lost' FROM interactions LIMIT 1",
    "DELETE FROM interactions WHERE conversation_id = 9185",
    "UPDATE postings SET extracted_summary = 'Role: of another'",
    "UPDATE postings SET skill_keywords = '[\"of another\"]'",
    "UPDATE interactions SET input = jsonb_set(input, '{prompt}', '\"of another\"') WHERE conversation_id = 3335",
    "UPDATE workflow_runs SET completed_at = started_at",
    "UPDATE batches SET ended_at = NULL",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_check_finds_what_it_is_for() {
    let (world, models) = (World::new().await, stand_in(quick()).await);
    let batch = world.batch(2).await;
    go_on(world.url(), batch, &models.url()).await;
    hold(&world.pool, batch, &[&models]).await;
    for ((promise, query), damage) in PROMISES.into_iter().zip(DAMAGES) {
        let mut damaged = world.pool.begin().await.unwrap();
        sqlx::raw_sql(damage).execute(&mut *damaged).await.unwrap();
        assert!(count(&mut damaged, batch, query).await > 0, "{promise}");
        damaged.rollback().await.unwrap();
    }
    let stranger = stand_in(quick()).await;
    assert!(
        never_asked(&world.pool, batch, &[&stranger])
            .await
            .is_some()
    );
}
