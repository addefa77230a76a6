//! What is wrong with a written plan, found before it costs a run.
//!
//! Each file looks for the defects of one concern and is given the whole plan. A finding says where, what is wrong and
//! what to write instead; it claims only what the text itself shows.

mod finding;
mod sql;

pub use finding::{Defect, Finding, Related, Severity};

/// What the rules need to know of a plan as a whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    /// How many postings the plan is about.
    pub(super) batch_size: Option<f64>,
    /// How long the longest run lasts that the plan has a verdict for.
    pub(super) worst_case_seconds: Option<f64>,
}
