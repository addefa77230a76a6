//! What no runner could have gone below: the least number of model loads and the least time.
//!
//! `loads` and `makespan` are pure arithmetic over plain types. `paths` takes from the record what they need: the
//! model steps that each posting really took, what they need of each other, and what the server says it computed.
//! `servers` says which model servers there were, and which of them at one moment.

pub mod loads;
pub mod makespan;
pub(crate) mod paths;
pub(crate) mod servers;
