//! Whole batches through the executor, against the Ollama stand-in: good ones, and one broken thing at a time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use fixtures::ollama::{Fault, Mishap, OllamaSettings, OllamaStandIn, Step};
use futures_util::future::BoxFuture;
use sqlx::Row;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use wave_runner::batch::{
    Barrier, Ended, Event, Events, ExecuteError, ExecuteSettings, Executor, InstalledModel,
    RetryPolicy, Server, Stop,
};
use wave_runner::llm::{Limits, Ollama};
use wave_runner::store::{BatchId, RunTally};
use wave_runner::workflow::{ConversationId, Workflow};

use crate::world::{RUNNER, World};

const MIB: u64 = 1 << 20;

/// A world with a model server and an executor between them.
pub(crate) struct Plant {
    pub(crate) world: World,
    pub(crate) server: OllamaStandIn,
    pub(crate) executor: Executor,
    pub(crate) events: UnboundedReceiver<Event>,
}

impl Plant {
    pub(crate) async fn new(server: OllamaSettings, settings: ExecuteSettings) -> Self {
        let world = World::new().await;
        let gpu_memory = Some(server.gpu_memory);
        let server = OllamaStandIn::start(server).await.unwrap();
        let (sender, events) = unbounded_channel();
        let executor = Executor {
            store: world.store.clone(),
            workflow: Arc::new(world.workflow.clone()),
            servers: vec![Server {
                name: "stand-in".to_owned(),
                client: Arc::new(Ollama::new(server.url(), Limits::default()).unwrap()),
                gpu_memory,
            }],
            settings,
            runner: RUNNER.to_owned(),
            events: Events::to(sender),
            barrier: None,
        };
        Self {
            world,
            server,
            executor,
            events,
        }
    }

    pub(crate) async fn run(&self, batch: BatchId) -> Result<Ended, ExecuteError> {
        self.executor.run(batch, &Stop::default()).await
    }

    pub(crate) async fn tally(&self, batch: BatchId) -> RunTally {
        self.world.store.tally(batch).await.unwrap()
    }
}

/// November's server a thousand times as fast, with something broken.
fn server_with(faults: Vec<Fault>) -> OllamaSettings {
    OllamaSettings {
        faults,
        ..OllamaSettings::default()
    }
}

pub(crate) fn settings() -> ExecuteSettings {
    let model = |name: &str, mib: u64| {
        (
            name.to_owned(),
            InstalledModel {
                size: mib * MIB,
                digest: "0".repeat(64),
            },
        )
    };
    ExecuteSettings {
        models: BTreeMap::from([
            model("gemma2:latest", 6000),
            model("llama3.2:latest", 2600),
            model("qwen2.5:7b", 5000),
        ]),
        retry: RetryPolicy {
            first_wait: Duration::from_millis(1),
            longest_wait: Duration::from_millis(4),
        },
        time_scale: 1000.0,
        ..ExecuteSettings::default()
    }
}

pub(crate) fn all_completed(size: usize) -> RunTally {
    RunTally {
        completed: size,
        ..RunTally::default()
    }
}

#[tokio::test]
async fn a_batch_is_taken_to_its_end_with_every_column_filled() {
    let plant = Plant::new(OllamaSettings::default(), settings()).await;
    let batch = plant.world.batch(4).await;
    assert_eq!(plant.run(batch).await.unwrap(), Ended::Finished);
    assert_eq!(plant.tally(batch).await, all_completed(4));
    let whole: i64 = plant
        .world
        .scalar(
            "SELECT count(*) FROM postings WHERE extracted_summary IS NOT NULL
                AND skill_keywords IS NOT NULL AND ihl_score IS NOT NULL AND ihl_category IS NOT NULL",
        )
        .await;
    assert_eq!(whole, 4);
}

#[tokio::test]
async fn each_summary_names_its_own_posting() {
    let plant = Plant::new(OllamaSettings::default(), settings()).await;
    let batch = plant.world.batch(4).await;
    plant.run(batch).await.unwrap();
    let rows = sqlx::query("SELECT external_id, extracted_summary FROM postings")
        .fetch_all(&plant.world.pool)
        .await
        .unwrap();
    for row in rows {
        let (id, summary): (&str, &str) = (row.get(0), row.get(1));
        assert!(summary.contains(id), "{id} is not in {summary}");
    }
}

#[tokio::test]
async fn a_batch_that_is_finished_is_left_as_it_is() {
    let plant = Plant::new(OllamaSettings::default(), settings()).await;
    let batch = plant.world.batch(1).await;
    plant.run(batch).await.unwrap();
    let calls = plant.server.log().len();
    assert_eq!(plant.run(batch).await.unwrap(), Ended::Finished);
    assert_eq!(plant.server.log().len(), calls);
}

