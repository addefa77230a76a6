//! Loads that fail, are aborted, or come again and again.

use std::time::Duration;

use fixtures::ollama::{FitRule, LoadFault, LoadMishap, ModelSpec, Occasion, OllamaSettings};
use serde_json::json;
use wave_runner::llm::{Limits, Ollama};

use crate::plant::{Plant, all_completed, all_failed, impatient};
use crate::stranger::STRANGERS_MODEL;

const GEMMA: &str = "gemma2:latest";
const QWEN: &str = "qwen2.5:7b";

fn load_fault(model: &str, occasion: Occasion, mishap: LoadMishap) -> OllamaSettings {
    OllamaSettings {
        load_faults: vec![LoadFault {
            model: model.to_owned(),
            occasion,
            mishap,
        }],
        ..OllamaSettings::default()
    }
}

#[tokio::test]
async fn a_load_that_runs_out_of_memory_is_asked_for_again() {
    let server = load_fault(GEMMA, Occasion::First(2), LoadMishap::OutOfMemory);
    let plant = Plant::new(server).await;
    let batch = plant.world.batch(3).await;
    plant.survives(batch, all_completed(3)).await;
    // Three models, two tries in vain, and those that had to go for them once more.
    let loads = plant.server.loads();
    assert!((5..=7).contains(&loads), "{loads} loads");
}

#[tokio::test]
async fn a_load_that_stands_still_is_given_up_by_the_server_and_asked_for_again() {
    let server = load_fault(QWEN, Occasion::Nth(1), LoadMishap::Stall);
    let plant = Plant::new(server).await;
    let batch = plant.world.batch(3).await;
    plant.survives(batch, all_completed(3)).await;
    assert_eq!(plant.server.loads(), 4);
}

#[tokio::test]
async fn a_model_that_never_loads_fails_its_postings_after_a_bounded_number_of_loads() {
    let mut server = OllamaSettings::default();
    let gemma = server.models.iter_mut().find(|model| model.name == GEMMA);
    gemma.unwrap().load = Duration::from_hours(10_000);
    let mut plant = Plant::with(server, impatient()).await;
    let batch = plant.world.batch(1).await;
    plant.survives(batch, all_failed(1)).await;
    assert_eq!(
        plant.moved_out_of_the_way(),
        [""; 0],
        "a slow load is waited for"
    );
    // Every call to it aborts a load when it gives up: three calls, each at most twice.
    let loads = plant.server.loads();
    assert!(loads <= 2 + 6, "{loads} loads");
}

#[tokio::test]
async fn a_strangers_load_holds_everything_up_until_the_stranger_leaves() {
    let mut server = OllamaSettings::default();
    let strangers = |model: &&mut ModelSpec| model.name == STRANGERS_MODEL;
    let endless = server.models.iter_mut().find(strangers);
    endless.unwrap().load = Duration::from_hours(10_000);
    let plant = Plant::new(server).await;
    let loads = plant.stranger_asks(&json!({"model": STRANGERS_MODEL, "prompt": "Hello."}));
    plant.until(|server| server.loads() == 1).await;
    let batch = plant.world.batch(3).await;
    let leaves = async {
        plant.until_asked().await;
        loads.abort();
    };
    tokio::join!(plant.survives(batch, all_completed(3)), leaves);
    assert_eq!(plant.server.loads(), 1 + 3);
}

#[tokio::test]
async fn a_stranger_with_another_context_size_costs_reloads_and_our_own_calls_none() {
    let plant = Plant::new(OllamaSettings::default()).await;
    let other = json!({"model": QWEN, "prompt": "Hello.", "options": {"num_ctx": 2048}});
    let batch = plant.world.batch(3).await;
    let meddles = async {
        for _ in 0..3 {
            plant.until_asked().await;
            plant.stranger_asks(&other).await.unwrap().unwrap();
        }
    };
    tokio::join!(plant.survives(batch, all_completed(3)), meddles);
    let loads = plant.server.loads();
    assert!((4..=3 + 2 * 3).contains(&loads), "{loads} loads");
    assert_eq!(plant.retried().await, 0);
}

#[tokio::test]
async fn a_stranger_with_another_model_costs_a_swap_each_time_and_no_call() {
    let plant = Plant::new(OllamaSettings {
        gpu_memory: 6 << 30,
        ..OllamaSettings::default()
    })
    .await;
    let batch = plant.world.batch(3).await;
    let meddles = async {
        for _ in 0..3 {
            plant.until_asked().await;
            let hello = json!({"model": STRANGERS_MODEL, "prompt": "Hello."});
            plant.stranger_asks(&hello).await.unwrap().unwrap();
        }
    };
    tokio::join!(plant.survives(batch, all_completed(3)), meddles);
    let loads = plant.server.loads();
    assert!(loads <= 7 + 2 * 3, "{loads} loads");
    assert_eq!(plant.retried().await, 0);
}

#[tokio::test]
async fn models_that_spill_to_the_cpu_are_slower_and_finish() {
    let plant = Plant::new(OllamaSettings {
        gpu_memory: 4 << 30,
        ..OllamaSettings::default()
    })
    .await;
    let batch = plant.world.batch(2).await;
    plant.survives(batch, all_completed(2)).await;
    let loaded = Ollama::new(plant.server.url(), Limits::default()).unwrap();
    let loaded = loaded.ps().await.unwrap();
    assert!(
        loaded.len() == 1 && loaded[0].size_vram < loaded[0].size,
        "{loaded:?}"
    );
}

#[tokio::test]
async fn loads_stay_few_where_the_models_add_up_and_the_servers_rule_keeps_them_apart() {
    // 12 GiB hold gemma2 and qwen2.5 together only if gemma2 comes first; 8 GiB hold qwen2.5 and llama3.2 in no order.
    let mut loads = Vec::new();
    for gibibytes in [8, 12] {
        for fit in [FitRule::Exact, FitRule::EightyPercent] {
            let plant = Plant::new(OllamaSettings {
                gpu_memory: gibibytes << 30,
                fit,
                ..OllamaSettings::default()
            })
            .await;
            let batch = plant.world.batch(6).await;
            plant.survives(batch, all_completed(6)).await;
            loads.push(plant.server.loads());
        }
    }
    // Going model by model takes as many as with room for one.
    assert!(loads.iter().all(|loads| *loads <= 7), "{loads:?} loads");
}
