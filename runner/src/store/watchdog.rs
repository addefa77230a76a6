//! What the watchdog sees, and its compare-and-set.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::Row;
use sqlx::postgres::PgRow;

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
    /// Who runs it.
    pub runner: String,
}

/// An interaction whose lease has run out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldRow {
    /// The interaction and the attempt that was leased.
    pub claim: Claim,
    /// When it was claimed.
    pub claimed_at: DateTime<Utc>,
    /// Who held it.
    pub runner: String,
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
            "SELECT interaction_id, attempt, workflow_run_id, posting_id, conversation_id, started_at,
                    claimed_by
             FROM interactions
             WHERE batch_id = $1 AND completed_at IS NULL AND status = 'running' ORDER BY interaction_id",
        )
        .bind(batch.0)
        .fetch_all(&self.pool)
        .await?;
        let read = |row: &PgRow| RunningRow {
            claim: claim_of(row),
            started_at: row.get("started_at"),
            runner: row.get("claimed_by"),
        };
        Ok((now, rows.iter().map(read).collect()))
    }

    /// The interactions of the batch whose leases have run out.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn expired(&self, batch: BatchId) -> Result<Vec<HeldRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT interaction_id, attempt, workflow_run_id, posting_id, conversation_id, claimed_at,
                    claimed_by
             FROM interactions
             WHERE batch_id = $1 AND completed_at IS NULL AND status IN ('pending', 'running')
               AND lease_expires_at < clock_timestamp()
             ORDER BY interaction_id",
        )
        .bind(batch.0)
        .fetch_all(&self.pool)
        .await?;
        let read = |row: &PgRow| HeldRow {
            claim: claim_of(row),
            claimed_at: row.get("claimed_at"),
            runner: row.get("claimed_by"),
        };
        Ok(rows.iter().map(read).collect())
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

fn claim_of(row: &PgRow) -> Claim {
    Claim {
        interaction_id: row.get("interaction_id"),
        attempt: row.get("attempt"),
        run_id: row.get("workflow_run_id"),
        posting_id: row.get("posting_id"),
        conversation: ConversationId(row.get("conversation_id")),
    }
}