#[tokio::test]
async fn no_more_calls_are_at_a_model_than_it_has_slots_and_the_slots_are_used() {
    for slots in [1, 2] {
        let server = OllamaSettings {
            slots,
            ..OllamaSettings::default()
        };
        let settings = ExecuteSettings {
            slots,
            ..settings()
        };
        let plant = Plant::new(server, settings).await;
        let batch = plant.world.batch(6).await;
        plant.run(batch).await.unwrap();
        for model in ["gemma2:latest", "llama3.2:latest", "qwen2.5:7b"] {
            let peak = plant.server.peak_in_flight(model);
            assert!(peak <= slots, "{peak} calls at {model} with {slots} slots");
        }
        // The bottleneck: six postings keep every slot of it busy.
        assert_eq!(plant.server.peak_in_flight("gemma2:latest"), slots);
    }
}

#[tokio::test]
async fn one_call_altogether_is_one_call_altogether() {
    let settings = ExecuteSettings {
        max_in_flight: Some(1),
        ..settings()
    };
    let plant = Plant::new(OllamaSettings::default(), settings).await;
    let batch = plant.world.batch(2).await;
    plant.run(batch).await.unwrap();
    let mut calls: Vec<_> = plant
        .server
        .log()
        .into_iter()
        .filter_map(|call| Some((call.started?, call.finished?)))
        .collect();
    calls.sort();
    assert!(
        calls.windows(2).all(|pair| pair[0].1 <= pair[1].0),
        "{calls:?}"
    );
    assert_eq!(plant.tally(batch).await, all_completed(2));
}

#[tokio::test]
async fn with_room_for_one_model_five_loads_do_for_few_postings_and_for_many() {
    let loads_for = async |postings: usize| {
        let server = OllamaSettings {
            gpu_memory: 6 << 30,
            ..OllamaSettings::default()
        };
        let plant = Plant::new(server, settings()).await;
        let batch = plant.world.batch(postings).await;
        plant.run(batch).await.unwrap();
        assert_eq!(plant.tally(batch).await, all_completed(postings));
        plant.server.loads()
    };
    assert_eq!([loads_for(4).await, loads_for(16).await], [5, 5]);
}

#[tokio::test]
async fn a_malformed_answer_is_asked_for_again_with_another_seed() {
    let fault = Fault::nth(Step::Skills, 1, Mishap::Malformed);
    let mut plant = Plant::new(server_with(vec![fault]), settings()).await;
    let batch = plant.world.batch(2).await;
    plant.run(batch).await.unwrap();
    assert_eq!(plant.tally(batch).await, all_completed(2));
    let (attempt, seed): (i32, String) = sqlx::query_as(
        "SELECT attempt, input ->> 'seed' FROM interactions
         WHERE conversation_id = 3350 AND attempt > 1",
    )
    .fetch_one(&plant.world.pool)
    .await
    .unwrap();
    assert_eq!((attempt, seed.as_str()), (2, "43"));
    let mut retried = false;
    while let Ok(event) = plant.events.try_recv() {
        retried |= matches!(
            event,
            Event::Retried {
                conversation: ConversationId(3350),
                ..
            }
        );
    }
    assert!(retried);
}

#[tokio::test]
async fn an_answer_that_stays_malformed_fails_its_run_and_says_why() {
    let fault = Fault::every(Step::Skills, Mishap::Malformed);
    let plant = Plant::new(server_with(vec![fault]), settings()).await;
    let batch = plant.world.batch(2).await;
    assert_eq!(plant.run(batch).await.unwrap(), Ended::Finished);
    assert_eq!(
        plant.tally(batch).await,
        RunTally {
            failed: 2,
            ..RunTally::default()
        }
    );
    let attempts: i32 = plant
        .world
        .scalar("SELECT max(attempt) FROM interactions WHERE status = 'failed'")
        .await;
    assert_eq!(attempts, 3);
    let why: String = plant
        .world
        .scalar("SELECT output ->> 'error' FROM interactions WHERE status = 'failed' LIMIT 1")
        .await;
    assert!(why.contains("expected"), "{why}");
}

#[tokio::test]
async fn a_busy_server_a_cut_stream_and_a_half_answer_are_survived() {
    let faults = vec![
        Fault::nth(Step::Extract, 1, Mishap::Refuse),
        Fault::nth(Step::GradeA, 1, Mishap::CutStream),
        Fault::nth(Step::GradeB, 1, Mishap::DoneFalse),
        Fault::nth(Step::Format, 1, Mishap::Length),
        Fault::nth(Step::IhlAnalyst, 1, Mishap::ErrorLine),
    ];
    let plant = Plant::new(server_with(faults), settings()).await;
    let batch = plant.world.batch(2).await;
    plant.run(batch).await.unwrap();
    assert_eq!(plant.tally(batch).await, all_completed(2));
    let retried: i64 = plant
        .world
        .scalar("SELECT count(*) FROM interaction_attempts WHERE ended_as = 'retried'")
        .await;
    assert_eq!(retried, 5);
}

