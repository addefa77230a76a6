//! What there is to do: the state that the wave planner decides on.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::{BatchId, Store, StoreError};
use crate::workflow::ConversationId;

/// Ready interactions of one set of siblings: what becomes ready together may be dispatched together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadyWork {
    /// The conversations that are ready at the same time in a run, in ascending order.
    pub conversations: Vec<ConversationId>,
    /// In how many runs.
    pub runs: usize,
}

/// The open work of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenWork {
    /// Runs that are not final.
    pub open_runs: usize,
    /// Interactions that someone holds a lease on.
    pub leased: usize,
    /// Ready interactions, by the set of conversations that are ready in the same run.
    pub ready: Vec<ReadyWork>,
    /// When the next retry becomes available, where all of them wait.
    pub next_available_in: Option<Duration>,
}

impl OpenWork {
    /// Ready interactions per conversation.
    pub fn per_conversation(&self) -> BTreeMap<ConversationId, usize> {
        let mut counts = BTreeMap::new();
        for ready in &self.ready {
            for conversation in &ready.conversations {
                *counts.entry(*conversation).or_default() += ready.runs;
            }
        }
        counts
    }

    /// In how many runs all of `siblings` are ready.
    pub fn runs_with_all(&self, siblings: &[ConversationId]) -> usize {
        self.ready
            .iter()
            .filter(|ready| siblings.iter().all(|s| ready.conversations.contains(s)))
            .map(|ready| ready.runs)
            .sum()
    }
}

impl Store {
    /// Reads the batch's open work, in one round trip: it is asked for before every dispatch.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn open_work(&self, batch: BatchId) -> Result<OpenWork, StoreError> {
        let rows = sqlx::query(
            "WITH open AS (
                 SELECT workflow_run_id, conversation_id, claimed_by IS NOT NULL AS leased, available_at
                 FROM interactions WHERE batch_id = $1 AND completed_at IS NULL
             ), ready AS (
                 SELECT conversations, count(*) AS runs FROM (
                     SELECT array_agg(conversation_id ORDER BY conversation_id) AS conversations
                     FROM open WHERE NOT leased AND available_at <= clock_timestamp()
                     GROUP BY workflow_run_id) AS per_run
                 GROUP BY conversations
             ), totals AS (
                 SELECT (SELECT count(*) FROM workflow_runs
                         WHERE batch_id = $1 AND completed_at IS NULL) AS open_runs,
                        count(*) FILTER (WHERE leased) AS leased,
                        extract(epoch FROM min(available_at) FILTER (
                            WHERE NOT leased AND available_at > clock_timestamp())
                            - clock_timestamp())::float8 AS next_available_s
                 FROM open
             )
             SELECT open_runs, leased, next_available_s, conversations, runs
             FROM totals LEFT JOIN ready ON true ORDER BY conversations",
        )
        .bind(batch.0)
        .fetch_all(&self.pool)
        .await?;
        let Some(totals) = rows.first() else {
            return Ok(OpenWork::default());
        };
        Ok(OpenWork {
            open_runs: count(totals, "open_runs"),
            leased: count(totals, "leased"),
            next_available_in: totals
                .get::<Option<f64>, _>("next_available_s")
                .map(|seconds| Duration::from_secs_f64(seconds.max(0.0))),
            ready: rows.iter().filter_map(ready_work).collect(),
        })
    }
}

fn count(row: &PgRow, column: &str) -> usize {
    usize::try_from(row.get::<i64, _>(column)).unwrap_or(0)
}

/// Where nothing is ready, the one row has no conversations.
fn ready_work(row: &PgRow) -> Option<ReadyWork> {
    let ids = row.get::<Option<Vec<i32>>, _>("conversations")?;
    Some(ReadyWork {
        conversations: ids.into_iter().map(ConversationId).collect(),
        runs: count(row, "runs"),
    })
}
