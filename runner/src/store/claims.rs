//! Claims: leases on interactions, and the moment at which work on them begins.

use std::time::Duration;

use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgRow;
use tokio::time::Instant;

use super::{BatchId, Store, StoreError};
use crate::clock;
use crate::workflow::{ConversationId, Workflow};

/// Sets claims running that are still the caller's, and answers `$columns` of them.
macro_rules! begin {
    ($columns:literal) => {
        concat!(
            "UPDATE interactions i
             SET status = 'running', input = begun.input,
                 started_at = greatest(i.claimed_at, statement_timestamp() - make_interval(secs => begun.ago))
             FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unhurried,
                  unnest($2::bigint[], $3::int[], $4::jsonb[], $5::float8[])
                      AS begun (interaction_id, attempt, input, ago)
             WHERE i.interaction_id = begun.interaction_id AND i.attempt = begun.attempt
               AND i.claimed_by = $1 AND i.status = 'pending'
             RETURNING ",
            $columns
        )
    };
}

/// Most of the time it is this one: a second update in it takes half as long again.
const BEGIN: &str = begin!("i.interaction_id");

/// The same where runs may begin with their claims.
const BEGIN_WITH_THEIR_RUNS: &str = concat!(
    "WITH started AS (",
    begin!("i.interaction_id, i.workflow_run_id, i.started_at"),
    "), first_begun AS (
         SELECT r.workflow_run_id, began
         FROM workflow_runs r
         JOIN (SELECT workflow_run_id, min(started_at) AS began FROM started GROUP BY workflow_run_id) AS theirs
             USING (workflow_run_id)
         WHERE r.status = 'pending'
         ORDER BY r.workflow_run_id FOR UPDATE OF r
     ), under_way AS (
         UPDATE workflow_runs r
         SET status = 'running', started_at = greatest(r.created_at, began)
         FROM first_begun WHERE r.workflow_run_id = first_begun.workflow_run_id
     )
     SELECT interaction_id FROM started"
);

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

/// The ready interactions of a conversation, or those of them that lie behind one that was claimed before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// The step.
    pub conversation: ConversationId,
    /// Only interactions with a higher number. A claim that begins where the last one ended does not look at what was
    /// claimed and completed meanwhile, again and again; what came back behind it is for a claim from 0.
    pub after: i64,
}

