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

/// What the record of a batch is collected from.
pub(super) struct Collecting<'t> {
    pub(super) settings: &'t TrialSettings,
    pub(super) database: &'t TrialDatabase,
    pub(super) server: &'t ModelServer,
    pub(super) found: Found,
    pub(super) batch: BatchId,
    pub(super) fetch: Option<FetchReport>,
    pub(super) row_counts: BTreeMap<String, u64>,
}

impl Collecting<'_> {
    /// Collects the record of a batch at which nobody works any longer.
    pub(super) async fn collect(
        &self,
        ended: Ended,
        samples: &Samples,
    ) -> Result<RunRecord, TrialError> {
        // Whatever was in flight at a stop has to come to its end first, or its exchange would be missing.
        self.server.witness.settled().await;
        let circumstances = self.circumstances(ended, samples);
        Ok(record::collect(&self.database.judge, self.batch.0, circumstances).await?)
    }

    /// What the database cannot tell, as it is now.
    pub(super) fn circumstances(&self, ended: Ended, samples: &Samples) -> Circumstances {
        Circumstances {
            ended,
            mode: mode(self.settings),
            plan: self.settings.plan.clone(),
            server: server_record(self.settings, &self.found),
            fetch: self.fetch.clone(),
            row_counts_at_start: self.row_counts.clone(),
            exchanges: self.server.witness.exchanges(),
            residency: residency(samples),
            connections: connections(samples),
            gpu: None,
        }
    }
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

fn server_record(settings: &TrialSettings, found: &Found) -> ServerRecord {
    let installed = found.models.iter();
    ServerRecord {
        ollama_version: found.ollama_version.clone(),
        gpu_memory: settings.gpu_memory,
        slots: u32::try_from(settings.slots).unwrap_or(u32::MAX),
        models: installed
            .map(|(name, model)| InstalledModel {
                name: name.clone(),
                digest: model.digest.clone(),
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