#[tokio::test]
async fn a_missing_model_stops_the_batch_and_loses_nothing() {
    let mut server = OllamaSettings::default();
    server.models.retain(|model| model.name != "gemma2:latest");
    let plant = Plant::new(server, settings()).await;
    let batch = plant.world.batch(2).await;
    let error = plant.run(batch).await.expect_err("a missing model");
    assert!(
        matches!(&error, ExecuteError::SetUp { why } if why.contains("ollama pull gemma2:latest")),
        "{error}"
    );
    let tally = plant.tally(batch).await;
    assert_eq!((tally.open, tally.failed), (2, 0));
    let held: i64 = plant
        .world
        .scalar("SELECT count(*) FROM interactions WHERE claimed_by IS NOT NULL AND status IN ('pending', 'running')")
        .await;
    assert_eq!(held, 0);
}

#[tokio::test]
async fn a_hung_call_is_cut_by_our_own_limit_and_counted_as_such() {
    let fault = Fault::nth(Step::IhlExpert, 1, Mishap::Hang);
    let settings = ExecuteSettings {
        most_shrink: 1000.0,
        ..settings()
    };
    let plant = Plant::new(server_with(vec![fault]), settings).await;
    let batch = plant.world.batch(1).await;
    plant.run(batch).await.unwrap();
    assert_eq!(plant.tally(batch).await, all_completed(1));
    let cut: String = plant
        .world
        .scalar("SELECT error FROM interaction_attempts")
        .await;
    assert!(cut.contains("total limit"), "{cut}");
}

#[tokio::test]
async fn a_stop_releases_what_is_unfinished_and_a_second_run_finishes_it() {
    // The hung call makes sure that the stop comes in the middle.
    let fault = Fault::nth(Step::IhlExpert, 1, Mishap::Hang);
    let settings = ExecuteSettings {
        grace: Duration::from_millis(50),
        ..settings()
    };
    let mut plant = Plant::new(server_with(vec![fault]), settings).await;
    let batch = plant.world.batch(3).await;
    let stop = Stop::default();
    let stopper = stop.clone();
    let stop_in_the_middle = async {
        while let Some(event) = plant.events.recv().await {
            if matches!(
                event,
                Event::Completed {
                    conversation: ConversationId(9162)
                }
            ) {
                break;
            }
        }
        stopper.ask();
    };
    let (ended, ()) = tokio::join!(plant.executor.run(batch, &stop), stop_in_the_middle);
    assert_eq!(ended.unwrap(), Ended::Interrupted);
    let held: i64 = plant
        .world
        .scalar("SELECT count(*) FROM interactions WHERE claimed_by IS NOT NULL AND status IN ('pending', 'running')")
        .await;
    assert_eq!(held, 0);
    assert!(plant.tally(batch).await.open > 0);

    assert_eq!(plant.run(batch).await.unwrap(), Ended::Finished);
    assert_eq!(plant.tally(batch).await, all_completed(3));
    let twice: i64 = plant
        .world
        .scalar(
            "SELECT count(*) FROM (SELECT 1 FROM interactions
             GROUP BY workflow_run_id, conversation_id HAVING count(*) > 1) AS doubled",
        )
        .await;
    assert_eq!(twice, 0);
}

#[tokio::test]
async fn work_whose_lease_is_taken_away_is_stopped_and_done_by_the_next_claim() {
    let fault = Fault::nth(Step::Extract, 1, Mishap::Hang);
    let settings = ExecuteSettings {
        lease: Duration::from_secs(3),
        ..settings()
    };
    let mut plant = Plant::new(server_with(vec![fault]), settings).await;
    let batch = plant.world.batch(1).await;
    // As if another runner had taken the hung interaction over: its attempt is raised, its lease gone.
    let take_over = async {
        while let Some(event) = plant.events.recv().await {
            if matches!(
                event,
                Event::Completed {
                    conversation: ConversationId(9161)
                }
            ) {
                break;
            }
        }
        sqlx::query(
            "UPDATE interactions SET status = 'pending', attempt = attempt + 1, started_at = NULL,
                 claimed_by = NULL, claimed_at = NULL, lease_expires_at = NULL
             WHERE conversation_id = 3335",
        )
        .execute(&plant.world.pool)
        .await
        .unwrap();
    };
    let stop = Stop::default();
    let (ended, ()) = tokio::join!(plant.executor.run(batch, &stop), take_over);
    assert_eq!(ended.unwrap(), Ended::Finished);
    assert_eq!(plant.tally(batch).await, all_completed(1));
    let attempt: i32 = plant
        .world
        .scalar("SELECT attempt FROM interactions WHERE conversation_id = 3335")
        .await;
    assert_eq!(attempt, 3);
}

