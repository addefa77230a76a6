//! The live mode: the suite's batch on a real model server, overnight and without a hand on it.
//!
//! The environment says with what ([`LiveSettings`]). Whatever happens, the folder of the run is left with what there is: the
//! record, its verdicts in the forms that others read ([`Left`]) or, where nothing ran, the reason in the same forms.
//! Everything here runs without a GPU, too, which is how it is tested.

mod forms;
mod readiness;
mod terminal;
mod variables;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use wave_runner::batch::Stop;
use wave_runner::telemetry::{GpuReader, NvidiaCards};

pub use forms::Left;
pub use variables::{LiveSettings, SettingError, VARIABLES, Variable};

use crate::judge::judge;
use crate::plan::Plan;
use crate::record::{self, RunRecord, SaveError};
use crate::trial::{self, Checkpoint, Observer, RedWatch, TrialError, stop_on_signal, with_causes};

/// How often the record is saved while the run goes on.
const CHECKPOINT_EVERY: Duration = Duration::from_mins(1);

/// Why a live run leaves no record of its own making.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The environment says something that cannot be.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The preflight found what keeps a run from its end.
    #[error("this machine is not ready for a live run; nothing was begun:\n    {0}")]
    NotReady(String),
    /// The run could not begin.
    #[error(transparent)]
    Trial(#[from] Box<TrialError>),
    /// A second signal ended it where it stood.
    #[error(
        "ended at once, as the second signal asked: the record ends with its last checkpoint, where one was saved"
    )]
    Abandoned,
    /// Its record cannot be written.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// What it leaves cannot be written.
    #[error("{path} cannot be written: {source}; make room, or name another folder in BATCHPROOF_LIVE_DIR", path = path.display())]
    Unwritten {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl From<TrialError> for LiveError {
    fn from(error: TrialError) -> Self {
        Box::new(error).into()
    }
}

/// Runs a batch as the environment says, and leaves what there is in its folder. Blocks until the batch is over.
///
/// # Errors
/// The reason, for people, where there is nothing to judge.
pub fn run_as_told(
    variable: impl Fn(&str) -> Option<String>,
    plan: &Plan,
    observer: &dyn Observer,
) -> Result<RunRecord, String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let folder = variables::folder(&variable);
        let settings = LiveSettings::read(variable, plan, crate::clock::now());
        let outcome = match settings {
            Ok(mut settings) => {
                let cards: Arc<dyn GpuReader> =
                    Arc::new(NvidiaCards::through(settings.nvml.clone()));
                settings.trial.gpu = Some(cards);
                Box::pin(run(&settings, plan, observer)).await
            }
            Err(error) => forms::clear(&folder).and(Err(error.into())),
        };
        outcome.map_err(|error| {
            let why = with_causes(&error);
            match forms::write_reason(&folder, plan, &why) {
                Ok(()) => why,
                Err(unwritten) => format!("{why}\n    and {unwritten}"),
            }
        })
    })
}

/// Runs a batch with these settings; signals stop it. Its record is saved and judged however it ends.
///
/// # Errors
/// [`LiveError`] where there is no record to judge. What keeps a run from its end is found before anything is begun.
pub async fn run(
    settings: &LiveSettings,
    plan: &Plan,
    observer: &dyn Observer,
) -> Result<RunRecord, LiveError> {
    let left = Left::within(&settings.folder);
    // What an earlier run left must not be taken for this one's.
    forms::clear(&settings.folder)?;
    record::check_writable(&left.record)?;
    let mut trial = settings.trial.clone();
    trial.checkpoint = Some(Checkpoint {
        path: left.record.clone(),
        every: CHECKPOINT_EVERY,
        redact: false,
    });
    trial.red_watch = Some(RedWatch {
        plan: plan.requirements(),
        stops: false,
    });
    readiness::make_ready(&mut trial, observer).await?;
    for remark in &settings.remarks {
        observer.ready(remark);
    }
    let stop = Stop::default();
    let running = trial::run(&trial, observer, &stop);
    let collected = tokio::select! {
        done = Box::pin(running) => done?,
        second = stop_on_signal(&stop, observer) => {
            second.map_err(|error| TrialError::Part { what: "the signal handler", why: error.to_string() })?;
            return Err(LiveError::Abandoned);
        }
        gone = terminal::outlive(&left.output) => match gone {},
    };
    record::save(&collected, &left.record)?;
    let judgement = judge(&collected, &plan.requirements());
    forms::write_judgement(&left, &collected, &judgement)?;
    Ok(collected)
}
