//! The one transaction that completes interactions: one, or as many as have been answered meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row};

use super::settlement::{RunStates, State, lock_runs, settle_runs, state};
use super::{Claim, Store, StoreError};
use crate::workflow::{ConversationId, Output, PostingColumn, Workflow};

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
    /// As [`complete_all`](Self::complete_all).
    pub async fn complete(
        &self,
        workflow: &Workflow,
        runner: &str,
        claim: &Claim,
        output: &Output,
    ) -> Result<Finish, StoreError> {
        let finishes = self
            .complete_all(workflow, runner, &[(claim, output)])
            .await?;
        Ok(finishes.first().copied().unwrap_or(Finish::NoLongerMine))
    }

    /// Completes interactions as [`complete`](Self::complete) does, all in one transaction; answers what came of each,
    /// in their order. Each is fenced on its own: one that is no longer `runner`'s is left out, and the others are
    /// written.
    ///
    /// One transaction for many is what makes completions cheap: the disk is waited for once, and each statement is
    /// one for all. The runs are locked in ascending order, so that two runners with overlapping groups wait for one
    /// another in turn and never for ever.
    ///
    /// # Errors
    /// As every call of the store; [`StoreError::Refused`] when a column's value is not a legal one, and then nothing
    /// of the group is written.
    pub async fn complete_all(
        &self,
        workflow: &Workflow,
        runner: &str,
        results: &[(&Claim, &Output)],
    ) -> Result<Vec<Finish>, StoreError> {
        let rows = ResultRows::of(workflow, results)?;
        let runs: BTreeSet<i64> = results.iter().map(|(claim, _)| claim.run_id).collect();
        let runs: Vec<i64> = runs.into_iter().collect();
        let mut tx = self.pool.begin().await?;
        lock_runs(&mut tx, &runs).await?;
        let Written { stored, stood } = write(&mut tx, runner, rows, &runs).await?;
        let mut finishes = if stored.is_empty() {
            drop(tx);
            vec![Finish::NoLongerMine; results.len()]
        } else {
            let states = after(&stood, results, &stored);
            let ended = settle_runs(&mut tx, workflow, &states).await?;
            tx.commit().await?;
            finishes(results, &stored, &ended)
        };
        for ((claim, _), finish) in results.iter().zip(&mut finishes) {
            if *finish == Finish::NoLongerMine {
                *finish = self.written_before(runner, claim, "completed").await?;
            }
        }
        Ok(finishes)
    }

    /// What came of an end of `claim` that met the fence: was it written already, by a call of `runner`'s whose answer was
    /// lost on the way? That is no result that came too late.
    pub(super) async fn written_before(
        &self,
        runner: &str,
        claim: &Claim,
        status: &str,
    ) -> Result<Finish, StoreError> {
        let run_ended = sqlx::query_scalar(
            "SELECT r.completed_at IS NOT NULL
             FROM interactions i JOIN workflow_runs r USING (workflow_run_id)
             WHERE i.interaction_id = $1 AND i.attempt = $2 AND i.claimed_by = $3 AND i.status = $4",
        )
        .bind(claim.interaction_id)
        .bind(claim.attempt)
        .bind(runner)
        .bind(status)
        .fetch_optional(&self.pool)
        .await?;
        Ok(
            run_ended.map_or(Finish::NoLongerMine, |run_ended| Finish::Written {
                run_ended,
            }),
        )
    }
}

/// How the runs of which something was written stand now, by what the rows hold. Where everything came too late, whoever
/// took it over settles the run.
fn after(
    stood: &RunStates,
    results: &[(&Claim, &Output)],
    stored: &BTreeMap<i64, Stored>,
) -> RunStates {
    let mut states = RunStates::new();
    for (claim, _) in results {
        if let Some(row) = stored.get(&claim.interaction_id)
            && row.attempt == claim.attempt
        {
            let stood = || stood.get(&claim.run_id).cloned().unwrap_or_default();
            let of_its_run = states.entry(claim.run_id).or_insert_with(stood);
            of_its_run.insert(claim.conversation, row.state);
        }
    }
    states
}

