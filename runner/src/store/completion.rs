//! The one transaction that completes an interaction.

use serde_json::Value;
use sqlx::{PgConnection, Row};

use super::settlement::{lock_run, settle_run};
use super::{Claim, Store, StoreError};
use crate::workflow::{Output, PostingColumn, Workflow};

/// What came of an attempt to end an interaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a result that was not written has to be dropped and counted, not taken for done"]
pub enum Finish {
    /// Written.
    Written {
        /// Whether the interaction's run is final now.
        run_ended: bool,
    },
    /// Someone else holds the interaction, or it is over: nothing was written.
    NoLongerMine,
}

impl Store {
    /// Completes a claimed, running interaction: its result, the posting columns it writes, its successors and,
    /// with the last one, its run's end, in one transaction.
    ///
    /// # Errors
    /// As every call of the store; [`StoreError::Refused`] when a column's value is not a legal one.
    pub async fn complete(
        &self,
        workflow: &Workflow,
        runner: &str,
        claim: &Claim,
        output: &Output,
    ) -> Result<Finish, StoreError> {
        let mut tx = self.pool.begin().await?;
        lock_run(&mut tx, claim.run_id).await?;
        let value = serde_json::to_value(output).map_err(|source| StoreError::ForeignValue {
            interaction_id: claim.interaction_id,
            source,
        })?;
        let written = sqlx::query(
            "UPDATE interactions
             SET status = 'completed', completed_at = clock_timestamp(), output = $4, outcome = $5
             WHERE interaction_id = $1 AND attempt = $2 AND claimed_by = $3 AND status = 'running'",
        )
        .bind(claim.interaction_id)
        .bind(claim.attempt)
        .bind(runner)
        .bind(value)
        .bind(output.outcome().map(|outcome| outcome.to_string()))
        .execute(&mut *tx)
        .await?;
        if written.rows_affected() == 0 {
            return Ok(Finish::NoLongerMine);
        }
        let writes = workflow
            .conversation(claim.conversation)
            .map_or(&[][..], |c| &c.writes[..]);
        write_columns(&mut tx, claim.posting_id, writes, output).await?;
        let run_ended = settle_run(&mut tx, workflow, claim.run_id).await?;
        tx.commit().await?;
        Ok(Finish::Written { run_ended })
    }
}

/// One statement for whatever columns are written; a column that is not keeps its value.
async fn write_columns(
    tx: &mut PgConnection,
    posting_id: i64,
    writes: &[PostingColumn],
    output: &Output,
) -> Result<(), StoreError> {
    if writes.is_empty() {
        return Ok(());
    }
    let value = |column| {
        writes
            .contains(&column)
            .then(|| output.column(column))
            .flatten()
    };
    let text = |column| {
        value(column)
            .as_ref()
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let score = value(PostingColumn::IhlScore)
        .as_ref()
        .and_then(Value::as_i64);
    let updated = sqlx::query(
        "UPDATE postings
         SET extracted_summary = coalesce($2, extracted_summary),
             skill_keywords = coalesce($3, skill_keywords),
             ihl_score = coalesce($4, ihl_score),
             ihl_category = coalesce($5, ihl_category),
             updated_at = clock_timestamp()
         WHERE posting_id = $1 RETURNING posting_id",
    )
    .bind(posting_id)
    .bind(text(PostingColumn::ExtractedSummary))
    .bind(value(PostingColumn::SkillKeywords))
    .bind(score.and_then(|score| i32::try_from(score).ok()))
    .bind(text(PostingColumn::IhlCategory))
    .fetch_one(tx)
    .await?;
    debug_assert_eq!(updated.get::<i64, _>("posting_id"), posting_id);
    Ok(())
}
