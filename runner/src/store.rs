//! All SQL of the runner, one file a table or concern, functions named by intent.
//!
//! Three rules hold everywhere in here:
//!
//! - **A status changes only here**, and every write that ends an attempt names the attempt and its runner.
//!   Zero rows means "no longer mine": the result is dropped, never forced in.
//! - **No transaction is open while a model or a site is called.** A claim is a lease that is committed at once
//!   (the alternative, a row lock held for minutes, pins a connection and holds back vacuum for as long).
//! - **An event is dated by `clock_timestamp()`**, never by `now()`, which is the start of the transaction: two
//!   rows written in one transaction would look simultaneous whatever happened.

mod batches;
mod claims;
mod completion;
mod connection;
mod error;
mod failure;
mod inputs;
mod notices;
mod promotion;
mod recovery;
mod registry;
mod retry;
mod servers;
mod settlement;
mod staging;
mod vitals;
mod watchdog;
mod work;
mod workers;

pub use batches::{BatchId, RunTally};
pub use claims::{Claim, Queue};
pub use completion::Finish;
pub use connection::{SchemaStep, Store, schema_steps};
pub use error::StoreError;
pub use failure::{ErrorType, Failure};
pub use notices::Subscription;
pub use promotion::Promotion;
pub use recovery::UnfinishedBatch;
pub use retry::AttemptEnd;
pub use staging::Staging;
pub use watchdog::{HeldRow, RunningRow};
pub use work::{Hold, OpenRuns, OpenWork};
pub use workers::{Beat, Newcomer, Worker};
