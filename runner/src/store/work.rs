//! What there is to do: the state that the wave planner decides on.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::Row;

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
    pub next_available_in: Option<std::time::Duration>,
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
    /// Reads the batch's open work.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn open_work(&self, batch: BatchId) -> Result<OpenWork, StoreError> {
        let open = sqlx::query(
            "SELECT (SELECT count(*) FROM workflow_runs
                     WHERE batch_id = $1 AND status IN ('pending', 'running')) AS open_runs,
                    count(*) FILTER (WHERE claimed_by IS NOT NULL) AS leased,
                    min(available_at) FILTER (WHERE claimed_by IS NULL
                                                AND available_at > clock_timestamp()) AS next_available,
                    clock_timestamp() AS now
             FROM interactions WHERE batch_id = $1 AND status IN ('pending', 'running')",
        )
        .bind(batch.0)
        .fetch_one(&self.pool)
        .await?;
        let ready = sqlx::query(
            "SELECT conversations, count(*) AS runs FROM (
                 SELECT array_agg(conversation_id ORDER BY conversation_id) AS conversations
                 FROM interactions
                 WHERE batch_id = $1 AND status = 'pending' AND claimed_by IS NULL
                   AND available_at <= clock_timestamp()
                 GROUP BY workflow_run_id) AS per_run
             GROUP BY conversations ORDER BY conversations",
        )
        .bind(batch.0)
        .fetch_all(&self.pool)
        .await?;
        let count = |value: i64| usize::try_from(value).unwrap_or(0);
        let now: DateTime<Utc> = open.get("now");
        Ok(OpenWork {
            open_runs: count(open.get("open_runs")),
            leased: count(open.get("leased")),
            ready: ready
                .iter()
                .map(|row| ReadyWork {
                    conversations: row
                        .get::<Vec<i32>, _>("conversations")
                        .into_iter()
                        .map(ConversationId)
                        .collect(),
                    runs: count(row.get("runs")),
                })
                .collect(),
            next_available_in: open
                .get::<Option<DateTime<Utc>>, _>("next_available")
                .map(|at| (at - now).to_std().unwrap_or_default()),
        })
    }
}
