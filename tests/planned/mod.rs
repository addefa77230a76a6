//! A plan as tests: one batch runs once, every success criterion is a test on its record.
//!
//! - `criteria` makes the trials of a plan, one a criterion.
//! - `shared_run` is the batch that all trials of a suite wait for.
//! - `lanes` is the `main` of such a suite: which batches begin, and in which order.

pub(crate) mod criteria;
pub(crate) mod lanes;
pub(crate) mod shared_run;
