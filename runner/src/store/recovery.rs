//! What recovery remembers: the classes of failed attempts, results that came too late, batches that are not over.

use sqlx::Row;

use super::{BatchId, Claim, Store, StoreError};
use crate::llm::FailureClass;

/// A batch with open runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnfinishedBatch {
    /// Its key.
    pub batch: BatchId,
    /// The hash of the workflow that made it.
    pub workflow_hash: String,
}

impl Store {
    /// How the interaction's earlier attempts failed. Attempts that were lost or released did not.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn earlier_failures(
        &self,
        interaction_id: i64,
    ) -> Result<Vec<FailureClass>, StoreError> {
        let words: Vec<String> = sqlx::query_scalar(
            "SELECT error_class FROM interaction_attempts
             WHERE interaction_id = $1 AND error_class IS NOT NULL ORDER BY attempt",
        )
        .bind(interaction_id)
        .fetch_all(&self.pool)
        .await?;
        Ok(words
            .iter()
            .filter_map(|word| FailureClass::of_word(word))
            .collect())
    }

    /// Counts a result that the fence dropped.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn note_late_result(&self, runner: &str, claim: &Claim) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO late_results
                 (interaction_id, batch_id, posting_id, conversation_id, attempt, runner)
             SELECT interaction_id, batch_id, posting_id, conversation_id, $2, $3
             FROM interactions WHERE interaction_id = $1",
        )
        .bind(claim.interaction_id)
        .bind(claim.attempt)
        .bind(runner)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The batches with open runs, oldest first; of one batch alone where it is named.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn unfinished_batches(
        &self,
        only: Option<BatchId>,
    ) -> Result<Vec<UnfinishedBatch>, StoreError> {
        let rows = sqlx::query(
            "SELECT batch_id, workflow_hash FROM batches b
             WHERE batch_id = coalesce($1, batch_id) AND EXISTS (
                 SELECT 1 FROM workflow_runs r
                 WHERE r.batch_id = b.batch_id AND r.status IN ('pending', 'running'))
             ORDER BY batch_id",
        )
        .bind(only.map(|batch| batch.0))
        .fetch_all(&self.pool)
        .await?;
        let read = |row: &sqlx::postgres::PgRow| UnfinishedBatch {
            batch: BatchId(row.get("batch_id")),
            workflow_hash: row.get("workflow_hash"),
        };
        Ok(rows.iter().map(read).collect())
    }

    /// Dates the batch's end if none of its runs is open and nobody has dated it; answers whether it did.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn end_batch_if_over(&self, batch: BatchId) -> Result<bool, StoreError> {
        let ended = sqlx::query(
            "UPDATE batches b SET ended_at = clock_timestamp()
             WHERE batch_id = $1 AND ended_at IS NULL AND NOT EXISTS (
                 SELECT 1 FROM workflow_runs r
                 WHERE r.batch_id = b.batch_id AND r.status IN ('pending', 'running'))",
        )
        .bind(batch.0)
        .execute(&self.pool)
        .await?;
        Ok(ended.rows_affected() > 0)
    }
}
