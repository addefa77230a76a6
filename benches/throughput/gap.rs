//! How long the model server idles between two calls on one slot, by the stand-in's own log.

use std::collections::VecDeque;
use std::sync::Arc;

use fixtures::ollama::{OllamaSettings, OllamaStandIn};
use fixtures::postgres::Postgres;
use wave_runner::batch::Stop;
use wave_runner::llm::{Limits, Ollama};

use crate::plant::Plant;

/// A model computes for seconds in the stand-in's time: a few microseconds here.
const NO_LATENCY: f64 = 1e6;

/// What was measured.
pub(crate) struct Gap {
    pub(crate) calls: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// Takes a batch through a stand-in that answers at once, over HTTP, and reads its log.
pub(crate) async fn between_calls(postgres: &Postgres, slots: usize, postings: usize) -> Gap {
    let plant = Plant::new(postgres, postings).await;
    let server = OllamaStandIn::start(OllamaSettings {
        slots,
        time_scale: NO_LATENCY,
        ..OllamaSettings::default()
    })
    .await
    .unwrap();
    let client = Ollama::new(server.url(), Limits::default()).unwrap();
    let batch = plant.batch().await;
    let executor = plant.executor(Arc::new(client), slots);
    executor.run(batch, &Stop::default()).await.unwrap();
    let mut calls: Vec<_> = server
        .log()
        .into_iter()
        .filter_map(|call| Some((call.started?, call.finished?)))
        .collect();
    calls.sort();
    let mut gaps = gaps(&calls, slots);
    gaps.sort_by(f64::total_cmp);
    Gap {
        calls: calls.len(),
        p50_ms: gaps[gaps.len() / 2],
        p99_ms: gaps[gaps.len() * 99 / 100],
    }
}

/// Milliseconds from the end of a call to the next on its slot: of the free slots the next call takes that which has
/// been free for longest. Overlaps, where the log's last byte is later than the client's, count as no idling.
fn gaps<T: Copy + Ord + std::ops::Sub<Output = chrono::TimeDelta>>(
    calls: &[(T, T)],
    slots: usize,
) -> Vec<f64> {
    let mut ends: Vec<T> = calls.iter().map(|call| call.1).collect();
    ends.sort();
    let mut free_since: VecDeque<T> = ends.into();
    let in_use = calls.iter().skip(slots);
    in_use
        .filter_map(|(started, _)| {
            Some((*started - free_since.pop_front()?).as_seconds_f64() * 1e3)
        })
        .map(|gap| gap.max(0.0))
        .collect()
}
