//! What happens when, drawn from a seed.

use fixtures::ollama::{Fault, LoadFault, LoadMishap, Mishap, Occasion};
use fixtures::postgres::Ending;
use fixtures::tcp_proxy::Moment;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Workers, and model servers: one each.
pub(super) const WORKERS: usize = 5;
/// The storm's own time.
pub(super) const TICKS_A_SECOND: u32 = 100;
/// How often something happens, on average.
const GUSTS_A_SECOND: u64 = 5;
/// The longest that something stays broken, in ticks. A call has several times as long before it is given up.
const LONGEST: u64 = 80;
/// Requests to a server of which some go wrong.
const REQUESTS: usize = 800;

/// Statements at which a connection is cut.
const STATEMENTS: [&str; 6] = [
    "COMMIT",
    "BEGIN",
    "SET status = 'completed'",
    "SET status = 'running'",
    "UPDATE interactions",
    "INSERT INTO interactions",
];

/// Something that breaks and comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gust {
    pub(super) begins: u64,
    /// Later than it begins.
    pub(super) ends: u64,
    pub(super) blow: Blow,
}

/// What breaks. Numbers are those of workers, or of their servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blow {
    /// The worker is gone at once, and its connections with it.
    KillWorker(usize),
    /// The worker is asked to stop.
    StopWorker(usize),
    /// All database connections of a worker are cut.
    CutDatabase(usize),
    /// One of them is cut at the next statement of this kind.
    CutAt(usize, Moment, &'static str),
    /// The database lets the worker in no more.
    CloseDatabase(usize),
    /// Postgres is restarted.
    RestartDatabase(Ending),
    /// The model server is gone.
    KillServer(usize),
    /// The model server takes and gives no byte.
    HangServer(usize),
}

/// The gusts of so many seconds, in the order in which they begin.
pub(super) fn schedule(seed: u64, seconds: u64) -> Vec<Gust> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let ticks = seconds * u64::from(TICKS_A_SECOND);
    let mut gusts: Vec<Gust> = (0..seconds * GUSTS_A_SECOND)
        .map(|_| {
            let begins = rng.random_range(0..ticks);
            Gust {
                begins,
                ends: begins + rng.random_range(1..LONGEST),
                blow: blow(&mut rng),
            }
        })
        .collect();
    gusts.sort_by_key(|gust| gust.begins);
    gusts
}

fn blow(rng: &mut ChaCha8Rng) -> Blow {
    let one = rng.random_range(0..WORKERS);
    match rng.random_range(0..100) {
        0..20 => Blow::KillWorker(one),
        20..28 => Blow::StopWorker(one),
        28..40 => Blow::CutDatabase(one),
        40..65 => {
            let moment = if rng.random() {
                Moment::Before
            } else {
                Moment::After
            };
            let statement = STATEMENTS.choose(rng).copied().unwrap_or("COMMIT");
            Blow::CutAt(one, moment, statement)
        }
        65..75 => Blow::CloseDatabase(one),
        75..80 => Blow::RestartDatabase(if rng.random() {
            Ending::InOrder
        } else {
            Ending::AtOnce
        }),
        80..90 => Blow::KillServer(one),
        _ => Blow::HangServer(one),
    }
}

/// What goes wrong with a server's answers: one in a hundred, so that no posting is hit three times in a row.
pub(super) fn mishaps(seed: u64, server: usize) -> Vec<Fault> {
    const KINDS: [Mishap; 12] = [
        Mishap::Refuse,
        Mishap::CutStream,
        Mishap::DoneFalse,
        Mishap::ErrorLine,
        Mishap::Malformed,
        Mishap::Slow(3.0),
        Mishap::Hang,
        Mishap::DiesAtOnce,
        Mishap::DiesInMidAnswer,
        Mishap::Garbage,
        Mishap::Flood,
        Mishap::Nul,
    ];
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ (server as u64 + 1));
    (1..REQUESTS)
        .filter_map(|nth| {
            let strikes = rng.random_ratio(1, 100);
            let mishap = *KINDS.choose(&mut rng)?;
            strikes.then_some(Fault {
                step: None,
                occasion: Occasion::Nth(nth),
                mishap,
            })
        })
        .collect()
}

/// What goes wrong with a server's loads: here and there one finds no memory, or comes to a standstill.
pub(super) fn load_mishaps(seed: u64, server: usize) -> Vec<LoadFault> {
    const MODELS: [&str; 3] = ["gemma2:latest", "qwen2.5:7b", "llama3.2:latest"];
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ (server as u64 + 1) << 32);
    MODELS
        .into_iter()
        .map(|model| LoadFault {
            model: model.to_owned(),
            occasion: Occasion::Nth(rng.random_range(1..4)),
            mishap: if rng.random() {
                LoadMishap::OutOfMemory
            } else {
                LoadMishap::Stall
            },
        })
        .collect()
}

#[test]
fn a_seed_is_a_storm_and_another_seed_another() {
    assert_eq!(schedule(1, 10), schedule(1, 10));
    assert_ne!(schedule(1, 10), schedule(2, 10));
    assert_eq!(mishaps(1, 0), mishaps(1, 0));
    assert_ne!(mishaps(1, 0), mishaps(1, 1));
    assert_eq!(load_mishaps(1, 0), load_mishaps(1, 0));
    assert_ne!(load_mishaps(1, 0), load_mishaps(2, 0));
}

#[test]
fn every_kind_of_blow_falls_within_two_minutes_and_nothing_stays_broken() {
    let gusts = schedule(1, 120);
    let kinds: std::collections::HashSet<_> = gusts
        .iter()
        .map(|gust| std::mem::discriminant(&gust.blow))
        .collect();
    assert_eq!(kinds.len(), 8);
    assert!(
        gusts
            .iter()
            .all(|gust| gust.begins < gust.ends && gust.ends - gust.begins <= LONGEST)
    );
}
