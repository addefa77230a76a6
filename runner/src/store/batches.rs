//! `batches` and `workflow_runs`: which postings are to be taken through which workflow.

use std::fmt;

use sqlx::{PgConnection, Row};

use super::settlement::create_interactions;
use super::{Store, StoreError};
use crate::workflow::{ConversationId, Workflow};

/// A batch's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BatchId(pub i64);

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How many runs of a batch are in which state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunTally {
    /// Pending or running.
    pub open: usize,
    /// Through the whole workflow.
    pub completed: usize,
    /// Ended by a failure.
    pub failed: usize,
    /// Given up without a failure of their own.
    pub cancelled: usize,
}

impl Store {
    /// Creates a batch over `posting_ids`: its runs and their `first` interactions, in one transaction.
    ///
    /// # Errors
    /// [`StoreError::UnknownPostings`] when an id has no posting; nothing is created then.
    pub async fn create_batch(
        &self,
        workflow: &Workflow,
        posting_ids: &[i64],
        first: &[ConversationId],
    ) -> Result<BatchId, StoreError> {
        let mut tx = self.pool.begin().await?;
        let missing: Vec<i64> = sqlx::query_scalar(
            "SELECT id FROM unnest($1::bigint[]) AS asked (id)
             WHERE NOT EXISTS (SELECT 1 FROM postings WHERE posting_id = asked.id) ORDER BY id",
        )
        .bind(posting_ids)
        .fetch_all(&mut *tx)
        .await?;
        if !missing.is_empty() {
            return Err(StoreError::UnknownPostings { missing });
        }
        let batch_id: i64 = sqlx::query_scalar(
            "INSERT INTO batches (workflow_id, workflow_hash, size)
             VALUES ($1, $2, cardinality($3::bigint[])) RETURNING batch_id",
        )
        .bind(workflow.id)
        .bind(&workflow.hash)
        .bind(posting_ids)
        .fetch_one(&mut *tx)
        .await?;
        let runs: Vec<i64> = sqlx::query_scalar(
            "INSERT INTO workflow_runs (batch_id, workflow_id, posting_id)
             SELECT $1, $2, id FROM unnest($3::bigint[]) WITH ORDINALITY AS asked (id, place)
             ORDER BY place RETURNING workflow_run_id",
        )
        .bind(batch_id)
        .bind(workflow.id)
        .bind(posting_ids)
        .fetch_all(&mut *tx)
        .await?;
        let firsts: Vec<(i64, ConversationId)> = runs
            .iter()
            .flat_map(|run| first.iter().map(|conversation| (*run, *conversation)))
            .collect();
        create_interactions(&mut tx, &firsts).await?;
        tx.commit().await?;
        Ok(BatchId(batch_id))
    }

    /// Dates the batch's first work. One that is taken up again keeps its first date and is open again; one whose runs
    /// are all final is left as it is.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn begin_batch(&self, batch: BatchId) -> Result<(), StoreError> {
        let mut connection = self.pool.acquire().await?;
        begin(&mut connection, batch).await
    }

    /// Counts the batch's runs by state.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn tally(&self, batch: BatchId) -> Result<RunTally, StoreError> {
        let row = sqlx::query(
            "SELECT count(*) FILTER (WHERE status IN ('pending', 'running')) AS open,
                    count(*) FILTER (WHERE status = 'completed') AS completed,
                    count(*) FILTER (WHERE status = 'failed') AS failed,
                    count(*) FILTER (WHERE status = 'cancelled') AS cancelled
             FROM workflow_runs WHERE batch_id = $1",
        )
        .bind(batch.0)
        .fetch_one(&self.pool)
        .await?;
        let count = |column| usize::try_from(row.get::<i64, _>(column)).unwrap_or(0);
        Ok(RunTally {
            open: count("open"),
            completed: count("completed"),
            failed: count("failed"),
            cancelled: count("cancelled"),
        })
    }
}

/// As [`Store::begin_batch`], within a transaction.
pub(super) async fn begin(connection: &mut PgConnection, batch: BatchId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE batches
         SET started_at = coalesce(started_at, clock_timestamp()), ended_at = NULL
         WHERE batch_id = $1
           AND EXISTS (SELECT 1 FROM workflow_runs
                       WHERE batch_id = $1 AND status IN ('pending', 'running'))",
    )
    .bind(batch.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Dates the end of work on the batch, when a worker has left it: finished, or stopped with nobody left who works on
/// it. Whoever leaves an unfinished batch to others, or a finished one after another, dates nothing.
pub(super) async fn end(connection: &mut PgConnection, batch: BatchId) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE batches SET ended_at = clock_timestamp()
         WHERE batch_id = $1 AND ended_at IS NULL
           AND (NOT EXISTS (SELECT 1 FROM workflow_runs
                            WHERE batch_id = $1 AND status IN ('pending', 'running'))
                OR NOT EXISTS (SELECT 1 FROM workers
                               WHERE batch_id = $1 AND ended_at IS NULL
                                 AND lease_expires_at > clock_timestamp()))",
    )
    .bind(batch.0)
    .execute(connection)
    .await?;
    Ok(())
}
