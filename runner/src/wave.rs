//! Waves: which calls to send next so that models are loaded as seldom as possible. Pure: state in, decision out.
//!
//! A wave is a stretch of calls to one set of resident models. The planner looks at the open work of **all** postings
//! at once: going posting by posting loads a model for nearly every call (about 350 loads for 50 postings on a card
//! that holds one model), going wave by wave a handful of times.
//!
//! # What it goes by
//!
//! First the fewest loads, then the shortest time, then what was ready first. The number of loads depends on order:
//! in workflow 3001 the second model may be qwen2.5, which has the analysts' work, or gemma2, which has the graders'.
//! With room for one model, **five loads suffice whichever grades fail**, and only in one order:
//!
//! 1. llama3.2: every extract.
//! 2. gemma2: every grade A. (qwen2.5 has more work ready at this moment; the greedy choice ends in six loads.)
//! 3. qwen2.5: every grade B, and with both grades known every improvement, regrade and ticket; the analysts, too.
//! 4. gemma2: every format, improved or not, and every skeptic.
//! 5. qwen2.5: the skills and the experts.
//!
//! Nothing in it asks how a grade turned out, since all that a failed grade leads to is qwen2.5's own work in wave 3.
//! So it is found by a search that takes every step that may still come to come (`search`): a worst case that no
//! outcome exceeds. Hindsight can do with four where nothing is improved. Where the card holds two models, three loads
//! do: llama3.2 and qwen2.5, and gemma2 in llama3.2's place. Whether it does, the server's own rule says (`room`), and
//! with it the order of loads: of 12 GiB gemma2 has to come before qwen2.5, and the search finds that, too.
//!
//! # What is promised
//!
//! - A model that is still needed is given up when nothing more comes for it from what is resident and in flight.
//! - **No starvation.** Ready work waits for no more residency changes than the workflow has model steps and models,
//!   and then for those of the models that have waited as long: such a model is loaded next ([`Waits`]). A wave itself
//!   ends, since a batch has a fixed number of runs and each step of a run is taken once.
//! - A decision costs the same for 50 postings and for 100,000: runs that have the same steps open are one entry.
//!
//! In reading order: `graph` (the workflow), `board` (the state in numbers), `room` (what fits), `search` (the fewest
//! loads), `spread` (models over servers), `residency` (what stays and what goes), `plan` (what is sent), `waits`.
//! `simulation` drives the planner through a whole batch in virtual time.

mod board;
mod graph;
mod plan;
mod residency;
mod room;
mod search;
pub mod simulation;
mod spread;
mod waits;

pub use graph::{Graph, Node, TooLarge};
pub use plan::{Dispatch, Placement, WavePlan, plan};
pub(crate) use room::has_room;
pub use waits::Waits;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::workflow::ConversationId;

/// What the planner knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// The workflow.
    pub graph: Arc<Graph>,
    /// The open runs, by what they have open.
    pub fronts: Vec<Front>,
    /// The servers to plan for.
    pub servers: Vec<ServerState>,
    /// Memory in bytes that each model of the workflow takes, by name.
    pub sizes: BTreeMap<String, u64>,
    /// How long a model takes to load, by name. One that is missing is taken to cost nothing but its being a load.
    pub load_time: BTreeMap<String, Duration>,
    /// How long a call takes on average. A conversation that is missing is taken to weigh as much as the others.
    pub call_time: BTreeMap<ConversationId, Duration>,
    /// How many loads each waiting model was passed over by: [`Waits::passed_over`].
    pub passed_over: BTreeMap<String, usize>,
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

/// Runs that have the same interactions open. What may still come for them stands behind these in the graph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Front {
    /// The open interactions.
    pub steps: Vec<(ConversationId, Phase)>,
    /// How many runs.
    pub runs: usize,
}

/// What an open interaction waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// To be sent.
    Ready,
    /// The end of a pause between two attempts.
    Waiting,
    /// Its end: we have it in hand.
    Ours,
    /// Its end: another worker has it in hand.
    Theirs,
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
    /// How long nothing has been in flight there.
    pub idle: Duration,
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
