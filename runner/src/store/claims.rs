//! Claims: leases on interactions, and the moment at which work on them begins.

use std::time::Duration;

use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::{BatchId, Store, StoreError};
use crate::workflow::ConversationId;

/// A leased interaction. `attempt` is the fence: whoever claims next raises it, and this claim can write no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The interaction.
    pub interaction_id: i64,
    /// Which attempt this is, counted from 1.
    pub attempt: i32,
    /// Its run.
    pub run_id: i64,
    /// Its posting.
    pub posting_id: i64,
    /// Its step.
    pub conversation: ConversationId,
}

impl Claim {
    fn read(row: &PgRow) -> Self {
        Self {
            interaction_id: row.get("interaction_id"),
            attempt: row.get("attempt"),
            run_id: row.get("workflow_run_id"),
            posting_id: row.get("posting_id"),
            conversation: ConversationId(row.get("conversation_id")),
        }
    }
}

impl Store {
    /// Leases up to `limit` ready interactions of `conversations`, oldest first, for `lease`.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn claim(
        &self,
        batch: BatchId,
        runner: &str,
        conversations: &[ConversationId],
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Claim>, StoreError> {
        let rows = sqlx::query(
            "WITH ready AS (
                 SELECT interaction_id FROM interactions
                 WHERE batch_id = $1 AND conversation_id = ANY ($3)
                   AND status = 'pending' AND claimed_by IS NULL AND available_at <= clock_timestamp()
                 ORDER BY interaction_id LIMIT $4
                 FOR UPDATE SKIP LOCKED
             )
             UPDATE interactions i
             SET claimed_by = $2, claimed_at = clock_timestamp(), attempt = attempt + 1,
                 lease_expires_at = clock_timestamp() + make_interval(secs => $5)
             FROM ready WHERE i.interaction_id = ready.interaction_id
             RETURNING i.interaction_id, attempt, workflow_run_id, posting_id, conversation_id",
        )
        .bind(batch.0)
        .bind(runner)
        .bind(ids(conversations))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(lease.as_secs_f64())
        .fetch_all(&self.pool)
        .await?;
        Ok(in_order(&rows))
    }

    /// Leases all of `conversations` in one run, or nothing: the oldest run in which every one of them is ready.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn claim_together(
        &self,
        batch: BatchId,
        runner: &str,
        conversations: &[ConversationId],
        lease: Duration,
    ) -> Result<Vec<Claim>, StoreError> {
        let rows = sqlx::query(
            "WITH oldest AS (
                 SELECT workflow_run_id FROM interactions
                 WHERE batch_id = $1 AND conversation_id = ANY ($3)
                   AND status = 'pending' AND claimed_by IS NULL AND available_at <= clock_timestamp()
                 GROUP BY workflow_run_id HAVING count(*) = cardinality($3)
                 ORDER BY min(interaction_id) LIMIT 1
             ), ready AS (
                 SELECT interaction_id FROM interactions JOIN oldest USING (workflow_run_id)
                 WHERE conversation_id = ANY ($3) AND status = 'pending' AND claimed_by IS NULL
                 FOR UPDATE OF interactions SKIP LOCKED
             )
             UPDATE interactions i
             SET claimed_by = $2, claimed_at = clock_timestamp(), attempt = attempt + 1,
                 lease_expires_at = clock_timestamp() + make_interval(secs => $4)
             FROM ready
             WHERE i.interaction_id = ready.interaction_id
               AND (SELECT count(*) FROM ready) = cardinality($3)
             RETURNING i.interaction_id, attempt, workflow_run_id, posting_id, conversation_id",
        )
        .bind(batch.0)
        .bind(runner)
        .bind(ids(conversations))
        .bind(lease.as_secs_f64())
        .fetch_all(&self.pool)
        .await?;
        Ok(in_order(&rows))
    }

    /// Begins work on claims: from here on they are running. `inputs` stand in the order of `claims`.
    ///
    /// The caller sends its requests right after this returns. Claims that are no longer `runner`'s are left out of
    /// the answer and must be dropped.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn start(
        &self,
        runner: &str,
        claims: &[Claim],
        inputs: &[Value],
    ) -> Result<Vec<i64>, StoreError> {
        let started = sqlx::query_scalar(
            "WITH started AS (
                 UPDATE interactions i
                 SET status = 'running', started_at = clock_timestamp(), input = begun.input
                 FROM unnest($2::bigint[], $3::int[], $4::jsonb[]) AS begun (interaction_id, attempt, input)
                 WHERE i.interaction_id = begun.interaction_id AND i.attempt = begun.attempt
                   AND i.claimed_by = $1 AND i.status = 'pending'
                 RETURNING i.interaction_id, i.workflow_run_id
             ), under_way AS (
                 UPDATE workflow_runs SET status = 'running', started_at = clock_timestamp()
                 WHERE workflow_run_id IN (SELECT workflow_run_id FROM started) AND status = 'pending'
             )
             SELECT interaction_id FROM started",
        )
        .bind(runner)
        .bind(claims.iter().map(|c| c.interaction_id).collect::<Vec<_>>())
        .bind(claims.iter().map(|c| c.attempt).collect::<Vec<_>>())
        .bind(inputs)
        .fetch_all(&self.pool)
        .await?;
        Ok(started)
    }

    /// Extends `runner`'s leases on `claims`; answers the interactions that are still its own. The others were
    /// taken away, and their calls have to be stopped.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn extend(
        &self,
        runner: &str,
        claims: &[Claim],
        lease: Duration,
    ) -> Result<Vec<i64>, StoreError> {
        let kept = sqlx::query_scalar(
            "UPDATE interactions i
             SET lease_expires_at = clock_timestamp() + make_interval(secs => $4)
             FROM unnest($2::bigint[], $3::int[]) AS held (interaction_id, attempt)
             WHERE i.interaction_id = held.interaction_id AND i.attempt = held.attempt
               AND i.claimed_by = $1 AND i.status IN ('pending', 'running')
             RETURNING i.interaction_id",
        )
        .bind(runner)
        .bind(claims.iter().map(|c| c.interaction_id).collect::<Vec<_>>())
        .bind(claims.iter().map(|c| c.attempt).collect::<Vec<_>>())
        .bind(lease.as_secs_f64())
        .fetch_all(&self.pool)
        .await?;
        Ok(kept)
    }
}

fn ids(conversations: &[ConversationId]) -> Vec<i32> {
    conversations.iter().map(|c| c.0).collect()
}

/// `UPDATE … RETURNING` promises no order; the oldest first is what the claim chose.
fn in_order(rows: &[PgRow]) -> Vec<Claim> {
    let mut claims: Vec<Claim> = rows.iter().map(Claim::read).collect();
    claims.sort_by_key(|claim| claim.interaction_id);
    claims
}
