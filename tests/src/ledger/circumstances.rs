//! What only the process that created a batch knew, and the batches that are there to be gone on with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgPool, types::Json};

use super::{LedgerError, cannot};
use crate::record::{FetchReport, Mode, PlanReference};

/// What only the process that created a batch knew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeptCircumstances {
    /// What was real.
    pub mode: Mode,
    /// The plan that the batch is run for.
    pub plan: PlanReference,
    /// What the fetch phase brought, where there was one.
    pub fetch: Option<FetchReport>,
    /// Rows in each table before the batch began.
    pub row_counts_at_start: BTreeMap<String, u64>,
    /// The seed of everything simulated.
    pub seed: u64,
}

/// A batch as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct KeptBatch {
    /// The workflow that it was created for.
    pub workflow_hash: String,
    /// Its postings.
    pub size: u32,
    /// Runs that are not final.
    pub open_runs: u64,
    /// Absent where the process that created the batch died before it wrote them down.
    pub circumstances: Option<KeptCircumstances>,
}

/// A batch with runs that are not final.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct UnfinishedBatch {
    /// `batches.batch_id`.
    pub batch_id: i64,
    /// Its postings.
    pub size: i32,
    /// Runs that are not final.
    pub open_runs: i64,
}

#[derive(FromRow)]
struct KeptRow {
    workflow_hash: String,
    size: i32,
    open_runs: i64,
    content: Option<Json<KeptCircumstances>>,
}

impl KeptCircumstances {
    /// Keeps them with their batch. What was kept first stays.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn keep(&self, pool: &PgPool, batch_id: i64) -> Result<(), LedgerError> {
        sqlx::query(
            "INSERT INTO batch_circumstances (batch_id, content) VALUES ($1, $2)
             ON CONFLICT (batch_id) DO NOTHING",
        )
        .bind(batch_id)
        .bind(Json(self))
        .execute(pool)
        .await
        .map_err(cannot("keep the circumstances of the batch"))?;
        Ok(())
    }
}

/// A batch, if it is there.
///
/// # Errors
/// When the database cannot be read.
pub async fn kept(pool: &PgPool, batch_id: i64) -> Result<Option<KeptBatch>, LedgerError> {
    let row: Option<KeptRow> = sqlx::query_as(
        "SELECT b.workflow_hash, b.size, c.content,
                (SELECT count(*) FROM workflow_runs r
                 WHERE r.batch_id = b.batch_id AND r.status IN ('pending', 'running')) AS open_runs
         FROM batches b LEFT JOIN batch_circumstances c USING (batch_id)
         WHERE b.batch_id = $1",
    )
    .bind(batch_id)
    .fetch_optional(pool)
    .await
    .map_err(cannot("read the batch"))?;
    Ok(row.map(|row| KeptBatch {
        workflow_hash: row.workflow_hash,
        size: row.size.unsigned_abs(),
        open_runs: row.open_runs.unsigned_abs(),
        circumstances: row.content.map(|content| content.0),
    }))
}

/// The batches with runs that are not final, newest first.
///
/// # Errors
/// When the database cannot be read.
pub async fn unfinished(pool: &PgPool) -> Result<Vec<UnfinishedBatch>, LedgerError> {
    sqlx::query_as(
        "SELECT b.batch_id, b.size, count(*) AS open_runs
         FROM batches b JOIN workflow_runs r USING (batch_id)
         WHERE r.status IN ('pending', 'running')
         GROUP BY b.batch_id ORDER BY b.batch_id DESC",
    )
    .fetch_all(pool)
    .await
    .map_err(cannot("read the unfinished batches"))
}
