//! The judge's own reading of the database. It shares no query with the runner, so that a mistake there
//! cannot repeat itself here.
//!
//! Every query names the batch; none has a time window, so nothing leaves the record by growing old.
//! All of them see one snapshot, also while a batch is still at work.

use std::{collections::BTreeMap, env::consts, thread};

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, PgPool};
use thiserror::Error;

use super::{
    Batch, BatchSpan, Circumstances, Ended, Environment, Graphics, ModelServer, Provenance,
    RunRecord, SCHEMA_VERSION, Texts, Workflow,
};
use crate::ledger::{self, LedgerError, Observations};

/// A record that could not be collected.
#[derive(Debug, Error)]
pub enum CollectError {
    /// The batch is not in this database.
    #[error("the database has no batch {batch_id}: is it the database that the batch ran in?")]
    NoSuchBatch {
        /// The batch asked for.
        batch_id: i64,
    },
    /// The database has none at all.
    #[error("the database has no batch yet: is it the database that the batch ran in?")]
    NoBatch,
    /// What is kept of the batch cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The database refused, or has another schema.
    #[error("cannot read {what} of the batch from the database: {cause}")]
    Database {
        /// What was being read.
        what: &'static str,
        /// The database's word.
        cause: sqlx::Error,
    },
}

/// Reads one batch, as far as it came.
///
/// # Errors
/// When the batch is unknown or the database cannot be read.
pub async fn collect(
    pool: &PgPool,
    batch_id: i64,
    circumstances: Circumstances,
) -> Result<RunRecord, CollectError> {
    let mut snapshot = pool
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await
        .map_err(reading("a snapshot"))?;
    let (batch, workflow) = batch(&mut snapshot, batch_id).await?;
    let mut written = ledger::read(&mut snapshot, batch_id)
        .await
        .map_err(reading("the evidence"))?;
    let seen = written.completed_by(Observations {
        exchanges: circumstances.exchanges,
        residency: circumstances.residency,
        connections: circumstances.connections,
        gpu: circumstances.gpu,
        identities: circumstances.identities,
        suspensions: circumstances.suspensions,
    });
    for server in circumstances.servers {
        written.servers.entry(server.name.clone()).or_insert(server);
    }
    let servers = written.servers.into_values().collect();
    Ok(RunRecord {
        schema_version: SCHEMA_VERSION,
        batchproof: env!("CARGO_PKG_VERSION").to_owned(),
        complete: circumstances.ended == Ended::Completed,
        ended: circumstances.ended,
        mode: circumstances.mode,
        provenance: Provenance::Collected,
        texts: Texts::Kept,
        plan: circumstances.plan,
        workflow,
        environment: environment(&mut snapshot, servers, circumstances.graphics).await?,
        fetch: circumstances.fetch,
        batch,
        row_counts_at_start: circumstances.row_counts_at_start,
        overlapping_batches: Some(overlapping_batches(&mut snapshot, batch_id).await?),
        postings: rows(&mut snapshot, "the postings", POSTINGS, batch_id).await?,
        runs: rows(&mut snapshot, "the runs", RUNS, batch_id).await?,
        interactions: rows(&mut snapshot, "the interactions", INTERACTIONS, batch_id).await?,
        attempts: rows(&mut snapshot, "the attempts", ATTEMPTS, batch_id).await?,
        errors: rows(&mut snapshot, "the errors", ERRORS, batch_id).await?,
        workers: Some(written.workers),
        exchanges: seen.exchanges,
        residency: seen.residency,
        row_counts_at_end: Some(counts(&mut snapshot).await?),
        connections: seen.connections,
        // No sample at all: nobody could take any.
        gpu: Some(seen.gpu).filter(|samples| !samples.is_empty()),
        identities: Some(seen.identities),
        suspensions: Some(seen.suspensions),
    })
}

/// Counts the rows of every table that a batch adds to. To be taken before the batch begins.
///
/// # Errors
/// When the database cannot be read.
pub async fn row_counts(pool: &PgPool) -> Result<BTreeMap<String, u64>, CollectError> {
    let mut db = pool.acquire().await.map_err(reading("the row counts"))?;
    counts(&mut db).await
}

async fn counts(db: &mut PgConnection) -> Result<BTreeMap<String, u64>, CollectError> {
    let counts: Vec<(String, i64)> = sqlx::query_as(ROW_COUNTS)
        .fetch_all(db)
        .await
        .map_err(reading("the row counts"))?;
    Ok(counts
        .into_iter()
        .map(|(table, rows)| (table, rows.unsigned_abs()))
        .collect())
}

async fn batch(db: &mut PgConnection, batch_id: i64) -> Result<(Batch, Workflow), CollectError> {
    let row: BatchRow = sqlx::query_as(BATCH)
        .bind(batch_id)
        .fetch_optional(&mut *db)
        .await
        .map_err(reading("the row"))?
        .ok_or(CollectError::NoSuchBatch { batch_id })?;
    let workflow = Workflow {
        id: row.workflow_id,
        hash: row.workflow_hash,
        conversations: rows(db, "the conversations", CONVERSATIONS, batch_id).await?,
    };
    let batch = Batch {
        id: batch_id,
        size: row.size.unsigned_abs(),
        created_at: row.created_at,
        started_at: row.started_at,
        ended_at: row.ended_at,
    };
    Ok((batch, workflow))
}

async fn overlapping_batches(
    db: &mut PgConnection,
    batch_id: i64,
) -> Result<Vec<BatchSpan>, CollectError> {
    rows(db, "the other batches", OVERLAPPING_BATCHES, batch_id).await
}

