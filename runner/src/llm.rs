//! The model server's client: [Ollama] over HTTP, its failures sorted into [decisions](Decision).
//!
//! - `ollama` speaks to the server and `stream` reads its answers; everything else in here is pure.
//! - `generation` is what goes in and comes out, `wire` how the server spells it.
//! - `ndjson` turns bytes into events, whatever the chunking; `assembly` folds events into an answer and
//!   refuses the successes that are none; `incoming` is both, one after the other.
//! - `refusal` reads a status and a body into an error, `error` names each failure, and `class` says in a
//!   table what each kind of failure asks of the caller.
//!
//! [Ollama]: https://docs.ollama.com/api

mod assembly;
mod class;
mod error;
mod generation;
mod incoming;
mod model_server;
mod ndjson;
mod ollama;
mod refusal;
mod stream;
mod wire;

pub use class::{FailureClass, Reach, TABLE as FAILURES};
pub use error::{Decision, LlmError};
pub use generation::{Answer, Generation, Installed, Limits, Loaded, ModelDetails};
pub use incoming::Incoming;
pub use model_server::ModelServer;
pub use ollama::Ollama;
