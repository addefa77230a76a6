//! What the world around a run looks like over time: resident models, database connections and graphics cards, sampled.

mod gpu;
mod nvml;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use tokio::task::JoinHandle;

pub use gpu::{Card, CardMemory, Cards, GpuReader, GpuSample, NoGpu, look};
pub use nvml::NvidiaCards;

use crate::llm::{Loaded, Ollama};
use crate::store::Store;

/// Which models were resident at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct ResidencySample {
    /// Which server was asked.
    pub server: String,
    /// When the server was asked.
    pub at: DateTime<Utc>,
    /// Its answer: `/api/ps`, the loaded models, not the installed ones.
    pub loaded: Vec<Loaded>,
}

/// How many connections the database had at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionSample {
    /// When it was asked.
    pub at: DateTime<Utc>,
    /// Connections to this database, ours included.
    pub connections: i64,
}

/// All samples of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    /// Resident models, oldest first.
    pub residency: Vec<ResidencySample>,
    /// Database connections, oldest first.
    pub connections: Vec<ConnectionSample>,
    /// The graphics cards' work, oldest first.
    pub gpu: Vec<GpuSample>,
}

/// Samples at an interval until it is stopped or dropped.
#[derive(Debug)]
pub struct Sampler {
    samples: Arc<Mutex<Samples>>,
    tasks: Vec<JoinHandle<()>>,
}

impl Sampler {
    /// Starts sampling every `interval`: the servers by their names, and the database. A look that fails leaves a gap:
    /// there is no sample that was not taken. `now` is the clock that dates them.
    pub fn start(
        servers: Vec<(String, Ollama)>,
        store: Store,
        interval: Duration,
        now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Self {
        let samples = Arc::new(Mutex::new(Samples::default()));
        let task = tokio::spawn(sample(servers, store, interval, now, Arc::clone(&samples)));
        Self {
            samples,
            tasks: vec![task],
        }
    }

    /// Samples the graphics cards as well, every `interval`. They have a pace of their own: a card's work is over in
    /// seconds, and a look at it costs nobody anything.
    #[must_use]
    pub fn with_gpu(
        mut self,
        reader: Arc<dyn GpuReader>,
        interval: Duration,
        now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
    ) -> Self {
        let samples = Arc::clone(&self.samples);
        let task = tokio::spawn(sample_gpu(reader, interval, now, samples));
        self.tasks.push(task);
        self
    }

    /// Hands over what was seen since the last time.
    pub fn take(&self) -> Samples {
        std::mem::take(&mut self.samples.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ends the sampling. What was seen can still be taken.
    pub fn stop(&self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Drop for Sampler {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn sample_gpu(
    reader: Arc<dyn GpuReader>,
    interval: Duration,
    now: impl Fn() -> DateTime<Utc>,
    samples: Arc<Mutex<Samples>>,
) {
    let mut ticker = tokio::time::interval(interval);
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticker.tick().await;
        match look(&reader).await {
            Ok(cards) => {
                let mut samples = samples.lock().unwrap_or_else(PoisonError::into_inner);
                samples.gpu.extend(cards.sample(now()));
            }
            Err(error) => tracing::debug!(%error, "the graphics cards were not sampled"),
        }
    }
}

async fn sample(
    servers: Vec<(String, Ollama)>,
    store: Store,
    interval: Duration,
    now: impl Fn() -> DateTime<Utc>,
    samples: Arc<Mutex<Samples>>,
) {
    let mut ticker = tokio::time::interval(interval);
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticker.tick().await;
        let looks = servers
            .iter()
            .map(async |(server, llm)| (server, llm.ps().await, now()));
        let (looks, connections) = tokio::join!(join_all(looks), store.connections());
        let at = now();
        let mut samples = samples.lock().unwrap_or_else(PoisonError::into_inner);
        for (server, loaded, at) in looks {
            if let Ok(loaded) = loaded {
                let server = server.clone();
                samples
                    .residency
                    .push(ResidencySample { server, at, loaded });
            }
        }
        if let Ok(connections) = connections {
            samples
                .connections
                .push(ConnectionSample { at, connections });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    /// What a card was seen to do, look by look; afterwards it has fallen off its bus.
    #[derive(Debug)]
    struct Recorded(Mutex<VecDeque<Result<Cards, NoGpu>>>);

    impl GpuReader for Recorded {
        fn look(&self) -> Result<Cards, NoGpu> {
            let next = self.0.lock().unwrap().pop_front();
            next.unwrap_or_else(|| Err(NoGpu::Broken("the card has fallen off the bus".to_owned())))
        }
    }

    fn busy(percent: u32) -> Cards {
        Cards {
            driver: "580.95.05".to_owned(),
            cards: vec![Card {
                name: "NVIDIA H100 80GB HBM3".to_owned(),
                memory: None,
                utilisation_percent: Some(percent),
                untold: None,
            }],
        }
    }

    #[tokio::test]
    async fn a_look_that_fails_leaves_a_gap_and_the_next_is_sampled_again() {
        let looks = [
            Ok(busy(97)),
            Err(NoGpu::NoDriver("gone".to_owned())),
            Ok(busy(61)),
        ];
        let reader = Arc::new(Recorded(Mutex::new(looks.into())));
        let samples = Arc::new(Mutex::new(Samples::default()));
        let sampling = tokio::spawn(sample_gpu(
            Arc::clone(&reader) as Arc<dyn GpuReader>,
            Duration::from_millis(1),
            || DateTime::UNIX_EPOCH,
            Arc::clone(&samples),
        ));
        let all_seen = async {
            let mut ticks = tokio::time::interval(Duration::from_millis(1));
            while samples.lock().unwrap().gpu.len() < 2 {
                ticks.tick().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), all_seen)
            .await
            .expect("two samples");
        sampling.abort();
        let seen = samples.lock().unwrap().gpu.clone();
        let percents: Vec<f64> = seen
            .iter()
            .map(|sample| sample.utilisation_percent)
            .collect();
        assert_eq!(percents, [97.0, 61.0]);
    }
}
