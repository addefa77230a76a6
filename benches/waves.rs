//! The wave planner: what a decision costs, and what its decisions come to over whole batches in virtual time.
//!
//! The table is computed, not timed: it is the same on every machine. `cargo bench -p benches --bench waves` prints it
//! and measures; with `-- --test` the batches are small.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot be set up has nothing to measure, and its table is what it is for"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion};
use fixtures::ollama::Timing;
use wave_runner::wave::simulation::{Outcome, Plant, Postings, posting_by_posting, simulate};
use wave_runner::wave::{Front, Graph, ModelState, Phase, ServerState, State, plan};
use wave_runner::workflow::{Conversation, ConversationId, Workflow};

const SEED: u64 = 42;
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
const CARDS: [u64; 3] = [6, 13, 16];

/// Postings with the durations of November 2025.
struct November {
    postings: usize,
    drawn: BTreeMap<ConversationId, Vec<Duration>>,
    models: BTreeMap<ConversationId, String>,
}

impl November {
    fn of(postings: usize) -> Self {
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

    fn plant(&self, servers: usize, memory: u64, slots: usize) -> Plant {
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
    fn least(&self, plant: &Plant, resident: usize) -> f64 {
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

fn main() {
    let small = std::env::args().any(|argument| argument == "--test");
    loads(if small { &[50] } else { &[50, 500, 5_000] });
    one_by_one();
    many_servers(if small { 1_000 } else { 100_000 });
    let mut criterion = Criterion::default().configure_from_args();
    decisions(&mut criterion);
    criterion.final_summary();
}

fn loads(sizes: &[usize]) {
    println!("postings  resident  slots  loads  makespan/bound");
    for postings in sizes {
        let batch = November::of(*postings);
        for (resident, memory) in (1..).zip(CARDS) {
            for slots in [1, 4] {
                let plant = batch.plant(1, memory, slots);
                let outcome = simulate(&plant, &batch).unwrap();
                let ratio = outcome.makespan.as_secs_f64() / batch.least(&plant, resident);
                let loads = outcome.loads;
                println!("{postings:>8}  {resident:>8}  {slots:>5}  {loads:>5}  {ratio:>14.4}");
            }
        }
    }
}

fn one_by_one() {
    println!("50 postings, one resident: posting by posting ÷ in waves");
    println!("a load takes  loads  loads in waves  time ratio");
    let batch = November::of(50);
    for (told, load) in [("3 s", 3), ("15 s (hypothetical)", 15)] {
        let mut plant = batch.plant(1, CARDS[0], 1);
        for known in plant.load_time.values_mut() {
            *known = Duration::from_secs(load);
        }
        let slow = posting_by_posting(&plant, &batch);
        let fast = simulate(&plant, &batch).unwrap();
        let ratio = slow.makespan.as_secs_f64() / fast.makespan.as_secs_f64();
        println!(
            "{told:<20}  {:>5}  {:>5}  {ratio:.3}",
            slow.loads, fast.loads
        );
    }
}

fn many_servers(postings: usize) {
    println!("{postings} postings on many servers");
    println!("servers  resident  loads  makespan/bound  decisions  pairs together");
    let batch = November::of(postings);
    for servers in [1, 2, 4, 8, 16, 32, 64] {
        for (resident, memory) in [(1, CARDS[0]), (3, CARDS[2])] {
            let plant = batch.plant(servers, memory, 1);
            let outcome = simulate(&plant, &batch).unwrap();
            let ratio = outcome.makespan.as_secs_f64() / batch.least(&plant, resident);
            let Outcome {
                loads,
                decisions,
                together,
                ..
            } = outcome;
            println!(
                "{servers:>7}  {resident:>8}  {loads:>5}  {ratio:>14.4}  {decisions:>9}  {together:>14}"
            );
        }
    }
}

/// One decision in the middle of a batch: the same open work, for more and more postings and on more and more servers.
fn decisions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("plan_wave");
    for postings in [50, 500, 5_000, 100_000] {
        let state = in_the_middle(postings, 1);
        group.bench_function(BenchmarkId::new("postings", postings), |bencher| {
            bencher.iter(|| plan(black_box(&state)));
        });
    }
    for servers in [1, 8, 64] {
        let state = in_the_middle(5_000, servers);
        group.bench_function(BenchmarkId::new("servers", servers), |bencher| {
            bencher.iter(|| plan(black_box(&state)));
        });
    }
    group.finish();
}

/// Runs at every stage, and a residency to be decided on: nothing is in flight.
fn in_the_middle(postings: usize, servers: usize) -> State {
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
