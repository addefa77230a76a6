//! The time by which a run is to be over. Whoever ends a run from outside, such as a CI that stops jobs after six hours,
//! leaves nothing but its last checkpoint; so it ends by itself before that, in good order.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use wave_runner::batch::Stop;

use super::{Observer, TrialError};
use crate::clock;
use crate::record::{Ended, RunRecord};

/// How often the clock is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// When a run ends by itself, if it has not come to its end by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    at: DateTime<Utc>,
    after: Duration,
}

impl Deadline {
    /// So long after `begin`. By the wall clock: time that a machine sleeps through counts, as it does for whoever stops
    /// jobs from outside.
    pub fn after(begin: DateTime<Utc>, after: Duration) -> Self {
        let at = TimeDelta::from_std(after)
            .ok()
            .and_then(|after| begin.checked_add_signed(after));
        Self {
            at: at.unwrap_or(DateTime::<Utc>::MAX_UTC),
            after,
        }
    }

    fn has_come(&self, now: DateTime<Utc>) -> bool {
        now >= self.at
    }
}

/// A deadline that is being watched, and whether it was what stopped the run.
pub(super) struct Watched<'t> {
    deadline: Option<Deadline>,
    has_stopped: AtomicBool,
    observer: &'t dyn Observer,
    stop: &'t Stop,
}

impl<'t> Watched<'t> {
    pub(super) fn new(
        deadline: Option<Deadline>,
        observer: &'t dyn Observer,
        stop: &'t Stop,
    ) -> Self {
        Self {
            deadline,
            has_stopped: AtomicBool::new(false),
            observer,
            stop,
        }
    }

    /// Does `work`, which heeds the stop, and says at its end if it was the deadline that stopped it.
    pub(super) async fn over(
        &self,
        work: impl Future<Output = Result<RunRecord, TrialError>>,
    ) -> Result<RunRecord, TrialError> {
        tokio::select! {
            done = work => self.told(done),
            never = self.watch() => match never {},
        }
    }

    async fn watch(&self) -> Infallible {
        if let Some(deadline) = self.deadline {
            let mut ticker = tokio::time::interval(LOOK_EVERY);
            ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            while !deadline.has_come(clock::now()) {
                ticker.tick().await;
            }
            // Whoever was asked to stop already stops for another reason.
            if !self.stop.is_asked() {
                self.has_stopped.store(true, Ordering::Relaxed);
                self.observer.stopping("the deadline has come");
                self.stop.ask();
            }
        }
        std::future::pending().await
    }

    fn told(&self, done: Result<RunRecord, TrialError>) -> Result<RunRecord, TrialError> {
        let Some(deadline) = self
            .deadline
            .filter(|_| self.has_stopped.load(Ordering::Relaxed))
        else {
            return done;
        };
        match done {
            // One that came to its end all the same, or broke off, did that.
            Ok(record) if record.ended == Ended::Interrupted => Ok(RunRecord {
                ended: Ended::StoppedAtDeadline {
                    after_seconds: deadline.after.as_secs(),
                },
                ..record
            }),
            Err(TrialError::Interrupted) => Err(TrialError::PastDeadline {
                after: deadline.after,
            }),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::doctored;
    use crate::trial::Silent;

    const HOURS: Duration = Duration::from_hours(5);

    #[test]
    fn a_deadline_has_come_at_its_moment_and_not_before() {
        let begin = DateTime::UNIX_EPOCH;
        let deadline = Deadline::after(begin, HOURS);
        let at = begin + TimeDelta::hours(5);
        assert!(!deadline.has_come(at - TimeDelta::milliseconds(1)));
        assert!(deadline.has_come(at));
        let never = Deadline::after(begin, Duration::MAX);
        assert!(!never.has_come(begin + TimeDelta::days(365_000)));
    }

    async fn ended(deadline: Option<Deadline>, before: Ended) -> Ended {
        let stop = Stop::default();
        let watched = Watched::new(deadline, &Silent, &stop);
        let work = async {
            if deadline.is_some() {
                stop.asked().await;
            }
            Ok(RunRecord {
                ended: before,
                ..doctored::interrupted()
            })
        };
        watched.over(work).await.unwrap().ended
    }

    #[tokio::test]
    async fn a_run_that_its_deadline_stops_says_so_and_one_that_comes_to_its_end_does_not() {
        let past = Some(Deadline::after(DateTime::UNIX_EPOCH, HOURS));
        let stopped = Ended::StoppedAtDeadline {
            after_seconds: 18_000,
        };
        assert_eq!(ended(past, Ended::Interrupted).await, stopped);
        assert_eq!(ended(past, Ended::Completed).await, Ended::Completed);
        assert_eq!(ended(None, Ended::Interrupted).await, Ended::Interrupted);
    }

    #[tokio::test]
    async fn a_stop_that_somebody_else_asked_for_is_not_the_deadlines() {
        let stop = Stop::default();
        stop.ask();
        let past = Some(Deadline::after(DateTime::UNIX_EPOCH, HOURS));
        let watched = Watched::new(past, &Silent, &stop);
        let work = async {
            tokio::task::yield_now().await;
            Ok(doctored::interrupted())
        };
        assert_eq!(watched.over(work).await.unwrap().ended, Ended::Interrupted);
    }
}
