//! Waves: which calls to send next so that models are loaded as seldom as possible. Pure: state in, decision out.
//!
//! A wave is a stretch of calls to one set of resident models. The planner looks at the ready work of **all**
//! postings at once: going posting by posting loads a model for nearly every call (about 350 loads for 50 postings
//! on a card that holds one model), going wave by wave a handful of times.

mod plan;
mod residency;

pub use plan::{Dispatch, Placement, WavePlan, plan};

use std::collections::BTreeMap;

use crate::workflow::ConversationId;

/// What the planner knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Memory in bytes that each model of the workflow takes, by name.
    pub sizes: BTreeMap<String, u64>,
    /// The servers to plan for.
    pub servers: Vec<ServerState>,
    /// Ready work, one entry a conversation, in the workflow's order.
    pub ready: Vec<Ready>,
    /// Siblings that are to be sent at the same moment.
    pub siblings: Vec<Siblings>,
    /// Calls that one model computes at a time (`OLLAMA_NUM_PARALLEL`; Ollama does not report it).
    pub slots: usize,
    /// Calls that may be claimed and rendered for a model beyond its slots, so that a slot never waits for us.
    pub ahead: usize,
    /// Calls that may be in flight altogether, prepared ones included.
    pub in_flight_cap: usize,
    /// Whether work without a model, or the bookkeeping of answered calls, is under way: it may make more work ready
    /// for the resident models within milliseconds.
    pub unsettled: bool,
}

/// A server, by its place among those that the planner was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerId(pub usize);

/// One model server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerState {
    /// Memory for models in bytes. `None`: unknown, and then one model at a time is assumed to fit.
    pub memory: Option<u64>,
    /// Its models, by name. One that is missing is neither loaded nor called there.
    pub models: BTreeMap<String, ModelState>,
}

/// One model at one server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelState {
    /// Whether it is loaded, as far as the runner has asked for it.
    pub resident: bool,
    /// Calls claimed for it and not answered, prepared ones included.
    pub in_flight: usize,
    /// Whether it takes no calls here for now: it failed too often, and is given time.
    pub barred: bool,
}

/// Ready interactions of one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ready {
    /// The conversation.
    pub conversation: ConversationId,
    /// Its model.
    pub model: String,
    /// How many are ready.
    pub count: usize,
}

/// Conversations that become ready together and are to be sent together: the grade pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Siblings {
    /// The conversations with their models.
    pub members: Vec<(ConversationId, String)>,
    /// In how many runs all of them are ready.
    pub runs: usize,
}
