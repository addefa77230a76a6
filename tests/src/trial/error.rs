//! Why a trial could not begin. Once a batch exists nothing ends here any more: the record says how it ended.

use std::time::Duration;

use fixtures::ollama::StartError;
use fixtures::postgres::{DatabaseError, Unavailable};
use wave_runner::batch::FetchError;
use wave_runner::llm::LlmError;
use wave_runner::source::SourceError;
use wave_runner::store::StoreError;

use super::PostingsChoice;
use crate::cassette::CassetteError;
use crate::ledger::LedgerError;
use crate::record::{CollectError, SaveError};
use crate::secrets::masked;
use crate::witness::WitnessError;

/// Why a trial could not begin, by who has to act.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// What was asked for cannot be: other arguments or other input are needed.
    #[error("{0}")]
    Input(String),
    /// No Postgres can be had.
    #[error(transparent)]
    NoPostgres(#[from] Box<Unavailable>),
    /// The throw-away database cannot be made.
    #[error(transparent)]
    NoDatabase(#[from] DatabaseError),
    /// The database is there and cannot be used.
    #[error("the database cannot be used: {0}")]
    Database(#[source] Box<StoreError>),
    /// The database is too old.
    #[error(
        "Postgres 14 or newer is needed and the database says {found}; upgrade it or leave --database-url out"
    )]
    OldPostgres {
        /// What it says.
        found: String,
    },
    /// The model server cannot be used.
    #[error("the model server at {url} cannot be used: {source}")]
    ModelServer {
        /// Where.
        url: String,
        /// Why.
        source: Box<LlmError>,
    },
    /// Models are missing.
    #[error("the model server at {url} lacks {}; get them with: {}", missing.join(", "), pulls(missing))]
    MissingModels {
        /// Where.
        url: String,
        /// Their names.
        missing: Vec<String>,
    },
    /// Two servers have other weights under one name.
    #[error(
        "{first} and {other} have different models under the name {model}; expected the same on all servers, since one \
         batch is to be answered by one set of models. Pull it anew on both: ollama pull {model}"
    )]
    DifferentModels {
        /// The name.
        model: String,
        /// One server.
        first: String,
        /// The other.
        other: String,
    },
    /// The evidence cannot be written down.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The postings cannot be fetched.
    #[error("the postings cannot be fetched: {0}")]
    Source(#[source] Box<SourceError>),
    /// A part of Batchproof itself cannot start.
    #[error("{what} cannot start: {why}")]
    Part {
        /// Which.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// A cassette cannot be recorded or replayed.
    #[error(transparent)]
    Cassette(#[from] CassetteError),
    /// The record cannot be collected.
    #[error(transparent)]
    Collect(#[from] CollectError),
    /// The record cannot be saved.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// Its time was up before a batch existed.
    #[error(
        "the deadline came before the batch began, after {} s; nothing was judged. Fetching took all the time: see the \
         careers site, or give it longer",
        after.as_secs()
    )]
    PastDeadline {
        /// How long it was to take at most.
        after: Duration,
    },
    /// It was stopped before a batch existed.
    #[error("interrupted before the batch began; nothing was judged")]
    Interrupted,
}

impl From<StoreError> for TrialError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotAnAddress
            | StoreError::Shortfall { .. }
            | StoreError::UnknownPostings { .. } => Self::Input(error.to_string()),
            other => Self::Database(Box::new(other)),
        }
    }
}

impl TrialError {
    /// A failed fetch: a folder is an argument, so what is wrong with it is wrong input; a site is the environment.
    pub(super) fn fetch(error: FetchError, postings: &PostingsChoice) -> Self {
        match error {
            FetchError::Store(error) => error.into(),
            FetchError::Source(error) if matches!(postings, PostingsChoice::Folder(_)) => {
                Self::Input(with_causes(&error))
            }
            FetchError::Source(error) => Self::Source(Box::new(error)),
        }
    }
}

/// An error and what lies under it, in one line, without the passwords of any address in it.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // Some errors repeat their source in their own text.
        if !line.contains(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        cause = error.source();
    }
    masked(&line).into_owned()
}

impl From<WitnessError> for TrialError {
    fn from(error: WitnessError) -> Self {
        Self::Part {
            what: "the witness",
            why: error.to_string(),
        }
    }
}

impl From<StartError> for TrialError {
    fn from(error: StartError) -> Self {
        Self::Part {
            what: "the Ollama stand-in",
            why: error.to_string(),
        }
    }
}

fn pulls(missing: &[String]) -> String {
    missing
        .iter()
        .map(|model| format!("ollama pull {model}"))
        .collect::<Vec<_>>()
        .join(" && ")
}
