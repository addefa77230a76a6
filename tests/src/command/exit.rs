//! From an error to an exit code: 4 is for the person who typed, 5 for the one who runs the machines.

use std::path::PathBuf;
use std::process::ExitCode;

use super::plan_file::PlanFileError;
use crate::monitor::ReadingError;
use crate::record::{LoadError, SaveError};
use crate::trial::{TrialError, with_causes};

/// Exit code of two records whose verdicts differ; 1 as `diff` has it.
pub(super) const VERDICTS_DIFFER: u8 = 1;
/// Exit code of a watchdog that stepped in, or would have.
pub(super) const STEPPED_IN: u8 = 1;
/// Exit code of bad input or usage.
pub(super) const USAGE: u8 = 4;
/// Exit code of a missing or broken environment.
pub(super) const ENVIRONMENT: u8 = 5;
/// Exit code of an interrupted command, by convention 128 + SIGINT.
pub(super) const INTERRUPTED: u8 = 130;

/// Why a command came to no judgement.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The arguments do not go together.
    #[error("{0}")]
    Usage(String),
    /// A plan cannot be read.
    #[error(transparent)]
    Plan(#[from] PlanFileError),
    /// The preflight found what keeps a run from its end.
    #[error(
        "this machine is not ready; nothing was begun. `batchproof preflight` shows all checks, --force goes on all the \
         same\n    {0}"
    )]
    NotReady(String),
    /// A trial could not begin.
    #[error(transparent)]
    Trial(#[from] Box<TrialError>),
    /// There is nothing to watch.
    #[error(transparent)]
    Monitor(#[from] ReadingError),
    /// The terminal cannot be drawn on.
    #[error("the terminal cannot be used: {0}; --once prints plain text")]
    Terminal(std::io::Error),
    /// A second signal ended the work where it stood.
    #[error(
        "ended at once, as the second signal asked: the record ends with its last checkpoint, where one was saved; \
         what was under way goes back to the queue when its leases run out"
    )]
    Abandoned,
    /// A record cannot be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A record cannot be written.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// A report cannot be written.
    #[error("the report cannot be written to {}: {source}; name another file", path.display())]
    Unwritten {
        /// Where to.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The record of a run that is over cannot be written.
    #[error("{source}{again}")]
    Unsaved {
        /// Why.
        source: SaveError,
        /// How to get it again.
        again: String,
    },
}

impl CommandError {
    /// The exit code.
    pub fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) | Self::Plan(_) | Self::Load(_) => USAGE,
            Self::Monitor(error) if error.is_input() => USAGE,
            Self::Save(_)
            | Self::Unsaved { .. }
            | Self::Unwritten { .. }
            | Self::NotReady(_)
            | Self::Monitor(_)
            | Self::Terminal(_) => ENVIRONMENT,
            Self::Abandoned => INTERRUPTED,
            Self::Trial(error) => match **error {
                TrialError::Input(_) => USAGE,
                TrialError::Cassette(ref error) if error.is_input() => USAGE,
                TrialError::Interrupted | TrialError::PastDeadline { .. } => INTERRUPTED,
                _ => ENVIRONMENT,
            },
        })
    }

    /// The whole story in one paragraph, causes included.
    pub fn story(&self) -> String {
        with_causes(self)
    }
}

impl From<TrialError> for CommandError {
    fn from(error: TrialError) -> Self {
        Box::new(error).into()
    }
}
