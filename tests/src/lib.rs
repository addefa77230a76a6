//! Batchproof runs a batch of LLM work, keeps the evidence, and judges it against a written plan.
//!
//! In reading order:
//!
//! - [`trial`]: brings the parts up, runs a batch behind the witness and collects its record. The command line and
//!   the suites both come through here, so that what the tests prove is what a person runs.
//! - [`live`]: the suite's batch on a real model server, with what the environment says.
//! - [`preflight`]: is everything ready for a run? Looks, and examines what it found. The examining is pure.
//! - [`witness`]: the proxy between the runner and the model server: what was asked and answered, and when.
//! - [`cassette`]: a run on tape: every exchange, kept and served again.
//! - [`record`]: everything the judge may know of one batch, as one JSON document. Reads the database by its own SQL.
//! - [`plan`]: a written plan, from its Markdown to what the judge asks. Pure.
//! - [`judge`]: from a record to verdicts. Pure.
//! - [`analysis`]: where the time of a record went, and what failed. Pure.
//! - [`comparison`]: what the difference between two records proves. Pure.
//! - [`report`]: what people read of a judgement.
//! - [`monitor`]: a batch while it is under way, for whoever watches it.
//! - [`command`]: the command line: flags, progress, exit codes.
//! - `secrets`: keeps passwords out of what is told and saved.
//! - [`clock`]: the one place that reads a clock.
//!
//! Everything before the record touches the world; everything after it is a pure function of the record.

pub mod analysis;
pub mod cassette;
pub mod clock;
pub mod command;
pub mod comparison;
pub mod judge;
pub mod ledger;
pub mod live;
pub mod monitor;
pub mod plan;
pub mod preflight;
pub mod record;
pub mod report;
mod secrets;
pub mod trial;
pub mod witness;
