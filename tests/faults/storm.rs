//! All faults at random moments: 200 postings, five workers on five model servers, a Postgres that is restarted.
//!
//! - `schedule` draws from a seed what happens when; it is pure.
//! - `scene` is what the storm rages over: database, proxies, workers and their servers.
//!
//! A worker is killed by dropping everything it has, its connections with it: to database and model servers that is
//! kill -9. `killed` does the same to processes. After its time the storm is over, whatever it broke is back, and the
//! batch has to come to its end.

mod scene;
mod schedule;

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use scene::Scene;
use schedule::{TICKS_A_SECOND, schedule};

/// As long as `./ci/test` gives it.
const SECONDS: u64 = 10;

/// How long the storm lasts, and what it is drawn from.
struct Choice {
    seconds: u64,
    seed: u64,
}

impl Choice {
    fn from_environment() -> Self {
        let number =
            |name: &str| {
                let text = std::env::var(name).ok()?;
                Some(text.parse().unwrap_or_else(|_| {
                    panic!("expected a whole number in {name}, found {text:?}")
                }))
            };
        Self {
            seconds: number("STORM_SECONDS").unwrap_or(SECONDS),
            // Another one each time: a storm that is always the same finds its last defect on its first day.
            seed: number("STORM_SEED")
                .unwrap_or_else(|| RandomState::new().hash_one("storm") >> 32),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_every_fault_loses_nothing_and_does_nothing_twice() {
    let Choice { seconds, seed } = Choice::from_environment();
    println!(
        "a storm of {seconds} s, seed {seed}; the same again: ci/storm --seconds {seconds} --seed {seed}"
    );
    let gusts = schedule(seed, seconds);
    println!("{} gusts", gusts.len());
    let mut scene = Scene::new(seed, seconds).await;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / TICKS_A_SECOND);
    for tick in 0..seconds * u64::from(TICKS_A_SECOND) {
        ticks.tick().await;
        for gust in gusts.iter().filter(|gust| gust.begins == tick) {
            scene.strike(gust.blow).await;
        }
        for gust in gusts.iter().filter(|gust| gust.ends == tick) {
            scene.mend(gust.blow);
        }
    }
    scene.calm().await;
    scene.holds().await;
}
