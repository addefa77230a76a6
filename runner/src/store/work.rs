//! What there is to do: the state that the wave planner decides on.

use std::collections::BTreeMap;
use std::time::Duration;

use sqlx::Row;
use sqlx::postgres::PgRow;

use super::{BatchId, Store, StoreError};
use crate::workflow::ConversationId;

/// Where an open interaction stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    /// It can be claimed.
    Ready,
    /// It was tried, and is given time.
    Waiting,
    /// Someone holds a lease on it.
    Leased {
        /// The runner.
        by: String,
    },
}

/// Runs that have the same interactions open.
///
/// Whatever else such a run may still need stands behind these in the workflow, since a step is created as soon as
/// all that it needs is over: the open ones say how far the run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenRuns {
    /// The open interactions' conversations, in ascending order, and where they stand.
    pub steps: Vec<(ConversationId, Hold)>,
    /// How many runs.
    pub runs: usize,
}

/// The open work of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenWork {
    /// Runs that are not final.
    pub open_runs: usize,
    /// Interactions that someone holds a lease on.
    pub leased: usize,
    /// Runs with open interactions, by what is open.
    pub fronts: Vec<OpenRuns>,
    /// When the next retry becomes available, where all of them wait.
    pub next_available_in: Option<Duration>,
}

impl OpenRuns {
    pub(crate) fn ready(&self) -> impl Iterator<Item = ConversationId> {
        let ready = self.steps.iter().filter(|(_, hold)| *hold == Hold::Ready);
        ready.map(|(conversation, _)| *conversation)
    }
}

impl OpenWork {
    /// Ready interactions per conversation.
    pub fn per_conversation(&self) -> BTreeMap<ConversationId, usize> {
        let mut counts = BTreeMap::new();
        for front in &self.fronts {
            for conversation in front.ready() {
                *counts.entry(conversation).or_default() += front.runs;
            }
        }
        counts
    }

    /// In how many runs all of `siblings` are ready.
    pub fn runs_with_all(&self, siblings: &[ConversationId]) -> usize {
        let all_ready = |front: &&OpenRuns| {
            let mut siblings = siblings.iter();
            siblings.all(|sibling| front.ready().any(|ready| ready == *sibling))
        };
        self.fronts.iter().filter(all_ready).map(|f| f.runs).sum()
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
                 SELECT workflow_run_id, conversation_id, claimed_by,
                        claimed_by IS NULL AND available_at > clock_timestamp() AS waits, available_at
                 FROM interactions WHERE batch_id = $1 AND completed_at IS NULL
             ), fronts AS (
                 SELECT conversations, holders, waits, count(*) AS runs FROM (
                     SELECT array_agg(conversation_id) AS conversations, array_agg(claimed_by) AS holders,
                            array_agg(waits) AS waits
                     -- Sorted once, not once for each array of each run.
                     FROM (SELECT * FROM open ORDER BY workflow_run_id, conversation_id) AS in_order
                     GROUP BY workflow_run_id) AS per_run
                 GROUP BY conversations, holders, waits
             ), totals AS (
                 SELECT (SELECT count(*) FROM workflow_runs
                         WHERE batch_id = $1 AND completed_at IS NULL) AS open_runs,
                        count(*) FILTER (WHERE claimed_by IS NOT NULL) AS leased,
                        extract(epoch FROM min(available_at) FILTER (WHERE waits)
                            - clock_timestamp())::float8 AS next_available_s
                 FROM open
             )
             SELECT open_runs, leased, next_available_s, conversations, holders, waits, runs
             FROM totals LEFT JOIN fronts ON true ORDER BY conversations, holders, waits",
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
            fronts: rows.iter().filter_map(front).collect(),
        })
    }
}

fn count(row: &PgRow, column: &str) -> usize {
    usize::try_from(row.get::<i64, _>(column)).unwrap_or(0)
}

/// Where nothing is open, the one row has no conversations.
fn front(row: &PgRow) -> Option<OpenRuns> {
    let ids = row.get::<Option<Vec<i32>>, _>("conversations")?;
    let holders = row.get::<Vec<Option<String>>, _>("holders");
    let waits = row.get::<Vec<bool>, _>("waits");
    let step = |((id, holder), waits): ((i32, Option<String>), bool)| {
        let hold = match holder {
            Some(by) => Hold::Leased { by },
            None if waits => Hold::Waiting,
            None => Hold::Ready,
        };
        (ConversationId(id), hold)
    };
    Some(OpenRuns {
        steps: ids.into_iter().zip(holders).zip(waits).map(step).collect(),
        runs: count(row, "runs"),
    })
}
