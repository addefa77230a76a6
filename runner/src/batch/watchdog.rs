//! The watchdog: ends interactions that run too long and puts back what lost its lease. A function of (now, rows), with
//! a tick around it.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Event, Events, ExecuteSettings};
use crate::store::{
    BatchId, Claim, ErrorType, Failure, Finish, HeldRow, RunningRow, Store, StoreError,
};
use crate::workflow::{ConversationId, Workflow};

/// How long an interaction of each step may run.
///
/// The rule: half as long again as the step's own timeout, and never longer than the cap. A call is cut by its own
/// timeout first; the watchdog is for what that could not cut, such as a worker that is stuck.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thresholds {
    steps: BTreeMap<ConversationId, Duration>,
    /// For a step that the workflow does not have.
    cap: Duration,
}

impl Thresholds {
    /// By the rule, in the time of the settings' model server; their watchdog limit is the cap.
    pub fn of_steps(workflow: &Workflow, settings: &ExecuteSettings) -> Self {
        let limit = |timeout: Duration| {
            let with_slack = timeout + timeout / 2;
            settings.limit(with_slack.min(settings.watchdog_limit))
        };
        let conversations = workflow.conversations.iter();
        Self {
            steps: conversations.map(|c| (c.id, limit(c.timeout))).collect(),
            cap: settings.limit(settings.watchdog_limit),
        }
    }

    /// One for all steps.
    pub fn all(limit: Duration) -> Self {
        Self {
            steps: BTreeMap::new(),
            cap: limit,
        }
    }

    /// How long the step may run.
    pub fn of(&self, conversation: ConversationId) -> Duration {
        self.steps.get(&conversation).copied().unwrap_or(self.cap)
    }
}

/// Chooses the rows that have run for longer than they may at `now`. A row that has just reached its threshold is left
/// alone.
pub fn overdue<'a>(
    now: DateTime<Utc>,
    thresholds: &Thresholds,
    rows: &'a [RunningRow],
) -> Vec<&'a RunningRow> {
    let is_overdue = |row: &&RunningRow| {
        let limit = thresholds.of(row.claim.conversation);
        now - row.started_at > TimeDelta::from_std(limit).unwrap_or(TimeDelta::MAX)
    };
    rows.iter().filter(is_overdue).collect()
}

/// An interaction that the watchdog steps in on, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intervention {
    /// The interaction and its attempt.
    pub claim: Claim,
    /// How long it has run, or has been held.
    pub age: TimeDelta,
    /// Who works on it.
    pub runner: String,
}

/// What one round did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Round {
    /// Lost their leases: back in the queue.
    pub put_back: Vec<Intervention>,
    /// Ran too long: failed.
    pub failed: Vec<Intervention>,
    /// Runs that ended with them.
    pub runs_ended: usize,
}

impl Round {
    /// Whether there was nothing to do.
    pub fn is_quiet(&self) -> bool {
        self.put_back.is_empty() && self.failed.is_empty()
    }
}

/// Watches one batch.
#[derive(Debug)]
pub struct Watchdog<'a> {
    /// Where the rows are.
    pub store: &'a Store,
    /// What a run's end depends on.
    pub workflow: &'a Workflow,
    /// How long an interaction may run.
    pub thresholds: Thresholds,
    /// Who is told.
    pub events: &'a Events,
}

