//! The record: what the judge reads itself, and what only the trial knows.

use std::collections::BTreeMap;

use wave_runner::store::BatchId;
use wave_runner::telemetry::Samples;

use super::model_server::ModelServer;
use super::preflight::Found;
use super::{ModelServerChoice, PostingsChoice, TrialDatabase, TrialError, TrialSettings};
use crate::record::{
    self, Circumstances, ConnectionSample, Ended, FetchReport, InstalledModel, LoadedModel, Mode,
    ModelServer as ServerRecord, PostingsFrom, ResidencySample, RunRecord, ServerKind,
};

/// How the batch went, as far as no table tells.
pub(super) struct How {
    pub(super) ended: Ended,
    pub(super) fetch: Option<FetchReport>,
    pub(super) samples: Samples,
    pub(super) row_counts: BTreeMap<String, u64>,
}

/// Collects the record of `batch`.
pub(super) async fn collect_record(
    settings: &TrialSettings,
    database: &TrialDatabase,
    server: &ModelServer,
    found: Found,
    batch: BatchId,
    how: How,
) -> Result<RunRecord, TrialError> {
    // Whatever was in flight at a stop has to come to its end first, or its exchange would be missing.
    server.witness.settled().await;
    let circumstances = Circumstances {
        ended: how.ended,
        mode: mode(settings),
        plan: settings.plan.clone(),
        server: server_record(settings, found),
        fetch: how.fetch,
        row_counts_at_start: how.row_counts,
        exchanges: server.witness.exchanges(),
        residency: residency(&how.samples),
        connections: connections(&how.samples),
        gpu: None,
    };
    Ok(record::collect(&database.judge, batch.0, circumstances).await?)
}

fn mode(settings: &TrialSettings) -> Mode {
    let model_server = match settings.model_server {
        ModelServerChoice::Simulated => ServerKind::Simulated,
        ModelServerChoice::Ollama(_) => ServerKind::Live,
    };
    let postings = match settings.postings {
        PostingsChoice::Simulated => PostingsFrom::Simulated,
        PostingsChoice::Folder(_) => PostingsFrom::Folder,
        PostingsChoice::Workday(_) => PostingsFrom::Workday,
        PostingsChoice::Promoted(_) => PostingsFrom::Promoted,
    };
    let simulated = model_server == ServerKind::Simulated || postings == PostingsFrom::Simulated;
    Mode {
        model_server,
        postings,
        time_scale: settings.effective_time_scale(),
        seed: simulated.then_some(settings.seed),
    }
}

fn server_record(settings: &TrialSettings, found: Found) -> ServerRecord {
    let installed = found.models.into_iter();
    ServerRecord {
        ollama_version: found.ollama_version,
        gpu_memory: settings.gpu_memory,
        slots: u32::try_from(settings.slots).unwrap_or(u32::MAX),
        models: installed
            .map(|(name, model)| InstalledModel {
                name,
                digest: model.digest,
                size: model.size,
            })
            .collect(),
    }
}

fn residency(samples: &Samples) -> Vec<ResidencySample> {
    let sample = |sample: &wave_runner::telemetry::ResidencySample| ResidencySample {
        at: sample.at,
        models: sample
            .loaded
            .iter()
            .map(|model| LoadedModel {
                name: model.name.clone(),
                size_vram: model.size_vram,
            })
            .collect(),
    };
    samples.residency.iter().map(sample).collect()
}

fn connections(samples: &Samples) -> Vec<ConnectionSample> {
    let sample = |sample: &wave_runner::telemetry::ConnectionSample| ConnectionSample {
        at: sample.at,
        connections: u32::try_from(sample.connections).unwrap_or(0),
    };
    samples.connections.iter().map(sample).collect()
}
