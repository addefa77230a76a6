//! The notary: brings what this process sees of a batch into the ledger, before the results that rest on it are written.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::Mutex;
use wave_runner::batch::Barrier;
use wave_runner::telemetry::{Sampler, Samples};

use super::with_causes;
use crate::clock;
use crate::ledger::{Ledger, LedgerError, Observations};
use crate::record::{
    CardSample, ConnectionSample, GpuSample, LoadedModel, ModelIdentity, ResidencySample,
    ServerIdentity, Suspension,
};
use crate::witness::Witness;

/// How often this process says that it is still there.
const SIGN_EVERY: Duration = Duration::from_secs(5);
/// Others that gave no sign for so long are lost, and what they had not written down is, too.
const LOST_AFTER: Duration = Duration::from_secs(20);
/// How long an exchange that nobody waits for any more may go on before the record is made without it. Whoever asked has
/// gone by then, and a server learns of that at once, unless it hangs.
const SETTLED_AFTER: Duration = Duration::from_secs(30);
/// How often it is asked whether the others are done.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// What writes down what the witnesses and the sampler of this process see.
#[derive(Debug)]
pub(super) struct Notary {
    ledger: Ledger,
    witnesses: Vec<Arc<Witness>>,
    sampler: Sampler,
    /// What could not be written yet. Whoever holds it writes; whoever waits for it finds its own written afterwards.
    unwritten: Mutex<Observations>,
}

impl Notary {
    pub(super) fn new(ledger: Ledger, witnesses: Vec<Arc<Witness>>, sampler: Sampler) -> Self {
        Self {
            ledger,
            witnesses,
            sampler,
            unwritten: Mutex::default(),
        }
    }

    /// Writes down what was seen until now. What cannot be written is kept for the next time.
    pub(super) async fn write(&self) -> Result<(), LedgerError> {
        let mut unwritten = self.unwritten.lock().await;
        unwritten.extend(self.seen());
        if unwritten.is_empty() {
            return Ok(());
        }
        self.ledger.write(&unwritten).await?;
        *unwritten = Observations::default();
        Ok(())
    }

    /// What is not in the ledger, by the database's clock.
    pub(super) async fn unwritten(&self) -> Observations {
        let mut unwritten = self.unwritten.lock().await;
        unwritten.extend(self.seen());
        self.ledger.by_the_database(unwritten.clone())
    }

    /// Gives signs of life until it is dropped.
    pub(super) async fn sign(&self) -> Infallible {
        let mut ticker = tokio::time::interval(SIGN_EVERY);
        ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticker.tick().await;
            if let Err(error) = self.ledger.sign().await {
                tracing::warn!(%error, "the ledger got no sign of this process; the next follows");
            }
            if let Err(error) = self.write().await {
                tracing::warn!(%error, "what was seen could not be written down; it is tried again");
            }
        }
    }

    /// Asks a last time what answers, ends the sampling, waits until everything under way has come to its end, writes it down and says so.
    pub(super) async fn close(&self) -> Result<(), LedgerError> {
        let settled = async {
            for witness in &self.witnesses {
                witness.settled().await;
            }
        };
        if tokio::time::timeout(SETTLED_AFTER, settled).await.is_err() {
            tracing::warn!(
                "a model server still answers a call {} s after the last of the batch; the record is made without it",
                SETTLED_AFTER.as_secs()
            );
        }
        self.sampler.identify(clock::now).await;
        self.sampler.stop();
        self.write().await?;
        self.ledger.close().await
    }

    /// Waits until the others have written down what they saw, or are lost.
    pub(super) async fn await_others(&self) -> Result<(), LedgerError> {
        while self.ledger.others(LOST_AFTER).await? > 0 {
            tokio::time::sleep(ASK_AGAIN).await;
        }
        Ok(())
    }

    fn seen(&self) -> Observations {
        let samples = self.sampler.take();
        Observations {
            exchanges: self.witnesses.iter().flat_map(|w| w.take()).collect(),
            residency: residency(&samples),
            connections: connections(&samples),
            gpu: samples.gpu.iter().map(gpu).collect(),
            identities: samples.identities.into_iter().map(identity).collect(),
            suspensions: samples.suspensions.into_iter().map(suspension).collect(),
        }
    }
}

impl Barrier for Notary {
    fn settle(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async { self.write().await.map_err(|error| with_causes(&error)) })
    }
}

fn residency(samples: &Samples) -> Vec<ResidencySample> {
    let sample = |sample: &wave_runner::telemetry::ResidencySample| ResidencySample {
        server: sample.server.clone(),
        at: sample.at,
        models: sample
            .loaded
            .iter()
            .map(|model| LoadedModel {
                name: model.name.clone(),
                size_vram: model.size_vram,
                digest: Some(model.digest.clone()),
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

fn gpu(sample: &wave_runner::telemetry::GpuSample) -> GpuSample {
    let card = |card: &wave_runner::telemetry::CardSample| CardSample {
        utilisation_percent: card.utilisation_percent,
        memory_used: card.memory_used,
        power_watts: card.power_watts,
        temperature_celsius: card.temperature_celsius,
    };
    GpuSample {
        at: sample.at,
        utilisation_percent: sample.utilisation_percent,
        memory_used: sample.memory_used,
        power_watts: sample.power_watts,
        temperature_celsius: sample.temperature_celsius,
        cards: sample.cards.iter().map(card).collect(),
    }
}

fn identity(identity: wave_runner::telemetry::ServerIdentity) -> ServerIdentity {
    let model = |(name, digest)| ModelIdentity { name, digest };
    ServerIdentity {
        server: identity.server,
        at: identity.at,
        ollama_version: identity.version,
        models: identity.models.into_iter().map(model).collect(),
    }
}

/// Whose it is, the ledger adds.
fn suspension(suspension: wave_runner::telemetry::Suspension) -> Suspension {
    Suspension {
        worker: String::new(),
        from: suspension.from,
        until: suspension.until,
    }
}
