//! A record that is saved again and again while the run goes on, so that one that dies leaves what it had.

use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use wave_runner::telemetry::Sampler;

use super::collecting::Collecting;
use super::{Observer, Phase, TrialError};
use crate::clock;
use crate::record::{self, Ended, RunRecord};

/// Collecting takes no more of the time than one part in so many, however often it was asked for.
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

/// Saves checkpoints, one at once and then one an interval, until the run is `over`. Answers with the last record that
/// was collected. A checkpoint that fails is told and tried again an interval later: it must not end the run.
pub(super) async fn checkpoints(
    checkpoint: Option<&Checkpoint>,
    collecting: &Collecting<'_>,
    sampler: &Sampler,
    observer: &dyn Observer,
    over: &CancellationToken,
) -> Option<RunRecord> {
    let checkpoint = checkpoint?;
    let mut last = None;
    loop {
        let began = clock::now();
        match save(checkpoint, collecting, sampler).await {
            Ok(record) => last = Some(record),
            Err(error) => observer.trouble(
                Phase::Execute,
                &format!(
                    "no checkpoint could be saved: {}",
                    super::with_causes(&error)
                ),
            ),
        }
        let took = (clock::now() - began).to_std().unwrap_or_default();
        tracing::debug!(?took, "checkpoint");
        let pause = checkpoint.every.max(took * LEAST_PARTS);
        if tokio::time::timeout(pause, over.cancelled()).await.is_ok() {
            return last;
        }
    }
}

async fn save(
    checkpoint: &Checkpoint,
    collecting: &Collecting<'_>,
    sampler: &Sampler,
) -> Result<RunRecord, TrialError> {
    let circumstances = collecting.circumstances(Ended::UnderWay, &sampler.so_far());
    let (judge, batch) = (collecting.database.judge.clone(), collecting.batch.0);
    let Checkpoint { path, redact, .. } = checkpoint.clone();
    // On a task of its own, which the runner's loop does not wait for.
    let saving = tokio::spawn(async move {
        let record = record::collect(&judge, batch, circumstances).await?;
        let written = tokio::task::spawn_blocking(move || {
            let saved = if redact {
                record::save(&record::redact(record.clone()), &path)
            } else {
                record::save(&record, &path)
            };
            saved.map(|()| record)
        });
        Ok(written.await.map_err(broke)??)
    });
    saving.await.map_err(broke)?
}

fn broke(error: tokio::task::JoinError) -> TrialError {
    TrialError::Part {
        what: "saving a checkpoint",
        why: error.to_string(),
    }
}
