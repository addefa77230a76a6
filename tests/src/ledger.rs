//! The evidence in the database: written by every process that works at a batch, before the results that rest on it, and
//! read by whoever collects.
//!
//! Its SQL is its own, as the collector's is: the runner's store knows nothing of it. Every process has a clock of its
//! own; what it saw is brought to the database's time when it is written (`offset`), so that readers need not know whose
//! clock was wrong.

mod circumstances;
mod offset;
mod reading;
mod writing;

use thiserror::Error;

pub use circumstances::{KeptBatch, KeptCircumstances, UnfinishedBatch, kept, unfinished};
pub(crate) use offset::Offset;
pub(crate) use reading::read;
pub use writing::{Ledger, Observations, Source};

/// Evidence that could not be written or read.
#[derive(Debug, Error)]
#[error("the database cannot {what}: {cause}; is the schema this version's?")]
pub struct LedgerError {
    what: &'static str,
    cause: sqlx::Error,
}

fn cannot(what: &'static str) -> impl FnOnce(sqlx::Error) -> LedgerError {
    move |cause| LedgerError { what, cause }
}
