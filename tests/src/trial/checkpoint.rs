//! A record that is saved again and again while the run goes on, so that one that dies leaves what it had.

use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::collecting::Collecting;
use super::{Observer, Phase, TrialError, with_causes};
use crate::clock;
use crate::record::{self, Ended, RunRecord};

/// Reading a batch that is at work takes no more of the time than one part in so many, however often it was asked for.
const LEAST_PARTS: u32 = 20;

/// Where the record is saved while the run goes on, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Where; what is there is replaced as soon as the batch begins.
    pub path: PathBuf,
    /// How often, in wall time.
    pub every: Duration,
    /// Whether texts are left out.
    pub redact: bool,
}

/// What saves the checkpoints of one batch. One that fails is told and tried again an interval later: it must not end
/// the run.
pub(super) struct Checkpoints<'t> {
    pub(super) checkpoint: Option<&'t Checkpoint>,
    pub(super) collecting: &'t Collecting<'t>,
    pub(super) observer: &'t dyn Observer,
}

/// How much there is, and how long it took to save it.
type Saved = (Option<RunRecord>, Duration);

impl Checkpoints<'_> {
    /// Saves the first, before anything runs: whatever happens then, there is a record.
    pub(super) async fn begin(&self) -> Saved {
        match self.checkpoint {
            Some(checkpoint) => self.save(checkpoint).await,
            None => (None, Duration::ZERO),
        }
    }

    /// Saves one an interval until the run is `over`. Answers with the last that was collected.
    pub(super) async fn go_on(
        &self,
        (mut last, mut took): Saved,
        over: &CancellationToken,
    ) -> Option<RunRecord> {
        let checkpoint = self.checkpoint?;
        loop {
            let pause = pause(checkpoint.every, took);
            if tokio::time::timeout(pause, over.cancelled()).await.is_ok() {
                return last;
            }
            let (record, again) = self.save(checkpoint).await;
            last = record.or(last);
            took = again;
        }
    }

    async fn save(&self, checkpoint: &Checkpoint) -> Saved {
        let began = clock::now();
        let saved = self.collect_and_save(checkpoint.clone()).await;
        let took = (clock::now() - began).to_std().unwrap_or_default();
        tracing::debug!(?took, "checkpoint");
        match saved {
            Ok(record) => (Some(record), took),
            Err(error) => {
                let what = format!("no checkpoint could be saved: {}", with_causes(&error));
                self.observer.trouble(Phase::Execute, &what);
                (None, took)
            }
        }
    }

    /// On a task of its own, which the runner's loop does not wait for.
    async fn collect_and_save(&self, checkpoint: Checkpoint) -> Result<RunRecord, TrialError> {
        let circumstances = self.collecting.circumstances(Ended::UnderWay).await;
        let (judge, batch) = (
            self.collecting.database.judge.clone(),
            self.collecting.batch.0,
        );
        let saving = tokio::spawn(async move {
            let record = record::collect(&judge, batch, circumstances).await?;
            let written = tokio::task::spawn_blocking(move || write(record, &checkpoint));
            written.await.map_err(|error| broke(&error))?
        });
        saving.await.map_err(|error| broke(&error))?
    }
}

pub(super) fn pause(every: Duration, took: Duration) -> Duration {
    every.max(took.saturating_mul(LEAST_PARTS))
}

fn write(record: RunRecord, checkpoint: &Checkpoint) -> Result<RunRecord, TrialError> {
    if checkpoint.redact {
        record::save(&record::redact(record.clone()), &checkpoint.path)?;
    } else {
        record::save(&record, &checkpoint.path)?;
    }
    Ok(record)
}

fn broke(error: &tokio::task::JoinError) -> TrialError {
    TrialError::Part {
        what: "saving a checkpoint",
        why: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quickly_collected_is_collected_as_often_as_was_asked_and_what_takes_long_less_often()
    {
        let minute = Duration::from_mins(1);
        assert_eq!(pause(minute, Duration::from_millis(200)), minute);
        assert_eq!(pause(minute, Duration::from_secs(6)), 2 * minute);
    }
}
