//! What the world around a run looks like over time, sampled: resident models, what answers at the model servers,
//! database connections, graphics cards, and the stretches in which nobody could look.

mod gpu;
mod identity;
mod nvml;
mod suspension;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use tokio::task::JoinHandle;

pub use gpu::{
    Card, CardMemory, CardSample, Cards, GpuReader, GpuSample, Measure, NoGpu, Untold, look,
};
pub use identity::ServerIdentity;
pub use nvml::NvidiaCards;
pub use suspension::Suspension;

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
    /// What answered at the model servers, oldest first.
    pub identities: Vec<ServerIdentity>,
    /// When this process stood still, oldest first.
    pub suspensions: Vec<Suspension>,
}

/// How often it is asked what answers at a model server, in real time: whoever pulls a model anew does it by hand.
const IDENTIFY_EVERY: Duration = Duration::from_mins(5);
/// How often the wall clock is looked at, to notice when this process stood still.
const CLOCK_EVERY: Duration = Duration::from_secs(1);

/// Samples at an interval until it is stopped or dropped.
#[derive(Debug)]
pub struct Sampler {
    servers: Vec<(String, Ollama)>,
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
        now: impl Fn() -> DateTime<Utc> + Clone + Send + Sync + 'static,
    ) -> Self {
        let samples = Arc::new(Mutex::new(Samples::default()));
        let shared = || (now.clone(), Arc::clone(&samples));
        let (clock, seen) = shared();
        let sampling = sample(servers.clone(), store, interval, clock, seen);
        let (clock, seen) = shared();
        let identifying = identify_again(servers.clone(), clock, seen);
        let (clock, seen) = shared();
        let noticing = notice_suspensions(clock, seen);
        Self {
            servers,
            samples,
            tasks: vec![
                tokio::spawn(sampling),
                tokio::spawn(identifying),
                tokio::spawn(noticing),
            ],
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

    /// Asks once more what answers at the model servers. A run that ends does, so that its last look is its end.
    pub async fn identify(&self, now: impl Fn() -> DateTime<Utc>) {
        identify(&self.servers, now, &self.samples).await;
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

async fn identify_again(
    servers: Vec<(String, Ollama)>,
    now: impl Fn() -> DateTime<Utc>,
    samples: Arc<Mutex<Samples>>,
) {
    let mut ticker = tokio::time::interval(IDENTIFY_EVERY);
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticker.tick().await;
        identify(&servers, &now, &samples).await;
    }
}

async fn identify(
    servers: &[(String, Ollama)],
    now: impl Fn() -> DateTime<Utc>,
    samples: &Mutex<Samples>,
) {
    let looks = servers
        .iter()
        .map(|(server, llm)| identity::identity(server, llm, &now));
    let seen = join_all(looks).await.into_iter().filter_map(Result::ok);
    let mut samples = samples.lock().unwrap_or_else(PoisonError::into_inner);
    samples.identities.extend(seen);
}

async fn notice_suspensions(now: impl Fn() -> DateTime<Utc>, samples: Arc<Mutex<Samples>>) {
    let mut ticker = tokio::time::interval(CLOCK_EVERY);
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut before = now();
    loop {
        ticker.tick().await;
        let at = now();
        if let Some(suspension) = Suspension::between(before, at, CLOCK_EVERY) {
            let seconds = (suspension.until - suspension.from).num_seconds();
            tracing::warn!(
                seconds,
                "this process stood still; what was under way is tried again"
            );
            let mut samples = samples.lock().unwrap_or_else(PoisonError::into_inner);
            samples.suspensions.push(suspension);
        }
        before = at;
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
                power_milliwatts: None,
                temperature_celsius: None,
                untold: Vec::new(),
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
        let percents: Vec<Option<f64>> = seen
            .iter()
            .map(|sample| sample.utilisation_percent)
            .collect();
        assert_eq!(percents, [Some(97.0), Some(61.0)]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wall_clock_that_goes_on_while_this_process_stands_still_is_noticed_once() {
        let seconds = Arc::new(Mutex::new(0));
        let samples = Arc::new(Mutex::new(Samples::default()));
        let clock = {
            let seconds = Arc::clone(&seconds);
            move || {
                let mut seconds = seconds.lock().unwrap();
                // The third look comes an hour after the second.
                *seconds += if *seconds == 2 { 3_600 } else { 1 };
                DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(*seconds)
            }
        };
        let noticing = notice_suspensions(clock, Arc::clone(&samples));
        let limit = Duration::from_secs(10);
        assert!(tokio::time::timeout(limit, noticing).await.is_err());
        let seen = samples.lock().unwrap().suspensions.clone();
        let lengths: Vec<i64> = seen
            .iter()
            .map(|it| (it.until - it.from).num_seconds())
            .collect();
        assert_eq!(lengths, [3_600]);
    }
}