impl Watchdog<'_> {
    /// One round: puts back what lost its lease, then fails what runs too long. An attempt that ended between reading
    /// and writing is left as it is.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn tick(&self, batch: BatchId) -> Result<Round, StoreError> {
        let mut round = self.foresee(batch).await?;
        let returned = self.store.reclaim_expired(batch).await?;
        round
            .put_back
            .retain(|it| returned.contains(&it.claim.interaction_id));
        if !returned.is_empty() {
            let lost = returned.len();
            tracing::warn!(
                lost,
                "leases ran out; the interactions are back in the queue"
            );
        }
        for intervention in std::mem::take(&mut round.failed) {
            if let Finish::Written { run_ended } = self.fail(&intervention).await? {
                round.runs_ended += usize::from(run_ended);
                round.failed.push(intervention);
            }
        }
        Ok(round)
    }

    /// What a round would do now. Nothing is written.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn foresee(&self, batch: BatchId) -> Result<Round, StoreError> {
        let expired = self.store.expired(batch).await?;
        let (now, rows) = self.store.running(batch).await?;
        // What lost its lease goes back into the queue however long it ran: its worker is gone, the work is not to blame.
        let is_held = |row: &&RunningRow| {
            let same = |held: &HeldRow| held.claim.interaction_id == row.claim.interaction_id;
            !expired.iter().any(same)
        };
        let failed = overdue(now, &self.thresholds, &rows)
            .into_iter()
            .filter(is_held)
            .map(|row| Intervention {
                claim: row.claim.clone(),
                age: now - row.started_at,
                runner: row.runner.clone(),
            })
            .collect();
        let put_back = expired.iter().map(|row| Intervention {
            claim: row.claim.clone(),
            age: now - row.claimed_at,
            runner: row.runner.clone(),
        });
        Ok(Round {
            put_back: put_back.collect(),
            failed,
            runs_ended: 0,
        })
    }

    async fn fail(&self, seen: &Intervention) -> Result<Finish, StoreError> {
        let message = format!(
            "watchdog: attempt {} ran for {} s at {}, longer than the {} s that step {} may take; \
             look at the model server's log",
            seen.claim.attempt,
            seen.age.num_seconds(),
            seen.runner,
            self.thresholds.of(seen.claim.conversation).as_secs(),
            seen.claim.conversation,
        );
        let failure = Failure::new(ErrorType::Watchdog, message);
        let finish = self
            .store
            .fail_overdue(self.workflow, &seen.claim, &failure)
            .await?;
        if let Finish::Written { run_ended } = finish {
            self.events.tell(Event::WatchdogIntervened {
                conversation: seen.claim.conversation,
            });
            if run_ended {
                self.events.tell(Event::RunEnded);
            }
        }
        Ok(finish)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running_since(started_at: DateTime<Utc>) -> RunningRow {
        let claim = Claim {
            interaction_id: 1,
            attempt: 1,
            run_id: 1,
            posting_id: 1,
            conversation: ConversationId(3341),
        };
        RunningRow {
            claim,
            started_at,
            runner: "runner-1".to_owned(),
        }
    }

    #[test]
    fn what_runs_past_the_limit_is_overdue_and_what_has_just_reached_it_is_not() {
        let started = DateTime::UNIX_EPOCH;
        let limit = Thresholds::all(Duration::from_mins(15));
        let rows = [
            running_since(started),
            running_since(started + TimeDelta::milliseconds(1)),
        ];
        let at_the_limit = started + TimeDelta::seconds(900);
        assert!(overdue(at_the_limit, &limit, &rows).is_empty());
        let a_moment_later = at_the_limit + TimeDelta::milliseconds(1);
        assert_eq!(overdue(a_moment_later, &limit, &rows), [&rows[0]]);
    }

    #[test]
    fn a_clock_that_stands_before_the_start_makes_nothing_overdue() {
        let rows = [running_since(DateTime::UNIX_EPOCH + TimeDelta::hours(1))];
        let limit = Thresholds::all(Duration::from_secs(1));
        assert!(overdue(DateTime::UNIX_EPOCH, &limit, &rows).is_empty());
    }

    #[test]
    fn each_step_may_take_half_as_long_again_as_its_own_timeout_and_none_more_than_the_cap() {
        let mut workflow = Workflow::builtin();
        let settings = ExecuteSettings::default();
        let thresholds = Thresholds::of_steps(&workflow, &settings);
        assert_eq!(
            thresholds.of(ConversationId(9144)),
            Duration::from_secs(450)
        );
        assert_eq!(thresholds.of(ConversationId(3341)), Duration::from_mins(15));
        for conversation in &mut workflow.conversations {
            conversation.timeout = Duration::from_hours(2);
        }
        let capped = Thresholds::of_steps(&workflow, &settings);
        assert_eq!(capped.of(ConversationId(3341)), settings.watchdog_limit);
    }
}
