//! Looks for red flags that are certain, again and again while the batch is at work, and ends the run for them where it
//! was told to.

use std::time::Duration;

use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use wave_runner::batch::Stop;

use super::checkpoint::pause;
use super::{Observer, RedWatch, with_causes};
use crate::clock;
use crate::judge::{CertainRed, certain_reds};
use crate::record::{self, CollectError, Ended, Mode};

/// How often it is looked, in the model server's time.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// And no more often than this.
const SHORTEST: Duration = Duration::from_millis(250);

/// What looks at one batch. A look that fails is told and taken again: it must not end the run.
pub(super) struct Outlook<'t> {
    pub(super) watch: Option<&'t RedWatch>,
    pub(super) judge: &'t PgPool,
    pub(super) batch: i64,
    pub(super) mode: &'t Mode,
    pub(super) observer: &'t dyn Observer,
    pub(super) stop: &'t Stop,
}

impl Outlook<'_> {
    /// Tells each certain red once, until the run is `over` or one of them has ended it. Answers with those that did.
    pub(super) async fn go_on(&self, over: &CancellationToken) -> Vec<CertainRed> {
        let Some(watch) = self.watch else {
            return Vec::new();
        };
        let every = LOOK_EVERY.div_f64(self.mode.time_scale).max(SHORTEST);
        let mut told: Vec<&'static str> = Vec::new();
        let mut took = Duration::ZERO;
        while tokio::time::timeout(pause(every, took), over.cancelled())
            .await
            .is_err()
        {
            let began = clock::now();
            let looked = tokio::select! {
                looked = self.look(watch) => looked,
                // A database that does not answer must not hold the end up.
                () = over.cancelled() => return Vec::new(),
            };
            let reds = match looked {
                Ok(reds) => reds,
                Err(error) => {
                    let why = with_causes(&error);
                    tracing::warn!(
                        why,
                        "it could not be looked for red flags; it is tried again"
                    );
                    continue;
                }
            };
            took = (clock::now() - began).to_std().unwrap_or_default();
            let new: Vec<CertainRed> = reds
                .into_iter()
                .filter(|red| !told.contains(&red.criterion.id))
                .collect();
            for red in &new {
                told.push(red.criterion.id);
                self.observer.certain_red(red);
            }
            let reasons: Vec<CertainRed> =
                new.into_iter().filter(CertainRed::is_insisted_on).collect();
            // Whoever was asked to stop already stops for another reason.
            if watch.stops && !reasons.is_empty() && !self.stop.is_asked() {
                self.stop.ask();
                self.observer.stopping("a red flag is certain");
                return reasons;
            }
        }
        Vec::new()
    }

    async fn look(&self, watch: &RedWatch) -> Result<Vec<CertainRed>, CollectError> {
        let known = record::so_far(self.judge, self.batch, self.mode.time_scale).await?;
        tracing::debug!(?known, "looked for red flags");
        let reds = certain_reds(&known, &watch.plan).into_iter();
        let kind = self.mode.model_server;
        Ok(reds
            .filter(|red| red.criterion.judged_in.contains(&kind))
            .collect())
    }
}

/// How a batch ended that red flags may have ended. One that came to its end all the same, or broke off, did that.
pub(super) fn stopped_for(reds: &[CertainRed], ended: Ended) -> Ended {
    match ended {
        Ended::Interrupted if !reds.is_empty() => Ended::StoppedOnRed {
            criteria: reds.iter().map(|red| red.criterion.id.to_owned()).collect(),
            why: reds
                .iter()
                .map(|red| red.why.as_str())
                .collect::<Vec<_>>()
                .join("; "),
        },
        other => other,
    }
}
