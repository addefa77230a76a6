//! The model server of a trial, with the witness before it.

use std::time::Duration;

use fixtures::ollama::{OllamaSettings, OllamaStandIn};
use url::Url;
use wave_runner::llm::{Limits, Ollama};

use super::{ModelServerChoice, TrialError, TrialSettings};
use crate::witness::Witness;

/// How long a server may take to accept a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long a stream may pause between two pieces of an answer: a slow laptop writes a token in seconds, a hung
/// runner never.
const IDLE_LIMIT: Duration = Duration::from_mins(1);

/// A model server, and the witness that everything passes.
pub(super) struct ModelServer {
    /// Where the server is, for messages.
    pub(super) url: Url,
    /// The client; it knows only the witness.
    pub(super) client: Ollama,
    pub(super) witness: Witness,
    _stand_in: Option<OllamaStandIn>,
}

impl ModelServer {
    pub(super) async fn start(settings: &TrialSettings) -> Result<Self, TrialError> {
        let (url, stand_in) = match &settings.model_server {
            ModelServerChoice::Ollama(url) => (url.clone(), None),
            ModelServerChoice::Simulated => {
                let stand_in = OllamaStandIn::start(simulation(settings)).await?;
                (stand_in.url(), Some(stand_in))
            }
        };
        let limits = Limits {
            connect: CONNECT_LIMIT,
            idle: IDLE_LIMIT,
        };
        let unusable = |error| TrialError::ModelServer {
            url: url.to_string(),
            source: Box::new(error),
        };
        // Once without the witness, which could only say that it got no answer: whether anybody is there.
        let direct = Ollama::new(url.clone(), limits).map_err(unusable)?;
        direct.version().await.map_err(unusable)?;
        let witness = Witness::start(url.clone()).await?;
        let client = Ollama::new(witness.url().clone(), limits).map_err(unusable)?;
        Ok(Self {
            url,
            client,
            witness,
            _stand_in: stand_in,
        })
    }
}

fn simulation(settings: &TrialSettings) -> OllamaSettings {
    let defaults = OllamaSettings::default();
    OllamaSettings {
        gpu_memory: settings.gpu_memory.unwrap_or(defaults.gpu_memory),
        slots: settings.slots,
        time_scale: settings.time_scale,
        seed: settings.seed,
        faults: settings.faults.clone(),
        ..defaults
    }
}
