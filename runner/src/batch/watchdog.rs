//! The watchdog: ends interactions that run too long. A function of (now, rows), with a tick around it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Event, Events};
use crate::store::{BatchId, ErrorType, Failure, Finish, RunningRow, Store, StoreError};
use crate::workflow::Workflow;

/// Chooses the rows that have run for longer than `limit` at `now`. A row that has just reached it is left alone.
pub fn overdue(now: DateTime<Utc>, limit: Duration, rows: &[RunningRow]) -> Vec<&RunningRow> {
    let limit = TimeDelta::from_std(limit).unwrap_or(TimeDelta::MAX);
    rows.iter()
        .filter(|row| now - row.started_at > limit)
        .collect()
}

/// Watches one batch.
#[derive(Debug)]
pub struct Watchdog<'a> {
    /// Where the rows are.
    pub store: &'a Store,
    /// What a run's end depends on.
    pub workflow: &'a Workflow,
    /// How long an interaction may run.
    pub limit: Duration,
    /// Who is told.
    pub events: &'a Events,
}

impl Watchdog<'_> {
    /// One round: puts back what lost its lease and fails what runs for longer than the limit; answers how many it
    /// failed. An attempt that ended between reading and writing is left as it is.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn tick(&self, batch: BatchId) -> Result<usize, StoreError> {
        let lost = self.store.reclaim_expired(batch).await?;
        if lost > 0 {
            tracing::warn!(
                lost,
                "leases ran out; the interactions are back in the queue"
            );
        }
        let (now, rows) = self.store.running(batch).await?;
        let mut interventions = 0;
        for row in overdue(now, self.limit, &rows) {
            let message = format!(
                "watchdog: attempt {} ran for {} s, longer than the {} s an interaction may take; \
                 look at the model server's log for {}",
                row.claim.attempt,
                (now - row.started_at).num_seconds(),
                self.limit.as_secs(),
                row.started_at,
            );
            let failure = Failure {
                error_type: ErrorType::Watchdog,
                message,
            };
            let finish = self
                .store
                .fail_overdue(self.workflow, &row.claim, &failure)
                .await?;
            if let Finish::Written { run_ended } = finish {
                interventions += 1;
                self.events.tell(Event::WatchdogIntervened {
                    conversation: row.claim.conversation,
                });
                if run_ended {
                    self.events.tell(Event::RunEnded);
                }
            }
        }
        Ok(interventions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Claim;
    use crate::workflow::ConversationId;

    fn running_since(started_at: DateTime<Utc>) -> RunningRow {
        let claim = Claim {
            interaction_id: 1,
            attempt: 1,
            run_id: 1,
            posting_id: 1,
            conversation: ConversationId(3341),
        };
        RunningRow { claim, started_at }
    }

    #[test]
    fn what_runs_past_the_limit_is_overdue_and_what_has_just_reached_it_is_not() {
        let started = DateTime::UNIX_EPOCH;
        let limit = Duration::from_mins(15);
        let rows = [
            running_since(started),
            running_since(started + TimeDelta::milliseconds(1)),
        ];
        let at_the_limit = started + TimeDelta::seconds(900);
        assert!(overdue(at_the_limit, limit, &rows).is_empty());
        let a_moment_later = at_the_limit + TimeDelta::milliseconds(1);
        assert_eq!(overdue(a_moment_later, limit, &rows), [&rows[0]]);
    }

    #[test]
    fn a_clock_that_stands_before_the_start_makes_nothing_overdue() {
        let rows = [running_since(DateTime::UNIX_EPOCH + TimeDelta::hours(1))];
        assert!(overdue(DateTime::UNIX_EPOCH, Duration::from_secs(1), &rows).is_empty());
    }
}
