//! Servers that go away and come back, postings that nobody can take through, answers that come too late.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fixtures::ollama::OllamaSettings;
use futures_util::future::BoxFuture;
use wave_runner::batch::{Ended, ExecuteError};
use wave_runner::llm::{Answer, Generation, Limits, LlmError, Loaded, ModelServer, Ollama};
use wave_runner::store::{RunTally, RunningRow};
use wave_runner::workflow::{Actor, Workflow};

use crate::execute::{Plant, all_completed, settings};
use crate::failure::model_failure;
use crate::world::World;

/// What is wrong with a server.
#[derive(Debug)]
enum Trouble {
    /// It cannot be reached for so many calls.
    Away { calls: usize },
    /// What it answers about these postings is nonsense.
    Nonsense { about: Vec<&'static str> },
    /// The watchdog ends the first call just before its answer comes.
    Overtaken { store: wave_runner::store::Store },
}

/// The stand-in behind some trouble.
#[derive(Debug)]
struct Troubled {
    server: Ollama,
    trouble: Trouble,
    calls: AtomicUsize,
}

impl ModelServer for Troubled {
    fn generate<'a>(
        &'a self,
        generation: &'a Generation,
        total: Duration,
    ) -> BoxFuture<'a, Result<Answer, LlmError>> {
        Box::pin(async move {
            let call = self.calls.fetch_add(1, Ordering::Relaxed);
            match &self.trouble {
                Trouble::Away { calls } if call < *calls => {
                    return Err(LlmError::Unreachable {
                        base: self.server.base().clone(),
                        cause: "connection refused".to_owned(),
                    });
                }
                Trouble::Overtaken { store } if call == 0 => overtake(store).await,
                _ => {}
            }
            let mut answer = self.server.generate(generation, total).await?;
            if let Trouble::Nonsense { about } = &self.trouble
                && about.iter().any(|id| generation.prompt.contains(id))
            {
                answer.text = String::new();
            }
            Ok(answer)
        })
    }

    fn loaded(&self) -> BoxFuture<'_, Result<Vec<Loaded>, LlmError>> {
        Box::pin(self.server.ps())
    }

    fn unload<'a>(&'a self, model: &'a str) -> BoxFuture<'a, Result<(), LlmError>> {
        Box::pin(self.server.unload(model))
    }
}

/// Fails the calls that are running, as the watchdog does, as soon as one is: a call leaves before it is put down.
async fn overtake(store: &wave_runner::store::Store) {
    let at_most = Duration::from_mins(1);
    tokio::time::timeout(at_most, until_one_is_overtaken(store))
        .await
        .unwrap_or_else(|_| panic!("the call that was sent was not put down within {at_most:?}"));
}

async fn until_one_is_overtaken(store: &wave_runner::store::Store) {
    let workflow = Workflow::builtin();
    let is_call = |row: &RunningRow| {
        let conversation = workflow.conversation(row.claim.conversation);
        conversation.is_some_and(|it| matches!(it.actor, Actor::Model { .. }))
    };
    let mut overtaken = false;
    while !overtaken {
        for unfinished in store.unfinished_batches(None).await.unwrap() {
            let (_, running) = store.running(unfinished.batch).await.unwrap();
            for row in running.into_iter().filter(is_call) {
                overtaken = true;
                let failure = model_failure("watchdog: too long");
                let _ = store
                    .fail_overdue(&workflow, &row.claim, &failure)
                    .await
                    .unwrap();
            }
        }
    }
}

async fn plant_with(trouble: impl FnOnce(&World) -> Trouble) -> Plant {
    let mut plant = Plant::new(OllamaSettings::default(), settings()).await;
    let server = Ollama::new(plant.server.url(), Limits::default()).unwrap();
    plant.executor.servers[0].client = Arc::new(Troubled {
        server,
        trouble: trouble(&plant.world),
        calls: AtomicUsize::new(0),
    });
    plant
}

#[tokio::test]
async fn an_outage_of_many_calls_costs_no_posting_its_life() {
    let plant = plant_with(|_| Trouble::Away { calls: 20 }).await;
    let batch = plant.world.batch(2).await;
    assert_eq!(plant.run(batch).await.unwrap(), Ended::Finished);
    assert_eq!(plant.tally(batch).await, all_completed(2));
    let classes = "SELECT count(*) FROM interaction_attempts WHERE error_class = 'unreachable'";
    assert_eq!(plant.world.scalar::<i64>(classes).await, 20);
    let noted = "SELECT count(*) FROM workflow_errors WHERE error_class = 'unreachable'";
    assert_eq!(plant.world.scalar::<i64>(noted).await, 20);
}

#[tokio::test]
async fn when_no_server_answers_for_long_the_run_ends_says_so_and_can_be_taken_up_again() {
    let mut plant = plant_with(|_| Trouble::Away { calls: usize::MAX }).await;
    plant.executor.settings.away_limit = Duration::from_millis(50);
    let batch = plant.world.batch(2).await;
    let error = plant.run(batch).await.expect_err("nobody is there");
    assert!(
        matches!(error, ExecuteError::ServersAway { .. }),
        "expected that the servers are away: {error}"
    );
    let tally = plant.tally(batch).await;
    assert_eq!((tally.open, tally.failed), (2, 0));

    let back = Ollama::new(plant.server.url(), Limits::default()).unwrap();
    plant.executor.servers[0].client = Arc::new(back);
    assert_eq!(plant.run(batch).await.unwrap(), Ended::Finished);
    assert_eq!(plant.tally(batch).await, all_completed(2));
}

#[tokio::test]
async fn poisoned_postings_fail_and_hold_up_neither_the_others_nor_the_server() {
    for about in [vec!["R0000003"], vec!["R0000001", "R0000002", "R0000003"]] {
        let poisoned = about.len();
        let plant = plant_with(|_| Trouble::Nonsense { about }).await;
        let batch = plant.world.batch(6).await;
        assert_eq!(plant.run(batch).await.unwrap(), Ended::Finished);
        let expected = RunTally {
            completed: 6 - poisoned,
            failed: poisoned,
            ..RunTally::default()
        };
        assert_eq!(plant.tally(batch).await, expected);
        let most: i32 = plant
            .world
            .scalar("SELECT max(attempt) FROM interactions")
            .await;
        assert_eq!(most, 3);
    }
}

#[tokio::test]
async fn an_answer_that_comes_after_the_watchdog_is_dropped_and_counted() {
    let plant = plant_with(|world| Trouble::Overtaken {
        store: world.store.clone(),
    })
    .await;
    let batch = plant.world.batch(1).await;
    assert_eq!(plant.run(batch).await.unwrap(), Ended::Finished);
    assert_eq!(plant.tally(batch).await.failed, 1);
    let late: i64 = plant
        .world
        .scalar("SELECT count(*) FROM late_results JOIN interactions USING (interaction_id, attempt) WHERE status = 'failed'")
        .await;
    assert!(late >= 1, "{late} late results");
    let completed_late: i64 = plant
        .world
        .scalar("SELECT count(*) FROM late_results JOIN interactions USING (interaction_id, attempt) WHERE status = 'completed'")
        .await;
    assert_eq!(completed_late, 0);
}

#[tokio::test]
async fn a_step_that_is_over_in_time_counts_no_late_result() {
    let plant = plant_with(|_| Trouble::Away { calls: 0 }).await;
    let batch = plant.world.batch(1).await;
    plant.run(batch).await.unwrap();
    let late = "SELECT count(*) FROM late_results";
    assert_eq!(plant.world.scalar::<i64>(late).await, 0);
}
