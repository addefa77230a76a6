//! Is everything there, before the first posting is fetched?

use std::collections::BTreeMap;

use wave_runner::batch::InstalledModel;
use wave_runner::workflow::Workflow;

use super::model_server::ModelServer;
use super::{Observer, Phase, TrialError};

/// What preflight found out about the model server.
pub(super) struct Found {
    pub(super) ollama_version: String,
    pub(super) models: BTreeMap<String, InstalledModel>,
}

/// Asks the model server for its version and its models, and checks that every model of the workflow is there.
pub(super) async fn preflight(
    server: &ModelServer,
    workflow: &Workflow,
    observer: &dyn Observer,
) -> Result<Found, TrialError> {
    observer.begin(Phase::Preflight, 2);
    let unusable = |error| TrialError::ModelServer {
        url: server.url.to_string(),
        source: Box::new(error),
    };
    let ollama_version = server.client.version().await.map_err(unusable)?;
    let models: BTreeMap<String, InstalledModel> = server
        .client
        .tags()
        .await
        .map_err(unusable)?
        .into_iter()
        .map(|tag| {
            (
                tag.name,
                InstalledModel {
                    size: tag.size,
                    digest: tag.digest,
                },
            )
        })
        .collect();
    let missing: Vec<String> = workflow
        .models()
        .into_iter()
        .filter(|model| !models.contains_key(*model))
        .map(str::to_owned)
        .collect();
    if !missing.is_empty() {
        return Err(TrialError::MissingModels {
            url: server.url.to_string(),
            missing,
        });
    }
    observer.end(
        Phase::Preflight,
        &format!(
            "Ollama {ollama_version}, {} of its {} models needed",
            workflow.models().len(),
            models.len()
        ),
    );
    Ok(Found {
        ollama_version,
        models,
    })
}
