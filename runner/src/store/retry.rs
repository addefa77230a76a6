//! The ends of an attempt that are not the end of its interaction.

use std::time::Duration;

use super::failure::note_attempt_error;
use super::{BatchId, Claim, Failure, Finish, Store, StoreError};

/// Why an interaction went back to the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptEnd {
    /// Its lease ran out: its runner is gone or stuck.
    Lost,
    /// Its runner stopped in good order.
    Released,
}

impl AttemptEnd {
    fn as_str(self) -> &'static str {
        match self {
            Self::Lost => "lost",
            Self::Released => "released",
        }
    }
}

impl Store {
    /// Puts a failed attempt's interaction back into the queue, to be claimed again after `wait`. The attempt, its error
    /// and its class are kept with the same commit: the next attempt may fail before another could be made.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn retry(
        &self,
        runner: &str,
        claim: &Claim,
        failure: &Failure,
        wait: Duration,
    ) -> Result<Finish, StoreError> {
        let mut tx = self.pool.begin().await?;
        let returned = sqlx::query(
            "WITH ended AS (
                 SELECT interaction_id, attempt, claimed_by, claimed_at, started_at FROM interactions
                 WHERE interaction_id = $1 AND attempt = $2 AND claimed_by = $3
                   AND status IN ('pending', 'running')
                 FOR UPDATE
             ), kept AS (
                 INSERT INTO interaction_attempts
                     (interaction_id, attempt, claimed_by, claimed_at, started_at, ended_as, error_type, error, error_class)
                 SELECT interaction_id, attempt, claimed_by, claimed_at, started_at, 'retried', $4, $5, $7 FROM ended
             )
             UPDATE interactions i
             SET status = 'pending', claimed_by = NULL, claimed_at = NULL, lease_expires_at = NULL,
                 started_at = NULL, available_at = clock_timestamp() + make_interval(secs => $6)
             FROM ended WHERE i.interaction_id = ended.interaction_id",
        )
        .bind(claim.interaction_id)
        .bind(claim.attempt)
        .bind(runner)
        .bind(failure.error_type.as_str())
        .bind(&failure.message)
        .bind(wait.as_secs_f64())
        .bind(failure.class_word())
        .execute(&mut *tx)
        .await?;
        if returned.rows_affected() == 0 {
            drop(tx);
            return self.retried_before(runner, claim).await;
        }
        note_attempt_error(&mut tx, claim, failure).await?;
        tx.commit().await?;
        Ok(Finish::Written { run_ended: false })
    }

    /// What came of a retry that met the fence: was it written already, by a call whose answer was lost on the way?
    async fn retried_before(&self, runner: &str, claim: &Claim) -> Result<Finish, StoreError> {
        let is_written: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM interaction_attempts
                            WHERE interaction_id = $1 AND attempt = $2 AND claimed_by = $3 AND ended_as = 'retried')",
        )
        .bind(claim.interaction_id)
        .bind(claim.attempt)
        .bind(runner)
        .fetch_one(&self.pool)
        .await?;
        Ok(if is_written {
            Finish::Written { run_ended: false }
        } else {
            Finish::NoLongerMine
        })
    }

    /// Puts everything that `runner` still holds in the batch back into the queue, at once.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn release(&self, batch: BatchId, runner: &str) -> Result<usize, StoreError> {
        let returned = self
            .give_back(batch, AttemptEnd::Released, Some(runner))
            .await?;
        Ok(returned.len())
    }

    /// Puts `claims` back into the queue, as far as they are still `runner`'s: they were to be answered by a model server
    /// that it has lost.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn put_back(&self, runner: &str, claims: &[Claim]) -> Result<usize, StoreError> {
        let returned = sqlx::query(
            "WITH ended AS (
                 SELECT i.interaction_id, i.attempt, claimed_by, claimed_at, started_at
                 FROM interactions i
                 JOIN unnest($2::bigint[], $3::int[]) AS held (interaction_id, attempt)
                   ON i.interaction_id = held.interaction_id AND i.attempt = held.attempt
                 WHERE claimed_by = $1 AND status IN ('pending', 'running')
                 FOR UPDATE OF i
             ), kept AS (
                 INSERT INTO interaction_attempts
                     (interaction_id, attempt, claimed_by, claimed_at, started_at, ended_as)
                 SELECT interaction_id, attempt, claimed_by, claimed_at, started_at, 'released' FROM ended
             )
             UPDATE interactions i
             SET status = 'pending', claimed_by = NULL, claimed_at = NULL, lease_expires_at = NULL,
                 started_at = NULL
             FROM ended WHERE i.interaction_id = ended.interaction_id",
        )
        .bind(runner)
        .bind(claims.iter().map(|c| c.interaction_id).collect::<Vec<_>>())
        .bind(claims.iter().map(|c| c.attempt).collect::<Vec<_>>())
        .execute(&self.pool)
        .await?;
        Ok(usize::try_from(returned.rows_affected()).unwrap_or(usize::MAX))
    }

    /// Puts everything whose lease has run out back into the queue, whoever held it; answers which interactions.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn reclaim_expired(&self, batch: BatchId) -> Result<Vec<i64>, StoreError> {
        self.give_back(batch, AttemptEnd::Lost, None).await
    }

    async fn give_back(
        &self,
        batch: BatchId,
        ended_as: AttemptEnd,
        holder: Option<&str>,
    ) -> Result<Vec<i64>, StoreError> {
        let returned = sqlx::query_scalar(
            "WITH ended AS (
                 SELECT interaction_id, attempt, claimed_by, claimed_at, started_at FROM interactions
                 WHERE batch_id = $1 AND completed_at IS NULL AND claimed_by IS NOT NULL
                   AND CASE WHEN $3::text IS NULL THEN lease_expires_at < clock_timestamp()
                            ELSE claimed_by = $3 END
                 FOR UPDATE SKIP LOCKED
             ), kept AS (
                 INSERT INTO interaction_attempts
                     (interaction_id, attempt, claimed_by, claimed_at, started_at, ended_as)
                 SELECT interaction_id, attempt, claimed_by, claimed_at, started_at, $2 FROM ended
             )
             UPDATE interactions i
             SET status = 'pending', claimed_by = NULL, claimed_at = NULL, lease_expires_at = NULL,
                 started_at = NULL
             FROM ended WHERE i.interaction_id = ended.interaction_id
             RETURNING i.interaction_id",
        )
        .bind(batch.0)
        .bind(ended_as.as_str())
        .bind(holder)
        .fetch_all(&self.pool)
        .await?;
        Ok(returned)
    }
}
