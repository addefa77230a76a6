//! The model servers.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use url::Url;
use wave_runner::batch::{InstalledModel, host_name, is_local};
use wave_runner::llm::{Installed, Limits, LlmError, Ollama};

use super::schedule::said;
use crate::preflight::found::{ServerFound, ServerState, Wanted};
use crate::trial::{ModelServerChoice, TrialSettings, with_causes};

/// None of these calls waits for a model.
const LIMITS: Limits = Limits {
    connect: Duration::from_secs(5),
    idle: Duration::from_secs(10),
};

pub(super) async fn servers(settings: &TrialSettings, wanted: &Wanted) -> Vec<ServerFound> {
    match &settings.model_server {
        ModelServerChoice::Simulated | ModelServerChoice::Replay { .. } => Vec::new(),
        ModelServerChoice::Ollama(urls) => {
            join_all(urls.iter().map(|url| server(url, wanted))).await
        }
    }
}

async fn server(url: &Url, wanted: &Wanted) -> ServerFound {
    let is_local = is_local(url, &host_name());
    let state = state(url, wanted).await;
    ServerFound {
        url: url.to_string(),
        is_local,
        configured_slots: if is_local {
            configured_slots().await
        } else {
            None
        },
        state: state.map_err(|error| told(&error)),
    }
}

async fn state(url: &Url, wanted: &Wanted) -> Result<ServerState, LlmError> {
    let client = Ollama::new(url.clone(), LIMITS)?;
    let version = client.version().await?;
    let installed = by_name(client.tags().await?);
    let there = wanted
        .models
        .keys()
        .filter(|model| installed.contains_key(*model));
    let shown = join_all(there.map(async |model| (model, client.show(model).await))).await;
    // A server that keeps the details of a model to itself serves it all the same.
    let trained = shown
        .into_iter()
        .filter_map(|(model, details)| Some((model.clone(), details.ok()?.context_length?)));
    Ok(ServerState {
        version,
        loaded: client.ps().await?,
        trained: trained.collect(),
        installed,
    })
}

/// Why a server cannot be used. What to do about one that does not answer, the check says.
fn told(error: &LlmError) -> String {
    match error {
        LlmError::Unreachable { base, cause } => format!("nobody answers at {base}: {cause}"),
        other => with_causes(other),
    }
}

/// Models as a server lists them, by name.
pub(crate) fn by_name(tags: Vec<Installed>) -> BTreeMap<String, InstalledModel> {
    let named = |tag: Installed| {
        let (size, digest) = (tag.size, tag.digest);
        (tag.name, InstalledModel { size, digest })
    };
    tags.into_iter().map(named).collect()
}

/// How Ollama's service on this machine is configured, where systemd runs it.
async fn configured_slots() -> Option<usize> {
    let shown = said(
        "systemctl",
        &["show", "ollama.service", "--property=Environment,LoadState"],
    )
    .await?;
    slots_of(&shown)
}

/// `OLLAMA_NUM_PARALLEL` of a service as `systemctl show` tells it; 1 where a service that is there does not set it.
fn slots_of(shown: &str) -> Option<usize> {
    let line = |name: &str| shown.lines().find_map(|line| line.strip_prefix(name));
    line("LoadState=").filter(|state| *state == "loaded")?;
    let variables = line("Environment=").unwrap_or_default().split_whitespace();
    let mut set =
        variables.filter_map(|set| set.trim_matches('"').strip_prefix("OLLAMA_NUM_PARALLEL="));
    match set.next() {
        Some(slots) => slots.parse().ok().filter(|slots| *slots > 0),
        None => Some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slots_of_a_service_are_read_and_a_service_that_is_not_there_has_none() {
        let four = "LoadState=loaded\nEnvironment=PATH=/usr/bin \"OLLAMA_NUM_PARALLEL=4\" OLLAMA_HOST=0.0.0.0\n";
        assert_eq!(slots_of(four), Some(4));
        assert_eq!(
            slots_of("LoadState=loaded\nEnvironment=PATH=/usr/bin\n"),
            Some(1)
        );
        assert_eq!(slots_of("LoadState=not-found\nEnvironment=\n"), None);
        assert_eq!(slots_of(""), None);
    }
}
