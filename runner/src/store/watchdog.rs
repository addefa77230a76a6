//! What the watchdog sees, and its compare-and-set.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::Row;

use super::failure::bury;
use super::settlement::lock_run;
use super::{BatchId, Claim, Failure, Finish, Store, StoreError};
use crate::workflow::{ConversationId, Workflow};

/// A running interaction as the watchdog read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningRow {
    /// The interaction and the attempt that was seen running.
    pub claim: Claim,
    /// When that attempt's request was sent, by the database's clock.
    pub started_at: DateTime<Utc>,
}

impl Store {
    /// The running interactions of the batch and the database's clock, read together.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn running(
        &self,
        batch: BatchId,
    ) -> Result<(DateTime<Utc>, Vec<RunningRow>), StoreError> {
        let now = sqlx::query_scalar("SELECT clock_timestamp()")
            .fetch_one(&self.pool)
            .await?;
        let rows = sqlx::query(
            "SELECT interaction_id, attempt, workflow_run_id, posting_id, conversation_id, started_at
             FROM interactions WHERE batch_id = $1 AND completed_at IS NULL AND status = 'running' ORDER BY interaction_id",
        )
        .bind(batch.0)
        .fetch_all(&self.pool)
        .await?;
        let read = |row: &sqlx::postgres::PgRow| RunningRow {
            claim: Claim {
                interaction_id: row.get("interaction_id"),
                attempt: row.get("attempt"),
                run_id: row.get("workflow_run_id"),
                posting_id: row.get("posting_id"),
                conversation: ConversationId(row.get("conversation_id")),
            },
            started_at: row.get("started_at"),
        };
        Ok((now, rows.iter().map(read).collect()))
    }

    /// Fails the very attempt that the watchdog saw, whoever runs it. Its word is final: a late answer meets the
    /// fence. An attempt that ended meanwhile is left as it is.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn fail_overdue(
        &self,
        workflow: &Workflow,
        seen: &Claim,
        failure: &Failure,
    ) -> Result<Finish, StoreError> {
        let mut tx = self.pool.begin().await?;
        lock_run(&mut tx, seen.run_id).await?;
        let written = sqlx::query(
            "UPDATE interactions
             SET status = 'failed', completed_at = clock_timestamp(), output = $3
             WHERE interaction_id = $1 AND attempt = $2 AND status = 'running'",
        )
        .bind(seen.interaction_id)
        .bind(seen.attempt)
        .bind(json!({ "error": failure.message }))
        .execute(&mut *tx)
        .await?;
        if written.rows_affected() == 0 {
            return Ok(Finish::NoLongerMine);
        }
        let run_ended = bury(&mut tx, workflow, seen, failure).await?;
        tx.commit().await?;
        Ok(Finish::Written { run_ended })
    }
}
