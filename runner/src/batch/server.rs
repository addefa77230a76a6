//! The model servers of a run, as it is told of them.

use std::sync::Arc;

use crate::llm::ModelServer;

/// A model server that a run may use.
#[derive(Debug, Clone)]
pub struct Server {
    /// What it is called in leases, logs and messages: the same wherever it is reached from.
    pub name: String,
    /// How it is reached.
    pub client: Arc<dyn ModelServer>,
    /// Memory for models in bytes; `None`: unknown, one model at a time.
    pub gpu_memory: Option<u64>,
}
