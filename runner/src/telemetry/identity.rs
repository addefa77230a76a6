//! What answers at a model server: its version, and which weights each name stands for. Somebody may pull a model anew or
//! update the server while a batch is at work.

use chrono::{DateTime, Utc};

use crate::llm::{LlmError, Ollama};

/// What a model server was at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerIdentity {
    /// Which server was asked.
    pub server: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Its version.
    pub version: String,
    /// The installed models with the digest of each, in the server's order.
    pub models: Vec<(String, String)>,
}

/// Asks a server what it is.
pub(super) async fn identity(
    server: &str,
    llm: &Ollama,
    now: impl Fn() -> DateTime<Utc>,
) -> Result<ServerIdentity, LlmError> {
    let version = llm.version().await?;
    let installed = llm.tags().await?;
    let models = installed.into_iter().map(|it| (it.name, it.digest));
    Ok(ServerIdentity {
        server: server.to_owned(),
        at: now(),
        version,
        models: models.collect(),
    })
}