/// What came of each result. Of several of one run only the last ends it.
fn finishes(
    results: &[(&Claim, &Output)],
    stored: &BTreeMap<i64, Stored>,
    ended: &BTreeSet<i64>,
) -> Vec<Finish> {
    let is_written = |claim: &Claim| {
        let row = stored.get(&claim.interaction_id);
        row.is_some_and(|row| row.attempt == claim.attempt)
    };
    let last_of_its_run: BTreeMap<i64, i64> = results
        .iter()
        .filter(|(claim, _)| is_written(claim))
        .map(|(claim, _)| (claim.run_id, claim.interaction_id))
        .collect();
    let finish = |claim: &Claim| {
        if !is_written(claim) {
            return Finish::NoLongerMine;
        }
        let is_last = last_of_its_run.get(&claim.run_id) == Some(&claim.interaction_id);
        Finish::Written {
            run_ended: is_last && ended.contains(&claim.run_id),
        }
    };
    results.iter().map(|(claim, _)| finish(claim)).collect()
}

/// The results, column by column, as the statement takes them.
#[derive(Debug, Default)]
struct ResultRows {
    interaction_ids: Vec<i64>,
    attempts: Vec<i32>,
    outputs: Vec<Value>,
    outcomes: Vec<Option<String>>,
    summaries: Vec<Option<String>>,
    skills: Vec<Option<Value>>,
    scores: Vec<Option<i32>>,
    categories: Vec<Option<String>>,
}

impl ResultRows {
    fn of(workflow: &Workflow, results: &[(&Claim, &Output)]) -> Result<Self, StoreError> {
        let mut rows = Self::default();
        for (claim, output) in results {
            rows.push(workflow, claim, output)?;
        }
        Ok(rows)
    }

    fn push(
        &mut self,
        workflow: &Workflow,
        claim: &Claim,
        output: &Output,
    ) -> Result<(), StoreError> {
        let whole = serde_json::to_value(output).map_err(|source| StoreError::ForeignValue {
            interaction_id: claim.interaction_id,
            source,
        })?;
        let writes = workflow
            .conversation(claim.conversation)
            .map_or(&[][..], |c| &c.writes[..]);
        // A column that the step does not write keeps its value, whatever the output holds.
        let value = |column| {
            writes
                .contains(&column)
                .then(|| output.column(column))
                .flatten()
        };
        let text = |column| value(column)?.as_str().map(str::to_owned);
        let score = value(PostingColumn::IhlScore).and_then(|score| score.as_i64());
        self.interaction_ids.push(claim.interaction_id);
        self.attempts.push(claim.attempt);
        self.outputs.push(whole);
        self.outcomes
            .push(output.outcome().map(|outcome| outcome.to_string()));
        self.summaries.push(text(PostingColumn::ExtractedSummary));
        self.skills.push(value(PostingColumn::SkillKeywords));
        self.scores
            .push(score.and_then(|score| i32::try_from(score).ok()));
        self.categories.push(text(PostingColumn::IhlCategory));
        Ok(())
    }
}

/// What the statement wrote, and how the runs stood before it.
#[derive(Debug, Default)]
struct Written {
    /// The interactions that passed their fence.
    stored: BTreeMap<i64, Stored>,
    /// Every interaction of the runs.
    stood: RunStates,
}

/// A row that was written.
#[derive(Debug, Clone, Copy)]
struct Stored {
    attempt: i32,
    state: State,
}

