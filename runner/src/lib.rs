//! The pipeline: fetch postings, promote them, and take each through a workflow of model calls, in waves, without
//! losing or repeating work.
//!
//! In reading order:
//!
//! - [`workflow`]: the workflow as data: definition, lint, conditions, prompts, typed outputs. Pure.
//! - [`wave`]: which calls to send next so that models are loaded as seldom as possible. Pure.
//! - [`store`]: all SQL of the runner. A status changes only there, fenced by attempt.
//! - [`llm`]: the model server's client.
//! - [`source`]: where postings come from.
//! - [`batch`]: orchestration: fetch, execute, heartbeat, watchdog.
//! - [`telemetry`]: what the world around a run looks like over time.
//! - [`excerpt`]: the words of others in a message of ours.
//! - [`clock`]: the one place that reads a clock.

pub mod batch;
pub mod clock;
pub mod excerpt;
pub mod llm;
pub mod source;
pub mod store;
pub mod telemetry;
pub mod wave;
pub mod workflow;
