//! Processes that die, calls that hang, clients that leave.

use fixtures::ollama::{Ended, Fault, Mishap, OllamaSettings, Step};
use serde_json::json;

use crate::plant::{Plant, all_completed, impatient};
use crate::stranger::{STRANGERS_TASK, long_tasks};

fn server_with(faults: Vec<Fault>) -> OllamaSettings {
    OllamaSettings {
        faults,
        ..OllamaSettings::default()
    }
}

#[tokio::test]
async fn processes_that_die_cost_a_load_each_and_no_posting() {
    let plant = Plant::new(server_with(vec![
        Fault::nth(Step::GradeA, 1, Mishap::DiesAtOnce),
        Fault::nth(Step::Skills, 1, Mishap::DiesInMidAnswer),
    ]))
    .await;
    let batch = plant.world.batch(3).await;
    plant.survives(batch, all_completed(3)).await;
    assert_eq!(plant.server.loads(), 3 + 2);
    // Whoever waited at the dying process has died with it; at most one call waits.
    let retried = plant.retried().await;
    assert!((2..=4).contains(&retried), "{retried}");
}

#[tokio::test]
async fn a_hung_call_holds_its_model_until_our_limit_and_the_others_then_go_on() {
    let hang = Fault::nth(Step::GradeA, 1, Mishap::Hang);
    let plant = Plant::with(server_with(vec![hang]), impatient()).await;
    let batch = plant.world.batch(3).await;
    plant.survives(batch, all_completed(3)).await;
    let log = plant.server.log();
    let first = log.iter().find(|call| call.step == Some(Step::GradeA));
    assert_eq!(first.map(|call| call.ended), Some(Ended::ClientLeft));
}

#[tokio::test]
async fn a_stranger_that_leaves_in_mid_prompt_holds_a_model_up_and_loses_nothing() {
    // Most of its two seconds go into the prompt.
    let plant = Plant::new(OllamaSettings {
        timings: long_tasks(2_000.0),
        ..OllamaSettings::default()
    })
    .await;
    let prompt = format!("{STRANGERS_TASK}\n{}", "word ".repeat(3_000));
    let leaves = plant.stranger_asks(&json!({"model": "qwen2.5:7b", "prompt": prompt}));
    plant
        .until(|server| server.log().iter().any(|call| call.started.is_some()))
        .await;
    leaves.abort();
    let batch = plant.world.batch(3).await;
    plant.survives(batch, all_completed(3)).await;
    assert_eq!(plant.retried().await, 0);
    let left = plant.server.log()[0].finished.unwrap();
    let ours = plant.server.log().into_iter().skip(1);
    let at_that_model = ours.filter(|call| call.model == "qwen2.5:7b");
    let first = at_that_model.filter_map(|call| call.started).min().unwrap();
    assert!((first - left).num_milliseconds() > 100, "{left} to {first}");
}
