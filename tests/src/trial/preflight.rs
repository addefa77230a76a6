//! Is everything there, before the first posting is fetched? What a trial cannot begin without, and what its record tells
//! of the servers; whether the machine is ready for it is asked before (`crate::preflight`).

use std::collections::BTreeMap;

use wave_runner::batch::InstalledModel;
use wave_runner::workflow::Workflow;

use super::model_server::ModelServer;
use super::{Observer, Phase, TrialError};
use crate::preflight::{by_name, missing};

/// What preflight found out about the model servers.
pub(super) struct Found {
    /// The version of each, in their order.
    pub(super) versions: Vec<String>,
    /// What all of them have.
    pub(super) models: BTreeMap<String, InstalledModel>,
}

/// Asks each model server for its version and its models, and checks that every model of the workflow is there, and the
/// same on all of them.
pub(super) async fn preflight(
    servers: &[ModelServer],
    workflow: &Workflow,
    observer: &dyn Observer,
) -> Result<Found, TrialError> {
    observer.begin(Phase::Preflight, 2);
    let mut found = Found {
        versions: Vec::new(),
        models: BTreeMap::new(),
    };
    let mut first: Option<&ModelServer> = None;
    for server in servers {
        let (version, models) = ask(server, workflow).await?;
        if let Some(first) = first {
            the_same(workflow, (first, &found.models), (server, &models))?;
        } else {
            found.models = models;
        }
        first.get_or_insert(server);
        found.versions.push(version);
    }
    observer.end(Phase::Preflight, &summary(servers, workflow, &found));
    Ok(found)
}

async fn ask(
    server: &ModelServer,
    workflow: &Workflow,
) -> Result<(String, BTreeMap<String, InstalledModel>), TrialError> {
    let unusable = |error| TrialError::ModelServer {
        url: server.url.to_string(),
        source: Box::new(error),
    };
    let version = server.client.version().await.map_err(unusable)?;
    let models = by_name(server.client.tags().await.map_err(unusable)?);
    let missing: Vec<String> = missing(&workflow.models(), &models)
        .into_iter()
        .map(str::to_owned)
        .collect();
    if missing.is_empty() {
        Ok((version, models))
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
