//! The pipeline: fetch postings, promote them, take each through a workflow of model calls, in waves.

pub mod clock;
pub mod llm;
pub mod source;
pub mod workflow;