#[tokio::test]
async fn a_posting_altered_after_staging_is_refused_and_the_others_go_on() {
    let plant = Plant::new(OllamaSettings::default(), settings()).await;
    let batch = plant.world.batch(2).await;
    sqlx::query("UPDATE postings SET job_title = 'Another title' WHERE posting_id = 1")
        .execute(&plant.world.pool)
        .await
        .unwrap();
    plant.run(batch).await.unwrap();
    let tally = RunTally {
        completed: 1,
        failed: 1,
        ..RunTally::default()
    };
    assert_eq!(plant.tally(batch).await, tally);
    let why: String = plant
        .world
        .scalar("SELECT error_message FROM workflow_errors")
        .await;
    assert!(why.contains("ALTERED"), "{why}");
}

#[tokio::test]
async fn a_posting_that_has_its_summary_and_skills_skips_those_steps() {
    let plant = Plant::new(OllamaSettings::default(), settings()).await;
    let first = plant.world.batch(1).await;
    plant.run(first).await.unwrap();
    let second = plant.world.batch_over(&[1]).await;
    assert_eq!(plant.run(second).await.unwrap(), Ended::Finished);
    assert_eq!(plant.tally(second).await, all_completed(1));
    let interactions: i64 = plant
        .world
        .scalar("SELECT count(*) FROM interactions WHERE batch_id = (SELECT max(batch_id) FROM batches)")
        .await;
    assert_eq!(interactions, 7);
}

#[test]
fn the_stand_in_knows_every_model_step_of_the_workflow() {
    let workflow = Workflow::builtin();
    for conversation in &workflow.conversations {
        let Some(prompt) = &conversation.prompt else {
            continue;
        };
        let known = Step::of_prompt(prompt).map(Step::as_str);
        assert_eq!(
            known,
            Some(conversation.name.as_str()),
            "conversation {}",
            conversation.id
        );
    }
}

#[tokio::test]
async fn a_result_that_the_schema_refuses_fails_alone_whatever_is_written_with_it() {
    let plant = Plant::new(OllamaSettings::default(), settings()).await;
    let batch = plant.world.batch(4).await;
    sqlx::raw_sql("ALTER TABLE postings ADD CONSTRAINT no_skills_for_the_first CHECK (posting_id > 1 OR skill_keywords IS NULL)")
        .execute(&plant.world.pool)
        .await
        .unwrap();
    assert_eq!(plant.run(batch).await.unwrap(), Ended::Finished);
    let tally = RunTally {
        completed: 3,
        failed: 1,
        ..RunTally::default()
    };
    assert_eq!(plant.tally(batch).await, tally);
    let why: Vec<String> =
        sqlx::query_scalar("SELECT output ->> 'error' FROM interactions WHERE status = 'failed'")
            .fetch_all(&plant.world.pool)
            .await
            .unwrap();
    assert!(
        matches!(&why[..], [one] if one.contains("no_skills_for_the_first")),
        "{why:?}"
    );
}

/// Counts what was completed before it settles; cannot settle the first time.
#[derive(Debug)]
struct Reluctant {
    pool: sqlx::PgPool,
    completed_before: std::sync::Mutex<Vec<i64>>,
}

impl Barrier for Reluctant {
    fn settle(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async {
            let completed: i64 =
                sqlx::query_scalar("SELECT count(*) FROM interactions WHERE status = 'completed'")
                    .fetch_one(&self.pool)
                    .await
                    .map_err(|error| error.to_string())?;
            let mut before = self.completed_before.lock().unwrap();
            before.push(completed);
            if before.len() == 1 {
                return Err("the disk is full".to_owned());
            }
            Ok(())
        })
    }
}

#[tokio::test]
async fn nothing_is_completed_before_the_barrier_has_settled() {
    let mut plant = Plant::new(OllamaSettings::default(), settings()).await;
    let barrier = Arc::new(Reluctant {
        pool: plant.world.pool.clone(),
        completed_before: std::sync::Mutex::default(),
    });
    plant.executor.barrier = Some(barrier.clone());
    let batch = plant.world.batch(2).await;
    assert_eq!(plant.run(batch).await.unwrap(), Ended::Finished);
    assert_eq!(plant.tally(batch).await, all_completed(2));
    // It was asked again with nothing written meanwhile, and its trouble is on record.
    assert_eq!(barrier.completed_before.lock().unwrap()[..2], [0, 0]);
    let noted: String = plant
        .world
        .scalar("SELECT error_message FROM workflow_errors")
        .await;
    assert!(noted.contains("the disk is full"), "{noted}");
}
