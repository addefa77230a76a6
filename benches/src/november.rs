//! Batches in virtual time, with the durations of November 2025.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fixtures::ollama::Timing;
use wave_runner::wave::simulation::{Plant, Postings};
use wave_runner::wave::{Front, Graph, ModelState, Phase, ServerState, State};
use wave_runner::workflow::{Conversation, ConversationId, Workflow};

use crate::journey::SEED;

/// In November 8 of 50 postings were improved, and each of them got its ticket.
const IMPROVED: (usize, usize) = (8, 50);
/// Durations are drawn for so many postings; later ones repeat them.
const DRAWN: usize = 1_000;
/// Model, memory and load, as the original's laptop had them.
const MODELS: [(&str, u64, f64); 3] = [
    ("gemma2:latest", 6, 3.0),
    ("llama3.2:latest", 3, 1.0),
    ("qwen2.5:7b", 5, 2.0),
];
/// Memory that holds one, two and three of them, in whatever order they come.
pub const CARDS: [u64; 3] = [6, 13, 16];

/// Postings with the durations of November 2025.
#[derive(Debug)]
pub struct November {
    postings: usize,
    drawn: BTreeMap<ConversationId, Vec<Duration>>,
    models: BTreeMap<ConversationId, String>,
}

impl November {
    /// So many of them.
    pub fn of(postings: usize) -> Self {
        let workflow = Workflow::builtin();
        let timings = Timing::november();
        let drawn = |conversation: &Conversation| {
            let (step, timing) = timings
                .iter()
                .find(|(s, _)| s.as_str() == conversation.name)?;
            let draw = |n| timing.draw(SEED, Some(*step), &format!("posting {n}"));
            Some((conversation.id, (0..DRAWN).map(draw).collect()))
        };
        let calls = workflow.conversations.iter().filter(|c| c.prompt.is_some());
        Self {
            postings,
            drawn: workflow.conversations.iter().filter_map(drawn).collect(),
            models: calls.map(|c| (c.id, c.actor.name().to_owned())).collect(),
        }
    }

    /// So many servers for them, each with so much memory and so many slots.
    pub fn plant(&self, servers: usize, memory: u64, slots: usize) -> Plant {
        let mean = |(id, drawn): (&ConversationId, &Vec<Duration>)| {
            let count = u32::try_from(drawn.len()).unwrap();
            (*id, drawn.iter().sum::<Duration>() / count)
        };
        Plant {
            graph: Arc::new(Graph::of(&Workflow::builtin()).unwrap()),
            servers: vec![memory; servers],
            sizes: MODELS.map(|(name, gib, _)| (name.to_owned(), gib)).into(),
            load_time: MODELS
                .map(|(name, _, load)| (name.to_owned(), Duration::from_secs_f64(load)))
                .into(),
            call_time: self.drawn.iter().map(mean).collect(),
            slots,
            ahead: 1,
        }
    }

    /// No schedule takes less: each model's work over its slots on all servers, and the work of all over as many models as
    /// the servers hold at once.
    pub fn least(&self, plant: &Plant, resident: usize) -> f64 {
        let slots = as_f64(plant.servers.len() * plant.slots);
        let mut work: BTreeMap<&str, f64> = BTreeMap::new();
        for posting in 0..self.postings {
            for (conversation, model) in &self.models {
                if self.is_taken(posting, *conversation) {
                    let seconds = self.computes(posting, *conversation).as_secs_f64();
                    *work.entry(model).or_default() += seconds;
                }
            }
        }
        let alone = work.values().copied().fold(0.0, f64::max) / slots;
        alone.max(work.values().sum::<f64>() / slots / as_f64(resident))
    }

    fn is_taken(&self, posting: usize, conversation: ConversationId) -> bool {
        !(3338..=3340).contains(&conversation.0) || self.takes(posting, conversation)
    }
}

impl Postings for November {
    fn count(&self) -> usize {
        self.postings
    }

    fn arrives(&self, _: usize) -> Duration {
        Duration::ZERO
    }

    fn takes(&self, posting: usize, _: ConversationId) -> bool {
        posting * 7 % IMPROVED.1 < IMPROVED.0
    }

    fn computes(&self, posting: usize, conversation: ConversationId) -> Duration {
        self.drawn[&conversation][posting % DRAWN]
    }
}

/// Runs at every stage, and a residency to be decided on: nothing is in flight.
pub fn in_the_middle(postings: usize, servers: usize) -> State {
    let stages: [&[i32]; 7] = [
        &[3335, 9161],
        &[3335, 9162],
        &[3336, 3337, 9161],
        &[3337, 9162],
        &[3338, 9163],
        &[3341],
        &[3350, 9163],
    ];
    let front = |open: &&[i32]| Front {
        steps: open
            .iter()
            .map(|id| (ConversationId(*id), Phase::Ready))
            .collect(),
        runs: postings / stages.len(),
    };
    let model = |(name, _, _): (&str, u64, f64)| (name.to_owned(), ModelState::default());
    let plant = November::of(1).plant(servers, CARDS[0], 1);
    State {
        graph: plant.graph,
        fronts: stages.iter().map(front).collect(),
        servers: vec![
            ServerState {
                memory: Some(CARDS[0]),
                models: MODELS.map(model).into(),
                idle: Duration::ZERO,
            };
            servers
        ],
        sizes: plant.sizes,
        load_time: plant.load_time,
        call_time: plant.call_time,
        slots: 1,
        ahead: 1,
        in_flight_cap: usize::MAX,
        ..State::default()
    }
}

fn as_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}
