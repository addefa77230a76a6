//! Is everything there, before the first posting is fetched? What a trial cannot begin without, and what its record tells
//! of the servers; whether the machine is ready for it is asked before (`crate::preflight`).

use std::collections::BTreeMap;

use wave_runner::batch::InstalledModel;
use wave_runner::llm::Installed;
use wave_runner::telemetry::{Card, Untold};
use wave_runner::workflow::Workflow;

use super::model_server::ModelServer;
use super::{Observer, Phase, TrialError, TrialSettings};
use crate::preflight::{by_name, cards, missing};
use crate::record::{Graphics, GraphicsCard};

/// What preflight found out about the model servers.
pub(super) struct Found {
    /// The version of each, in their order.
    pub(super) versions: Vec<String>,
    /// What all of them have.
    pub(super) models: BTreeMap<String, InstalledModel>,
    /// The same as the first server describes them.
    pub(super) described: BTreeMap<String, Installed>,
    /// The graphics cards of this machine, where a server computes on them.
    pub(super) graphics: Option<Graphics>,
}

/// Asks each model server for its version and its models, and checks that every model of the workflow is there, and the
/// same on all of them.
pub(super) async fn preflight(
    settings: &TrialSettings,
    servers: &[ModelServer],
    workflow: &Workflow,
    observer: &dyn Observer,
) -> Result<Found, TrialError> {
    observer.begin(Phase::Preflight, 2);
    let mut found = Found {
        versions: Vec::new(),
        models: BTreeMap::new(),
        described: BTreeMap::new(),
        graphics: graphics(settings, servers).await,
    };
    let mut first: Option<&ModelServer> = None;
    for server in servers {
        let (version, described) = ask(server).await?;
        let models = by_name(described.clone());
        all_there(server, workflow, &models)?;
        if let Some(first) = first {
            the_same(workflow, (first, &found.models), (server, &models))?;
        } else {
            found.models = models;
            let named = described.into_iter().map(|it| (it.name.clone(), it));
            found.described = named.collect();
        }
        first.get_or_insert(server);
        found.versions.push(version);
    }
    observer.end(Phase::Preflight, &summary(servers, workflow, &found));
    Ok(found)
}

/// What the record tells of this machine's cards. Where no server computes on them, nobody looks.
async fn graphics(settings: &TrialSettings, servers: &[ModelServer]) -> Option<Graphics> {
    let is_on_them = servers.iter().any(ModelServer::is_on_this_machines_cards);
    if settings.gpu.is_none() || !is_on_them {
        return None;
    }
    Some(match cards(settings).await {
        Ok(found) => Graphics::Cards {
            driver: found.driver,
            cards: found.cards.into_iter().map(graphics_card).collect(),
        },
        Err(reason) => Graphics::Absent {
            why: reason.to_string(),
        },
    })
}

fn graphics_card(card: Card) -> GraphicsCard {
    let untold = |it: Untold| format!("{}: {}", it.what.as_str(), it.why);
    GraphicsCard {
        name: card.name,
        memory: card.memory.map(|memory| memory.total),
        untold: card.untold.into_iter().map(untold).collect(),
    }
}

async fn ask(server: &ModelServer) -> Result<(String, Vec<Installed>), TrialError> {
    let unusable = |error| TrialError::ModelServer {
        url: server.url.to_string(),
        source: Box::new(error),
    };
    let version = server.client.version().await.map_err(unusable)?;
    let installed = server.client.tags().await.map_err(unusable)?;
    Ok((version, installed))
}

fn all_there(server: &ModelServer, workflow: &Workflow, models: &Models) -> Result<(), TrialError> {
    let missing: Vec<String> = missing(&workflow.models(), models)
        .into_iter()
        .map(str::to_owned)
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        let url = server.url.to_string();
        Err(TrialError::MissingModels { url, missing })
    }
}

type Models = BTreeMap<String, InstalledModel>;

/// Two servers with other weights under one name would make two batches of one.
fn the_same(
    workflow: &Workflow,
    (first, its): (&ModelServer, &Models),
    (other, theirs): (&ModelServer, &Models),
) -> Result<(), TrialError> {
    let differs = |model: &&str| its[*model].digest != theirs[*model].digest;
    match workflow.models().into_iter().find(differs) {
        None => Ok(()),
        Some(model) => Err(TrialError::DifferentModels {
            model: model.to_owned(),
            first: first.url.to_string(),
            other: other.url.to_string(),
        }),
    }
}

fn summary(servers: &[ModelServer], workflow: &Workflow, found: &Found) -> String {
    let (needed, all) = (workflow.models().len(), found.models.len());
    let mut versions = found.versions.clone();
    versions.dedup();
    let told = format!(
        "Ollama {}, {needed} of its {all} models needed",
        versions.join(" and ")
    );
    match servers.len() {
        1 => told,
        several => format!("{several} servers: {told}"),
    }
}