/// Writes what passes its fence and the columns of its postings, and reads how the runs stood before: one round trip. A run
/// is one row, and so is all that was written, since a row costs more on its way here than what stands in it.
///
/// Two results for one posting are one update of it, since a statement updates a row once; where both wrote a column,
/// the later one stands, as it would had they come one after the other.
///
/// Nothing here joins two parts of the statement with one another: the planner takes each for a row or two, and a
/// nested loop over a group of 256 takes longer than everything else.
async fn write(
    tx: &mut PgConnection,
    runner: &str,
    rows: ResultRows,
    runs: &[i64],
) -> Result<Written, StoreError> {
    let stands = sqlx::query(
        "WITH written AS (
             UPDATE interactions i
             SET status = 'completed', completed_at = clock_timestamp(), output = done.output, outcome = done.outcome
             FROM unnest($2::bigint[], $3::int[], $4::jsonb[], $5::text[], $6::text[], $7::jsonb[], $8::int[], $9::text[])
                 WITH ORDINALITY AS done
                     (interaction_id, attempt, output, outcome, summary, skills, score, category, place)
             WHERE i.interaction_id = done.interaction_id AND i.attempt = done.attempt
               AND i.claimed_by = $1 AND i.status = 'running'
             RETURNING i.interaction_id, i.attempt, i.posting_id, i.outcome, summary, skills, score, category, place
         ), columns AS (
             SELECT posting_id,
                    (array_agg(summary ORDER BY place DESC) FILTER (WHERE summary IS NOT NULL))[1] AS summary,
                    (array_agg(skills ORDER BY place DESC) FILTER (WHERE skills IS NOT NULL))[1] AS skills,
                    (array_agg(score ORDER BY place DESC) FILTER (WHERE score IS NOT NULL))[1] AS score,
                    (array_agg(category ORDER BY place DESC) FILTER (WHERE category IS NOT NULL))[1] AS category
             FROM written WHERE num_nonnulls(summary, skills, score, category) > 0
             GROUP BY posting_id
         ), locked AS (
             SELECT p.posting_id, columns.summary, columns.skills, columns.score, columns.category
             FROM postings p JOIN columns USING (posting_id)
             ORDER BY p.posting_id FOR UPDATE OF p
         ), posted AS (
             UPDATE postings p
             SET extracted_summary = coalesce(locked.summary, p.extracted_summary),
                 skill_keywords = coalesce(locked.skills, p.skill_keywords),
                 ihl_score = coalesce(locked.score, p.ihl_score),
                 ihl_category = coalesce(locked.category, p.ihl_category),
                 updated_at = clock_timestamp()
             FROM locked WHERE p.posting_id = locked.posting_id
         )
         SELECT workflow_run_id, array_agg(interaction_id) AS interactions, array_agg(conversation_id) AS numbers,
                array_agg(status) AS statuses, array_agg(outcome) AS outcomes
         FROM interactions WHERE workflow_run_id = ANY ($10) GROUP BY workflow_run_id
         UNION ALL
         SELECT NULL, array_agg(interaction_id), array_agg(attempt), array_agg('completed'::text), array_agg(outcome)
         FROM written HAVING count(*) > 0",
    )
    .bind(runner)
    .bind(rows.interaction_ids)
    .bind(rows.attempts)
    .bind(rows.outputs)
    .bind(rows.outcomes)
    .bind(rows.summaries)
    .bind(rows.skills)
    .bind(rows.scores)
    .bind(rows.categories)
    .bind(runs)
    .fetch_all(tx)
    .await?;
    Written::read(&stands)
}

impl Written {
    fn read(rows: &[PgRow]) -> Result<Self, StoreError> {
        let mut written = Self::default();
        for row in rows {
            let interactions: Vec<i64> = row.get("interactions");
            let numbers: Vec<i32> = row.get("numbers");
            let statuses: Vec<String> = row.get("statuses");
            let outcomes: Vec<Option<String>> = row.get("outcomes");
            let states = interactions
                .iter()
                .zip(statuses.iter().zip(&outcomes))
                .map(|(id, (status, outcome))| state(*id, status, outcome.as_deref()));
            let states: Vec<State> = states.collect::<Result<_, _>>()?;
            let numbered = numbers.into_iter().zip(states);
            if let Some(run) = row.get::<Option<i64>, _>("workflow_run_id") {
                let states =
                    numbered.map(|(conversation, state)| (ConversationId(conversation), state));
                written.stood.insert(run, states.collect());
            } else {
                let stored = numbered.map(|(attempt, state)| Stored { attempt, state });
                written.stored.extend(interactions.into_iter().zip(stored));
            }
        }
        Ok(written)
    }
}