impl Store {
    /// Leases up to `limit` ready interactions of `conversations`, oldest first, for `lease`.
    ///
    /// A claim does not wait for the disk: should the database crash and forget it, the start that follows meets the
    /// fence, and the interaction is claimed again.
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
        let from_the_start = |&conversation| Queue {
            conversation,
            after: 0,
        };
        let queues: Vec<Queue> = conversations.iter().map(from_the_start).collect();
        self.claim_from(batch, runner, &queues, limit, lease).await
    }

    /// As [`claim`](Self::claim), of `queues` that need not begin at their start.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn claim_from(
        &self,
        batch: BatchId,
        runner: &str,
        queues: &[Queue],
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Claim>, StoreError> {
        let rows = sqlx::query(
            "WITH ready AS (
                 SELECT oldest.interaction_id
                 FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unhurried,
                      unnest($3::int[], $6::bigint[]) AS asked (conversation_id, claimed_before)
                 CROSS JOIN LATERAL (
                     SELECT interaction_id FROM interactions
                     WHERE batch_id = $1 AND conversation_id = asked.conversation_id AND completed_at IS NULL
                       AND interaction_id + 0 > asked.claimed_before AND status = 'pending' AND claimed_by IS NULL
                       AND available_at <= clock_timestamp()
                     ORDER BY interaction_id + 0 LIMIT $4
                     FOR UPDATE SKIP LOCKED) AS oldest
                 ORDER BY oldest.interaction_id LIMIT $4
             )
             UPDATE interactions i
             SET claimed_by = $2, claimed_at = clock_timestamp(), attempt = attempt + 1,
                 lease_expires_at = clock_timestamp() + make_interval(secs => $5)
             FROM ready WHERE i.interaction_id = ready.interaction_id
             RETURNING i.interaction_id, attempt, workflow_run_id, posting_id, conversation_id",
        )
        .bind(batch.0)
        .bind(runner)
        .bind(queues.iter().map(|q| q.conversation.0).collect::<Vec<_>>())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(lease.as_secs_f64())
        .bind(queues.iter().map(|q| q.after).collect::<Vec<_>>())
        .fetch_all(&self.pool)
        .await?;
        Ok(in_order(&rows))
    }

    /// Leases all of `conversations` in up to `runs` runs, the oldest in which every one of them is ready; of a run
    /// all or nothing. The claims of a run stand side by side in the answer.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn claim_together(
        &self,
        batch: BatchId,
        runner: &str,
        conversations: &[ConversationId],
        runs: usize,
        lease: Duration,
    ) -> Result<Vec<Claim>, StoreError> {
        let rows = sqlx::query(
            "WITH oldest AS (
                 SELECT first.workflow_run_id
                 FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unhurried, interactions first
                 WHERE batch_id = $1 AND conversation_id = ($3::int[])[1] AND completed_at IS NULL
                   AND status = 'pending' AND claimed_by IS NULL AND available_at <= clock_timestamp()
                   AND cardinality($3) = (
                       SELECT count(*) FROM interactions sibling
                       WHERE sibling.workflow_run_id = first.workflow_run_id
                         AND sibling.conversation_id = ANY ($3) AND sibling.status = 'pending'
                         AND sibling.claimed_by IS NULL AND sibling.available_at <= clock_timestamp())
                 ORDER BY interaction_id + 0 LIMIT $5
             ), ready AS (
                 SELECT interaction_id, workflow_run_id FROM interactions JOIN oldest USING (workflow_run_id)
                 WHERE conversation_id = ANY ($3) AND status = 'pending' AND claimed_by IS NULL
                 FOR UPDATE OF interactions SKIP LOCKED
             ), whole AS (
                 SELECT workflow_run_id FROM ready
                 GROUP BY workflow_run_id HAVING count(*) = cardinality($3)
             )
             UPDATE interactions i
             SET claimed_by = $2, claimed_at = clock_timestamp(), attempt = attempt + 1,
                 lease_expires_at = clock_timestamp() + make_interval(secs => $4)
             FROM ready JOIN whole USING (workflow_run_id)
             WHERE i.interaction_id = ready.interaction_id
             RETURNING i.interaction_id, attempt, i.workflow_run_id, posting_id, conversation_id",
        )
        .bind(batch.0)
        .bind(runner)
        .bind(ids(conversations))
        .bind(lease.as_secs_f64())
        .bind(i64::try_from(runs).unwrap_or(i64::MAX))
        .fetch_all(&self.pool)
        .await?;
        let mut claims = in_order(&rows);
        claims.sort_by_key(|claim| claim.run_id);
        Ok(claims)
    }

    /// Begins work on claims: from here on they are running. `inputs` stand in the order of `claims`.
    ///
    /// Claims that are no longer `runner`'s are left out of the answer and must be dropped. It may be made again when its
    /// answer was lost.
    ///
    /// A start does not wait for the disk. Should the database crash and forget it, the result meets the fence and the
    /// interaction is done again when its lease has run out.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn start(
        &self,
        workflow: &Workflow,
        runner: &str,
        claims: &[Claim],
        inputs: &[Value],
    ) -> Result<Vec<i64>, StoreError> {
        let now = vec![clock::instant(); claims.len()];
        self.start_sent(workflow, runner, claims, inputs, &now)
            .await
    }

    /// As [`start`](Self::start), for calls that were sent at `sent_at`, in the order of `claims`: that is when they began, by
    /// the database's clock, however long a connection is waited for and the statement waits there. What is told is how
    /// long ago it was, which is as long on every machine, whatever its wall clock says.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn start_sent(
        &self,
        workflow: &Workflow,
        runner: &str,
        claims: &[Claim],
        inputs: &[Value],
        sent_at: &[Instant],
    ) -> Result<Vec<i64>, StoreError> {
        // Whatever needs an earlier step is of a run that has begun.
        let is_first = |claim: &Claim| {
            let conversation = workflow.conversation(claim.conversation);
            conversation.is_none_or(|conversation| conversation.needs.is_empty())
        };
        let statement = if claims.iter().any(is_first) {
            BEGIN_WITH_THEIR_RUNS
        } else {
            BEGIN
        };
        let mut connection = self.pool.acquire().await?;
        let now = clock::instant();
        let ago = |sent_at: &Instant| now.saturating_duration_since(*sent_at).as_secs_f64();
        let started: Vec<i64> = sqlx::query_scalar(statement)
            .bind(runner)
            .bind(claims.iter().map(|c| c.interaction_id).collect::<Vec<_>>())
            .bind(claims.iter().map(|c| c.attempt).collect::<Vec<_>>())
            .bind(inputs)
            .bind(sent_at.iter().map(ago).collect::<Vec<_>>())
            .fetch_all(&mut *connection)
            .await?;
        drop(connection);
        if started.len() == claims.len() {
            return Ok(started);
        }
        self.under_way(runner, claims).await
    }

    /// Those of `claims` that `runner` has begun, by whichever call of [`start`](Self::start): the answer of an earlier one
    /// may have been lost on the way.
    async fn under_way(&self, runner: &str, claims: &[Claim]) -> Result<Vec<i64>, StoreError> {
        let under_way = sqlx::query_scalar(
            "SELECT i.interaction_id
             FROM unnest($2::bigint[], $3::int[]) AS begun (interaction_id, attempt)
             JOIN interactions i USING (interaction_id, attempt)
             WHERE i.claimed_by = $1 AND i.status = 'running'",
        )
        .bind(runner)
        .bind(claims.iter().map(|c| c.interaction_id).collect::<Vec<_>>())
        .bind(claims.iter().map(|c| c.attempt).collect::<Vec<_>>())
        .fetch_all(&self.pool)
        .await?;
        Ok(under_way)
    }

    /// Extends `runner`'s leases on `claims`; answers the interactions that are still its own. The others were
    /// taken away, and their calls have to be stopped.
    ///
    /// A lease that ran out longer ago than it is long is not taken up again, although nobody took it yet: whoever held it
    /// was not merely late but asleep, and what he had under way has aged meanwhile without being worked on. Extended, it
    /// would look overdue to every watchdog, and fail; left alone, it goes back into the queue.
    ///
    /// A row that is being written at this moment, mostly by `runner` itself, is not waited for: two that each wait for
    /// a row of the other would wait for ever, and its lease is extended by the next beat.
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
            "WITH held AS (
                 SELECT i.interaction_id, i.attempt
                 FROM unnest($2::bigint[], $3::int[]) AS held (interaction_id, attempt)
                 JOIN interactions i USING (interaction_id, attempt)
                 WHERE i.claimed_by = $1 AND i.status IN ('pending', 'running')
                   AND i.lease_expires_at > clock_timestamp() - make_interval(secs => $4)
             ), at_rest AS (
                 SELECT i.interaction_id FROM interactions i JOIN held USING (interaction_id, attempt)
                 WHERE i.claimed_by = $1 AND i.status IN ('pending', 'running')
                 FOR UPDATE OF i SKIP LOCKED
             ), extended AS (
                 UPDATE interactions i
                 SET lease_expires_at = clock_timestamp() + make_interval(secs => $4)
                 FROM at_rest WHERE i.interaction_id = at_rest.interaction_id
             )
             SELECT interaction_id FROM held",
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
