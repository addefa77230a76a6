//! The evidence of one batch as one JSON document: everything the judge may know, and nothing it may not.
//!
//! [`collect`] reads the database with SQL of its own and never asks the runner; what only the caller can know arrives as
//! [`Circumstances`]. [`save`] and [`load`] move the record to a file and back; a record of an earlier version is brought
//! to the present one on the way; [`load_or_published`] also knows the runs that were published and come with the program.
//! [`as_it_stands`] reads a batch that somebody else runs. [`redact`] takes the texts out.
//! Counters that the runner keeps about itself are left out on purpose: they would be its own word.

mod collect;
mod environment;
mod exchange;
mod file;
#[cfg(test)]
pub(crate) mod november_2025;
mod published;
mod redact;
mod rows;
#[cfg(test)]
pub(crate) mod run_195;
mod run_record;
mod schema;
mod so_far;
mod standing;
mod upgrade;
mod worker;

pub use collect::{CollectError, collect, row_counts};
pub use environment::{
    CardSample, ConnectionSample, Environment, GpuSample, Graphics, GraphicsCard, InstalledModel,
    LoadedModel, ModelIdentity, ModelServer, ResidencySample, ServerIdentity, Suspension,
};
pub use exchange::{Exchange, ExchangeEnd, FinalLine};
pub use file::{LoadError, SaveError, check_writable, load, read, save};
pub use published::{PUBLISHED, load_or_published};
pub(crate) use redact::hashed;
pub use redact::redact;
pub use rows::{
    ActorType, Attempt, AttemptEnd, Grade, Input, Interaction, Posting, Quotes, Run, Status,
    WorkflowError,
};
pub use run_record::{
    Batch, BatchSpan, CassetteReference, Circumstances, Conversation, Ended, FetchReport, Mode,
    PlanReference, PostingsFrom, Provenance, RunRecord, SCHEMA_VERSION, ServerKind, Texts,
    Workflow,
};
pub use schema::schema;
pub use so_far::{SoFar, so_far};
pub use standing::as_it_stands;
pub use worker::{CameBy, Worker};
