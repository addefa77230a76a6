//! Failures: the end of an interaction that cannot be completed, and the table that remembers why.

use std::fmt;

use serde_json::json;
use sqlx::PgConnection;

use super::settlement::{cancel_pending, lock_run, settle_run};
use super::{BatchId, Claim, Finish, Store, StoreError};
use crate::llm::FailureClass;
use crate::workflow::Workflow;

/// `workflow_errors.error_type`: who has to look at the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorType {
    /// Ended by the watchdog.
    Watchdog,
    /// The database failed us.
    Database,
    /// The model server failed us.
    Model,
    /// An answer or a posting is not what it has to be.
    Validation,
    /// The posting source failed us.
    Source,
}

impl ErrorType {
    /// The word in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Watchdog => "watchdog",
            Self::Database => "database",
            Self::Model => "model",
            Self::Validation => "validation",
            Self::Source => "source",
        }
    }
}

impl fmt::Display for ErrorType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Who has to look.
    pub error_type: ErrorType,
    /// What kind of failure of a call it was; none where no call failed.
    pub class: Option<FailureClass>,
    /// What was expected and what was found.
    pub message: String,
}

impl Failure {
    /// A failure that is not a call's.
    pub fn new(error_type: ErrorType, message: impl Into<String>) -> Self {
        Self {
            error_type,
            class: None,
            message: storable(message.into()),
        }
    }

    /// A call's failure.
    pub fn of_call(error_type: ErrorType, class: FailureClass, message: impl Into<String>) -> Self {
        Self {
            error_type,
            class: Some(class),
            message: storable(message.into()),
        }
    }

    /// The word of its class in the database.
    pub(super) fn class_word(&self) -> Option<&'static str> {
        self.class.map(FailureClass::as_str)
    }
}

/// A message that a text column can hold. It quotes strangers, and Postgres takes no NUL: a failure that cannot be
/// written down would be one of the database's.
fn storable(message: String) -> String {
    if message.contains('\0') {
        message.replace('\0', "\u{fffd}")
    } else {
        message
    }
}

impl Store {
    /// Fails a claimed interaction for good and with it, once nothing of it runs any more, its run. What of the run
    /// has not begun is cancelled.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn fail(
        &self,
        workflow: &Workflow,
        runner: &str,
        claim: &Claim,
        failure: &Failure,
    ) -> Result<Finish, StoreError> {
        let mut tx = self.pool.begin().await?;
        lock_run(&mut tx, claim.run_id).await?;
        let written = sqlx::query(
            "UPDATE interactions
             SET status = 'failed', completed_at = clock_timestamp(), output = $4
             WHERE interaction_id = $1 AND attempt = $2 AND claimed_by = $3
               AND status IN ('pending', 'running')",
        )
        .bind(claim.interaction_id)
        .bind(claim.attempt)
        .bind(runner)
        .bind(json!({ "error": failure.message }))
        .execute(&mut *tx)
        .await?;
        if written.rows_affected() == 0 {
            drop(tx);
            return self.written_before(runner, claim, "failed").await;
        }
        let run_ended = bury(&mut tx, workflow, claim, failure).await?;
        tx.commit().await?;
        Ok(Finish::Written { run_ended })
    }

    /// Notes an error that ended no interaction: a database that was away, a source that failed.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn note_error(
        &self,
        batch: Option<BatchId>,
        failure: &Failure,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO workflow_errors (batch_id, error_type, error_message) VALUES ($1, $2, $3)",
        )
        .bind(batch.map(|batch| batch.0))
        .bind(failure.error_type.as_str())
        .bind(&failure.message)
        .execute(&self.pool)
        .await?;
        Ok(())
    }
}

/// What every failure entails, whoever declared it: the error row, the cancelled rest, the run's end.
pub(super) async fn bury(
    tx: &mut PgConnection,
    workflow: &Workflow,
    claim: &Claim,
    failure: &Failure,
) -> Result<bool, StoreError> {
    note_attempt_error(tx, claim, failure).await?;
    cancel_pending(tx, &[claim.run_id]).await?;
    settle_run(tx, workflow, claim.run_id).await
}

/// One row in `workflow_errors` for a failed attempt.
pub(super) async fn note_attempt_error(
    tx: &mut PgConnection,
    claim: &Claim,
    failure: &Failure,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO workflow_errors
             (batch_id, workflow_run_id, posting_id, conversation_id, interaction_id, attempt,
              error_type, error_message, error_class)
         SELECT batch_id, workflow_run_id, posting_id, conversation_id, interaction_id, $2, $3, $4, $5
         FROM interactions WHERE interaction_id = $1",
    )
    .bind(claim.interaction_id)
    .bind(claim.attempt)
    .bind(failure.error_type.as_str())
    .bind(&failure.message)
    .bind(failure.class_word())
    .execute(tx)
    .await?;
    Ok(())
}
