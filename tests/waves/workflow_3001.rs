//! The real workflow, with the sizes of the original's models and the durations of November 2025.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fixtures::ollama::{Step, Timing};
use wave_runner::wave::Graph;
use wave_runner::wave::simulation::{Outcome, Plant, Postings, posting_by_posting, simulate};
use wave_runner::workflow::{ConversationId, Workflow};

use crate::performed;

/// So many postings, of which every so many-th is improved, one each so many seconds.
struct Batch {
    postings: usize,
    improved: Option<usize>,
    gap: u64,
    means: BTreeMap<ConversationId, Duration>,
}

impl Batch {
    fn of(postings: usize) -> Self {
        let november = Timing::november();
        let mean = |step: &wave_runner::workflow::Conversation| {
            let named = november
                .iter()
                .find(|(known, _)| known.as_str() == step.name);
            named.map(|(_, timing)| (step.id, Duration::from_secs_f64(timing.mean)))
        };
        Self {
            postings,
            improved: Some(6),
            gap: 0,
            means: Workflow::builtin()
                .conversations
                .iter()
                .filter_map(mean)
                .collect(),
        }
    }

    /// On servers with so many gibibytes.
    fn on(&self, servers: &[u64]) -> Outcome {
        simulate(&self.plant(servers), self).unwrap()
    }

    fn plant(&self, servers: &[u64]) -> Plant {
        let sizes = [
            ("gemma2:latest", 6_000),
            ("llama3.2:latest", 2_600),
            ("qwen2.5:7b", 5_000),
        ];
        Plant {
            graph: Arc::new(Graph::of(&Workflow::builtin()).unwrap()),
            servers: servers.iter().map(|gibibytes| gibibytes << 30).collect(),
            sizes: sizes
                .map(|(name, mebibytes)| (name.to_owned(), mebibytes << 20))
                .into(),
            load_time: sizes
                .map(|(name, _)| (name.to_owned(), Duration::from_secs(3)))
                .into(),
            call_time: self.means.clone(),
            slots: 1,
            ahead: 1,
        }
    }
}

impl Postings for Batch {
    fn count(&self) -> usize {
        self.postings
    }

    fn arrives(&self, posting: usize) -> Duration {
        Duration::from_secs(self.gap * u64::try_from(posting).unwrap())
    }

    fn takes(&self, posting: usize, _: ConversationId) -> bool {
        self.improved
            .is_some_and(|every| posting.is_multiple_of(every))
    }

    fn computes(&self, _: usize, conversation: ConversationId) -> Duration {
        self.means[&conversation]
    }
}

#[test]
fn november_has_a_duration_for_each_model_step() {
    assert_eq!(Batch::of(1).means.len(), Step::ALL.len());
}

#[test]
fn with_one_resident_model_five_loads_do_whichever_grades_fail() {
    for postings in [1, 4, 50, 500] {
        for improved in [None, Some(1), Some(6), Some(50)] {
            let batch = Batch {
                improved,
                ..Batch::of(postings)
            };
            assert_eq!(
                batch.on(&[6]).loads,
                5,
                "{postings} postings, every {improved:?}-th improved"
            );
        }
    }
}

#[test]
fn with_two_or_three_resident_models_each_is_loaded_once() {
    for memory in [12, 13, 14, 16] {
        for postings in [1, 50, 500] {
            let outcome = Batch::of(postings).on(&[memory]);
            assert_eq!(
                (outcome.loads, outcome.together),
                (3, postings),
                "{memory} GiB"
            );
        }
    }
}

#[test]
fn loads_do_not_grow_with_the_postings_on_any_card_and_the_server_makes_those_that_were_planned() {
    // 8 GiB hold qwen2.5 and llama3.2 by their sizes and not by the server's rule; 12 GiB hold gemma2 and qwen2.5 in that
    // order alone.
    for (memory, loads) in [(6, 5), (8, 5), (12, 3), (16, 3)] {
        for postings in [50, 500, 5_000] {
            let batch = Batch::of(postings);
            let (planned, performed) = performed(&batch.plant(&[memory]), &batch);
            let found = (planned.loads, performed);
            assert_eq!(found, (loads, loads), "{memory} GiB, {postings} postings");
        }
    }
}

#[test]
fn two_servers_that_hold_one_model_each_load_each_model_once_and_share_the_pairs() {
    let outcome = Batch::of(50).on(&[6, 6]);
    assert_eq!((outcome.loads, outcome.together), (3, 50));
}

#[test]
fn servers_beyond_the_models_take_copies_and_shorten_the_batch() {
    let (few, many) = (Batch::of(200).on(&[6; 3]), Batch::of(200).on(&[6; 12]));
    assert!(
        many.makespan * 3 < few.makespan,
        "{:?} and {:?}",
        many.makespan,
        few.makespan
    );
    assert!(many.loads <= 2 * 12, "{} loads on 12 servers", many.loads);
}

#[test]
fn loads_of_work_that_streams_in_grow_with_the_waves_and_not_with_the_postings() {
    // Faster than it is done: what comes in the course of one wave is done in the next.
    let streaming = |postings| Batch {
        gap: 50,
        ..Batch::of(postings)
    };
    let (some, many) = (streaming(200).on(&[6]).loads, streaming(800).on(&[6]).loads);
    assert!(
        some <= 60 && many <= 90,
        "{some} loads for 200 postings, {many} for 800"
    );
}

#[test]
fn going_posting_by_posting_loads_for_nearly_every_call() {
    let batch = Batch::of(50);
    let one_by_one = posting_by_posting(&batch.plant(&[6]), &batch);
    let waves = batch.on(&[6]);
    assert!(
        one_by_one.loads >= 60 * waves.loads,
        "{} loads",
        one_by_one.loads
    );
    assert!(one_by_one.makespan > waves.makespan);
    assert_eq!(one_by_one.calls, waves.calls);
}
