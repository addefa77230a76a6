//! What a run becomes when one of its interactions has ended: decided purely, then written.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sqlx::{PgConnection, Row};

use super::StoreError;
use crate::workflow::{ConversationId, Next, Outcome, Progress, Standing, Workflow};

/// The state of one interaction, as far as its run's fate depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Pending or running.
    Open {
        /// Whether it is being worked on.
        running: bool,
    },
    /// Completed, with the branch it takes.
    Completed(Option<Outcome>),
    /// Failed or cancelled.
    Lost,
}

/// What has to be written about a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Settlement {
    /// These interactions have become ready.
    Create(Vec<ConversationId>),
    /// Others of the run are still open.
    Wait,
    /// Every step is done.
    Complete,
    /// A step is lost and nothing of the run is running any more.
    Fail,
}

/// Decides from the run's interactions what becomes of it.
///
/// A run with a lost step creates nothing more; it fails when its last running interaction ends, not before, so that
/// no final run has work under way.
pub(super) fn settle(workflow: &Workflow, states: &BTreeMap<ConversationId, State>) -> Settlement {
    let lost = states.values().any(|state| matches!(state, State::Lost));
    let running = states
        .values()
        .any(|state| matches!(state, State::Open { running: true }));
    if lost {
        return if running {
            Settlement::Wait
        } else {
            Settlement::Fail
        };
    }
    let rows = states
        .iter()
        .map(|(id, state)| {
            let standing = match state {
                State::Completed(outcome) => Standing::Completed(*outcome),
                State::Open { .. } | State::Lost => Standing::Open,
            };
            (*id, standing)
        })
        .collect();
    match workflow.next(&Progress { rows }) {
        Next::Create(conversations) => Settlement::Create(conversations),
        Next::Wait => Settlement::Wait,
        Next::Finished => Settlement::Complete,
        Next::Failed { .. } if running => Settlement::Wait,
        Next::Failed { .. } => Settlement::Fail,
    }
}

/// The states of every interaction of some runs, by run.
pub(super) type RunStates = BTreeMap<i64, BTreeMap<ConversationId, State>>;

/// Takes the run's row for this transaction, so that two interactions of one run settle one after the other and
/// the second sees the first: without it, both graders could each believe that the other is still open.
pub(super) async fn lock_run(tx: &mut PgConnection, run: i64) -> Result<(), StoreError> {
    lock_runs(tx, &[run]).await
}

/// As [`lock_run`], in ascending order: whoever locks several does it in the same order, or two would wait for each
/// other.
pub(super) async fn lock_runs(tx: &mut PgConnection, runs: &[i64]) -> Result<(), StoreError> {
    sqlx::query(
        "SELECT 1 FROM workflow_runs WHERE workflow_run_id = ANY ($1)
         ORDER BY workflow_run_id FOR UPDATE",
    )
    .bind(runs)
    .execute(tx)
    .await?;
    Ok(())
}

/// Settles `run` within the transaction that ended one of its interactions; answers whether the run is final now.
pub(super) async fn settle_run(
    tx: &mut PgConnection,
    workflow: &Workflow,
    run: i64,
) -> Result<bool, StoreError> {
    let states = RunStates::from([(run, states_of(tx, run).await?)]);
    Ok(settle_runs(tx, workflow, &states).await?.contains(&run))
}

/// Settles runs that stand as `states` says, one statement for each kind of consequence; answers those that are final
/// now.
pub(super) async fn settle_runs(
    tx: &mut PgConnection,
    workflow: &Workflow,
    states: &RunStates,
) -> Result<BTreeSet<i64>, StoreError> {
    let mut successors: Vec<(i64, ConversationId)> = Vec::new();
    let mut completed = Vec::new();
    let mut failed = Vec::new();
    for (run, states) in states {
        match settle(workflow, states) {
            Settlement::Create(conversations) => {
                successors.extend(conversations.into_iter().map(|c| (*run, c)));
            }
            Settlement::Wait => {}
            Settlement::Complete => completed.push(*run),
            Settlement::Fail => failed.push(*run),
        }
    }
    if !successors.is_empty() {
        create_interactions(tx, &successors).await?;
    }
    if !failed.is_empty() {
        cancel_pending(tx, &failed).await?;
        end_runs(tx, &failed, "failed").await?;
    }
    if !completed.is_empty() {
        end_runs(tx, &completed, "completed").await?;
    }
    Ok(completed.into_iter().chain(failed).collect())
}

