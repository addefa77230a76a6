//! A whole batch in virtual time: what the planner decides, without a database, a server or a clock. Pure.
//!
//! It keeps the rules that the runner keeps: a call waits for a slot at its model, siblings begin when each has one, a
//! model is loaded by its first call, and a script takes no time.

mod books;
mod posting_by_posting;
mod run;

pub use posting_by_posting::posting_by_posting;
pub use run::{Stalled, simulate, simulate_before};

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Graph;
use crate::workflow::ConversationId;

/// What there is to compute with.
#[derive(Debug, Clone)]
pub struct Plant {
    /// The workflow.
    pub graph: Arc<Graph>,
    /// Memory of each server.
    pub servers: Vec<u64>,
    /// Bytes of each model.
    pub sizes: BTreeMap<String, u64>,
    /// How long each model takes to load.
    pub load_time: BTreeMap<String, Duration>,
    /// What a call takes on average, as far as the planner is told.
    pub call_time: BTreeMap<ConversationId, Duration>,
    /// Calls that one model computes at a time.
    pub slots: usize,
    /// Calls prepared beyond the slots.
    pub ahead: usize,
}

/// The postings, by number from 0.
pub trait Postings {
    /// How many there are.
    fn count(&self) -> usize;
    /// When one is there to be worked on.
    fn arrives(&self, posting: usize) -> Duration;
    /// Whether its run takes a conditional step.
    fn takes(&self, posting: usize, conversation: ConversationId) -> bool;
    /// How long a call computes.
    fn computes(&self, posting: usize, conversation: ConversationId) -> Duration;
}

/// What a model server is asked for, in the order in which it is asked. `call` names one call from its begin to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked<'m> {
    /// A call has come for a model that is not there.
    Load {
        /// The model.
        model: &'m str,
    },
    /// A call begins to compute.
    Begin {
        /// The model.
        model: &'m str,
        /// The call.
        call: (usize, ConversationId),
    },
    /// A call is answered.
    End {
        /// The call.
        call: (usize, ConversationId),
    },
    /// An idle model is to go.
    Unload {
        /// The model.
        model: &'m str,
    },
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Loads, over all servers.
    pub loads: usize,
    /// When the last posting was final.
    pub makespan: Duration,
    /// When a posting was final, on average.
    pub mean_finished: Duration,
    /// Calls that were computed.
    pub calls: usize,
    /// Decisions that were asked for.
    pub decisions: usize,
    /// Groups of siblings that began at the same moment.
    pub together: usize,
    /// The most loads that a model with ready work was passed over by.
    pub longest_wait: usize,
    /// The most bytes that were resident on a server beyond its memory, while more than one model was.
    pub over_budget: u64,
}
