//! The model servers of a trial, each with a witness before it.

use std::sync::Arc;
use std::time::Duration;

use fixtures::ollama::{OllamaSettings, OllamaStandIn};
use futures_util::future::try_join_all;
use url::Url;
use wave_runner::batch::{host_name, is_local, server_name};
use wave_runner::llm::{Limits, Ollama};

use super::tape::Tape;
use super::{ModelServerChoice, TrialError, TrialSettings};
use crate::clock::Clock;
use crate::witness::Witness;

/// How long a server may take to accept a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// How long a stream may pause between two pieces of an answer: a slow laptop writes a token in seconds, a hung
/// runner never.
const IDLE_LIMIT: Duration = Duration::from_mins(1);

/// A model server, and the witness that everything passes.
pub(super) struct ModelServer {
    /// What it is called, from wherever it is reached.
    pub(super) name: String,
    /// Where the server is, for messages.
    pub(super) url: Url,
    /// The client; it knows only the witness.
    pub(super) client: Ollama,
    pub(super) witness: Arc<Witness>,
    /// Whether it is a server of its own, neither simulated nor replayed.
    is_real: bool,
    /// Kept, for it stops when it is dropped.
    _stand_in: Option<OllamaStandIn>,
}

impl ModelServer {
    /// Whether it computes on the graphics cards of this machine. A stand-in computes on none, and those of another
    /// machine are not seen from here: what this one's do would then be taken for what the server does.
    pub(super) fn is_on_this_machines_cards(&self) -> bool {
        self.is_real && is_local(&self.url, &host_name())
    }

    /// Brings up all that the settings name.
    pub(super) async fn start_all(
        settings: &TrialSettings,
        tape: &Tape,
    ) -> Result<Vec<Self>, TrialError> {
        let mut servers = Vec::new();
        match &settings.model_server {
            ModelServerChoice::Ollama(urls) => {
                for url in urls {
                    servers.push((url.clone(), None));
                }
            }
            ModelServerChoice::Replay { .. } => {}
            ModelServerChoice::Simulated => {
                for _ in 0..settings.sim_servers {
                    let stand_in = OllamaStandIn::start(simulation(settings)).await?;
                    servers.push((stand_in.url(), Some(stand_in)));
                }
            }
        }
        servers.extend(tape.replaying().map(|replay| (replay.model_server(), None)));
        let is_real = matches!(settings.model_server, ModelServerChoice::Ollama(_));
        try_join_all(
            servers
                .into_iter()
                .map(|(url, stand_in)| Self::watched(url, stand_in, is_real, tape)),
        )
        .await
    }

    async fn watched(
        url: Url,
        stand_in: Option<OllamaStandIn>,
        is_real: bool,
        tape: &Tape,
    ) -> Result<Self, TrialError> {
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
        let name = server_name(&url, &host_name());
        let (upstream, clock) = (url.clone(), Clock::default());
        let witness =
            Witness::before(upstream, name.clone(), clock, tape.of_model_server()).await?;
        let client = Ollama::new(witness.url().clone(), limits).map_err(unusable)?;
        Ok(Self {
            name,
            url,
            client,
            witness: Arc::new(witness),
            is_real,
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
