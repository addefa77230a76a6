//! The record: what the judge reads itself, and what only the trial knows.

use wave_runner::store::BatchId;

use super::model_server::ModelServer;
use super::notary::Notary;
use super::preflight::Found;
use super::tape::Tape;
use super::{ModelServerChoice, PostingsChoice, TrialDatabase, TrialError, TrialSettings};
use crate::ledger::KeptCircumstances;
use crate::record::{
    self, Circumstances, Ended, InstalledModel, Mode, ModelServer as ServerRecord, PostingsFrom,
    RunRecord, ServerKind,
};

/// What the record of a batch is collected from.
pub(super) struct Collecting<'t> {
    pub(super) settings: &'t TrialSettings,
    pub(super) database: &'t TrialDatabase,
    pub(super) servers: &'t [ModelServer],
    pub(super) found: &'t Found,
    pub(super) batch: BatchId,
    pub(super) kept: &'t KeptCircumstances,
    pub(super) notary: &'t Notary,
}

impl Collecting<'_> {
    /// Collects the record of a batch at which nobody works any longer.
    pub(super) async fn collect(&self, ended: Ended) -> Result<RunRecord, TrialError> {
        // Whatever was in flight at a stop has to come to its end first, or its exchange would be missing.
        self.notary.close().await?;
        if ended == Ended::Completed {
            self.notary.await_others().await?;
        }
        let circumstances = self.circumstances(ended).await;
        Ok(record::collect(&self.database.judge, self.batch.0, circumstances).await?)
    }

    /// What the database cannot tell, as it is now.
    pub(super) async fn circumstances(&self, ended: Ended) -> Circumstances {
        let unwritten = self.notary.unwritten().await;
        let kept = self.kept.clone();
        Circumstances {
            ended,
            mode: kept.mode,
            plan: kept.plan,
            servers: server_records(self.settings, self.servers, self.found),
            fetch: kept.fetch,
            row_counts_at_start: kept.row_counts_at_start,
            exchanges: unwritten.exchanges,
            residency: unwritten.residency,
            connections: unwritten.connections,
            gpu: unwritten.gpu,
            identities: unwritten.identities,
            suspensions: unwritten.suspensions,
            graphics: self.found.graphics.clone(),
        }
    }
}

/// What is real in a trial by these settings.
pub(super) fn mode(settings: &TrialSettings, tape: &Tape) -> Mode {
    let model_server = server_kind(settings);
    if let Some(replay) = tape.replaying() {
        return Mode {
            model_server,
            postings: replay.postings(),
            time_scale: 1.0,
            seed: replay.seed(),
            cassette: Some(replay.reference().clone()),
        };
    }
    let postings = match settings.postings {
        PostingsChoice::Simulated => PostingsFrom::Simulated,
        PostingsChoice::Folder(_) => PostingsFrom::Folder,
        PostingsChoice::Workday(_) => PostingsFrom::Workday,
        PostingsChoice::Promoted(_) | PostingsChoice::Replayed => PostingsFrom::Promoted,
    };
    let simulated = model_server == ServerKind::Simulated || postings == PostingsFrom::Simulated;
    Mode {
        model_server,
        postings,
        time_scale: settings.effective_time_scale(),
        seed: simulated.then_some(settings.seed),
        cassette: None,
    }
}

/// Whether the model servers are real.
pub(super) fn server_kind(settings: &TrialSettings) -> ServerKind {
    match settings.model_server {
        ModelServerChoice::Simulated => ServerKind::Simulated,
        ModelServerChoice::Ollama(_) => ServerKind::Live,
        ModelServerChoice::Replay { .. } => ServerKind::Replayed,
    }
}

/// The model servers as the record tells of them.
pub(super) fn server_records(
    settings: &TrialSettings,
    servers: &[ModelServer],
    found: &Found,
) -> Vec<ServerRecord> {
    let models: Vec<InstalledModel> = found
        .models
        .iter()
        .map(|(name, model)| {
            let told = found.described.get(name);
            InstalledModel {
                name: name.clone(),
                digest: model.digest.clone(),
                size: model.size,
                parameter_size: told.and_then(|told| told.parameter_size.clone()),
                quantization: told.and_then(|told| told.quantization.clone()),
            }
        })
        .collect();
    let record = |(server, version): (&ModelServer, &String)| ServerRecord {
        name: server.name.clone(),
        ollama_version: version.clone(),
        gpu_memory: settings.gpu_memory,
        slots: u32::try_from(settings.slots).unwrap_or(u32::MAX),
        models: models.clone(),
    };
    servers.iter().zip(&found.versions).map(record).collect()
}