/// Creates interactions, each of a conversation in a run: all in one statement, so that siblings become ready together.
///
/// The runs are this transaction's, so that nobody else creates the same: should one exist all the same, that is a defect,
/// and the schema refuses the second.
pub(super) async fn create_interactions(
    tx: &mut PgConnection,
    successors: &[(i64, ConversationId)],
) -> Result<(), StoreError> {
    let (runs, conversations): (Vec<i64>, Vec<i32>) =
        successors.iter().map(|(run, c)| (*run, c.0)).unzip();
    sqlx::query(
        "INSERT INTO interactions (workflow_run_id, batch_id, posting_id, conversation_id, actor_id, fills_columns)
         SELECT r.workflow_run_id, r.batch_id, r.posting_id, c.conversation_id, c.actor_id, c.writes <> '{}'
         FROM unnest($1::bigint[], $2::int[]) WITH ORDINALITY AS next (workflow_run_id, conversation_id, place)
         JOIN workflow_runs r USING (workflow_run_id) JOIN conversations c USING (conversation_id)
         ORDER BY next.place",
    )
    .bind(runs)
    .bind(conversations)
    .execute(tx)
    .await?;
    Ok(())
}

/// Cancels what of lost runs has not begun. A claim on such a row finds out when its start is written, and its call is
/// broken off.
pub(super) async fn cancel_pending(tx: &mut PgConnection, runs: &[i64]) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE interactions
         SET status = 'cancelled', completed_at = clock_timestamp(),
             claimed_by = NULL, claimed_at = NULL, lease_expires_at = NULL
         WHERE workflow_run_id = ANY ($1) AND status = 'pending'",
    )
    .bind(runs)
    .execute(tx)
    .await?;
    Ok(())
}

async fn end_runs(tx: &mut PgConnection, runs: &[i64], status: &str) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE workflow_runs SET status = $2, completed_at = clock_timestamp()
         WHERE workflow_run_id = ANY ($1) AND status IN ('pending', 'running')",
    )
    .bind(runs)
    .bind(status)
    .execute(tx)
    .await?;
    Ok(())
}

async fn states_of(
    tx: &mut PgConnection,
    run: i64,
) -> Result<BTreeMap<ConversationId, State>, StoreError> {
    let rows = sqlx::query(
        "SELECT interaction_id, conversation_id, status, outcome FROM interactions
         WHERE workflow_run_id = $1",
    )
    .bind(run)
    .fetch_all(tx)
    .await?;
    rows.iter()
        .map(|row| {
            let state = state(
                row.get("interaction_id"),
                row.get("status"),
                row.get("outcome"),
            )?;
            Ok((ConversationId(row.get("conversation_id")), state))
        })
        .collect()
}

/// The state that an interaction's row tells of.
pub(super) fn state(
    interaction_id: i64,
    status: &str,
    word: Option<&str>,
) -> Result<State, StoreError> {
    let outcome = |word: &str| {
        serde_json::from_value(Value::from(word)).map_err(|source| StoreError::ForeignValue {
            interaction_id,
            source,
        })
    };
    Ok(match status {
        "completed" => State::Completed(word.map(outcome).transpose()?),
        "failed" | "cancelled" => State::Lost,
        status => State::Open {
            running: status == "running",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(states: &[(i32, State)]) -> Settlement {
        let states = states
            .iter()
            .map(|(id, state)| (ConversationId(*id), *state))
            .collect();
        settle(&Workflow::builtin(), &states)
    }

    const RUNNING: State = State::Open { running: true };
    const PENDING: State = State::Open { running: false };

    fn done(outcome: Outcome) -> State {
        State::Completed(Some(outcome))
    }

    #[test]
    fn both_graders_become_ready_in_one_stroke() {
        let states = [
            (9144, done(Outcome::Verified)),
            (9193, done(Outcome::Valid)),
            (9184, done(Outcome::Run)),
            (3335, State::Completed(None)),
            (9161, PENDING),
        ];
        let graders = vec![ConversationId(3336), ConversationId(3337)];
        assert_eq!(settled(&states), Settlement::Create(graders));
    }

    #[test]
    fn a_run_with_a_lost_step_creates_nothing_and_fails_with_its_last_running_one() {
        let lost = (3335, State::Lost);
        assert_eq!(settled(&[lost, (9161, RUNNING)]), Settlement::Wait);
        assert_eq!(settled(&[lost, (9161, State::Lost)]), Settlement::Fail);
    }

    #[test]
    fn what_is_pending_does_not_keep_a_lost_run_open() {
        assert_eq!(
            settled(&[(3335, State::Lost), (9161, PENDING)]),
            Settlement::Fail
        );
    }

    #[test]
    fn a_fatal_outcome_fails_the_run() {
        let states = [
            (9144, done(Outcome::Verified)),
            (9193, done(Outcome::TooShort)),
        ];
        assert_eq!(settled(&states), Settlement::Fail);
    }
}