async fn environment(
    db: &mut PgConnection,
    servers: Vec<ModelServer>,
    graphics: Option<Graphics>,
) -> Result<Environment, CollectError> {
    let postgres_version: String = sqlx::query_scalar("SELECT current_setting('server_version')")
        .fetch_one(db)
        .await
        .map_err(reading("the server version"))?;
    Ok(Environment {
        os: format!("{} {}", consts::OS, consts::ARCH),
        cpus: thread::available_parallelism()
            .map_or(0, |cpus| u32::try_from(cpus.get()).unwrap_or(u32::MAX)),
        postgres_version,
        database_clock_ahead_us: 0,
        servers,
        graphics,
    })
}

async fn rows<T>(
    db: &mut PgConnection,
    what: &'static str,
    sql: &'static str,
    batch_id: i64,
) -> Result<Vec<T>, CollectError>
where
    T: for<'r> FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin,
{
    sqlx::query_as(sql)
        .bind(batch_id)
        .fetch_all(db)
        .await
        .map_err(reading(what))
}

pub(super) fn reading(what: &'static str) -> impl FnOnce(sqlx::Error) -> CollectError {
    move |cause| CollectError::Database { what, cause }
}

#[derive(FromRow)]
struct BatchRow {
    workflow_id: i32,
    workflow_hash: String,
    size: i32,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
}

const BATCH: &str = "
    SELECT workflow_id, workflow_hash, size, created_at, started_at, ended_at
    FROM batches WHERE batch_id = $1";

const CONVERSATIONS: &str = "
    SELECT c.conversation_id AS id, c.conversation_name AS name,
           a.actor_name AS actor, a.actor_type, c.writes, c.needs
    FROM batches b
    JOIN conversations c USING (workflow_id)
    JOIN actors a USING (actor_id)
    WHERE b.batch_id = $1
    ORDER BY c.conversation_id";

/// A batch that nobody declared over was at work until the last sign of its runner: one that was killed months ago
/// shares nothing with today's.
///
/// A heartbeat leaves no date but that of the lease's end. How long a lease is, tells the shortest of the batch: it was
/// never extended. Of a batch with none but extended leases the heartbeats are not seen, its claims and ends are.
const OVERLAPPING_BATCHES: &str = "
    WITH leases AS (
        SELECT batch_id, min(lease_expires_at - claimed_at) AS shortest
        FROM interactions GROUP BY batch_id
    ), signs AS (
        SELECT i.batch_id,
               max(greatest(i.claimed_at, i.started_at, i.completed_at,
                            i.lease_expires_at - l.shortest)) AS last_sign_at
        FROM interactions i JOIN leases l USING (batch_id) GROUP BY i.batch_id
    )
    SELECT o.batch_id AS id, o.started_at, o.ended_at, s.last_sign_at
    FROM batches b
    JOIN batches o ON o.batch_id <> b.batch_id
    LEFT JOIN signs s ON s.batch_id = o.batch_id
    WHERE b.batch_id = $1
        AND o.started_at < coalesce(b.ended_at, 'infinity')
        AND coalesce(o.ended_at, s.last_sign_at) > b.started_at
    ORDER BY o.batch_id";

const POSTINGS: &str = "
    SELECT p.posting_id, p.external_id, p.job_title AS title,
           p.location_city AS location, p.location_country AS country,
           char_length(p.job_description)::bigint AS description_chars,
           p.job_description AS description,
           p.extracted_summary, p.skill_keywords, p.ihl_score, p.ihl_category,
           p.created_at, p.updated_at
    FROM postings p
    WHERE p.posting_id IN (SELECT posting_id FROM workflow_runs WHERE batch_id = $1)
    ORDER BY p.posting_id";

const RUNS: &str = "
    SELECT workflow_run_id, posting_id, status, created_at, started_at, completed_at
    FROM workflow_runs WHERE batch_id = $1
    ORDER BY workflow_run_id";

const INTERACTIONS: &str = include_str!("interactions.sql");

const ATTEMPTS: &str = "
    SELECT t.interaction_id, t.attempt, t.claimed_by, t.claimed_at, t.started_at,
           t.ended_at, t.ended_as, t.error_type, t.error
    FROM interaction_attempts t
    JOIN interactions i USING (interaction_id)
    WHERE i.batch_id = $1
    ORDER BY t.interaction_id, t.attempt";

/// An error that names only its run or its interaction belongs to the batch all the same.
const ERRORS: &str = "
    SELECT e.error_id, e.workflow_run_id, e.interaction_id, e.attempt,
           e.error_type, e.error_class, e.error_message, e.created_at
    FROM workflow_errors e
    LEFT JOIN workflow_runs r USING (workflow_run_id)
    LEFT JOIN interactions i USING (interaction_id)
    WHERE $1 IN (e.batch_id, r.batch_id, i.batch_id)
    ORDER BY e.error_id";

/// Errors of no batch are another's: a fetch that failed beside this batch noted its own.
const ROW_COUNTS: &str = "
    SELECT 'batches' AS table_name, count(*) AS row_count FROM batches
    UNION ALL SELECT 'interaction_attempts', count(*) FROM interaction_attempts
    UNION ALL SELECT 'interactions', count(*) FROM interactions
    UNION ALL SELECT 'postings', count(*) FROM postings
    UNION ALL SELECT 'postings_staging', count(*) FROM postings_staging
    UNION ALL SELECT 'workflow_errors', count(coalesce(batch_id, workflow_run_id, interaction_id))
        FROM workflow_errors
    UNION ALL SELECT 'workflow_runs', count(*) FROM workflow_runs";
