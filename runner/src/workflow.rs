//! The workflow as data: what is asked of whom, in which order, and what becomes of the answers.
//! Pure.
//!
//! In reading order: `definition` (the types), `file` (TOML and prompts into them), `lint` (what
//! must hold before anything runs), `graph` (what comes next), `prompt` (inputs into text),
//! `script` (the steps that ask no model), `output` (answers into validated types). Only
//! [`Workflow::load`] touches the disk.

mod content_hash;
mod definition;
mod file;
mod graph;
mod hash;
mod lint;
mod outcome;
mod output;
mod posting;
mod prompt;
#[cfg(test)]
mod sample;
mod script;

pub use content_hash::content_hash;
pub use definition::{
    Actor, Clause, Conversation, ConversationId, ModelOptions, Source, When, Workflow,
};
pub use file::WorkflowError;
pub use graph::{Next, Progress, Standing};
pub use lint::{Finding, Rule};
pub use outcome::Outcome;
pub use output::{
    AnalystReport, AnalystVerdict, CandidatePool, CounterArgument, ExpertReport, IhlCategory,
    Level, Malformed, Output, OutputKind, Recommendation, RedFlag, SkepticReport, SkepticVerdict,
};
pub use posting::{PostingColumn, PostingFacts, PostingField};
pub use prompt::{Inputs, RenderError, Rendered, render};
pub use script::{Script, run_script};
