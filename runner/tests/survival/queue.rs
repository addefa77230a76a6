//! The queue that the runner shares with strangers: starved, wedged, or full of the dead.

use fixtures::ollama::{Ended, Fault, Mishap, OllamaSettings, ServedRequest, Step};
use serde_json::json;

use crate::plant::{Plant, all_completed, impatient};
use crate::stranger::{STRANGERS_MODEL, STRANGERS_TASK, long_tasks};

/// A server with room for one model, at which a stranger's first request hangs.
fn one_resident() -> OllamaSettings {
    OllamaSettings {
        gpu_memory: 6 << 30,
        faults: vec![Fault::nth(Step::Ticket, 1, Mishap::Hang)],
        ..OllamaSettings::default()
    }
}

#[tokio::test]
async fn starved_by_strangers_the_batch_waits_and_goes_on_when_they_pause() {
    let plant = Plant::new(OllamaSettings {
        timings: long_tasks(40.0),
        ..one_resident()
    })
    .await;
    let stays = plant.stranger_stays().await;
    let body = json!({"model": STRANGERS_MODEL, "prompt": STRANGERS_TASK, "stream": false});
    let waiting: Vec<_> = (0..20).map(|_| plant.stranger_asks(&body)).collect();
    plant.until(|server| server.log().len() == 21).await;
    let batch = plant.world.batch(2).await;
    let strangers = async {
        plant.until_asked().await;
        stays.abort();
        for request in waiting {
            assert_eq!(request.await.unwrap().unwrap().status(), 200);
        }
    };
    tokio::join!(plant.survives(batch, all_completed(2)), strangers);
    let (theirs, ours): (Vec<_>, Vec<_>) = plant
        .server
        .log()
        .into_iter()
        .partition(|call| call.model == STRANGERS_MODEL);
    let first_of_ours = ours.iter().filter_map(|call| call.started).min().unwrap();
    let last_of_theirs = theirs.iter().filter_map(|call| call.started).max().unwrap();
    assert!(
        last_of_theirs < first_of_ours,
        "we were served before the strangers paused"
    );
    let loads = plant.server.loads();
    assert!(loads <= 1 + 7, "{loads} loads");
}

#[tokio::test]
async fn a_queue_full_of_the_dead_refuses_us_until_it_moves_and_the_batch_goes_on() {
    let plant = Plant::new(OllamaSettings {
        max_queue: 4,
        ..one_resident()
    })
    .await;
    let stays = plant.stranger_stays().await;
    let dead: Vec<_> = (0..5)
        .map(|_| plant.stranger_asks(&json!({"model": "llama3.2:latest", "prompt": "Hello."})))
        .collect();
    plant.until(|server| server.log().len() == 6).await;
    for request in &dead {
        request.abort();
    }
    plant
        .until(|server| {
            let gone = |call: &ServedRequest| call.ended == Ended::ClientLeft;
            server.log().iter().filter(|call| gone(call)).count() == 5
        })
        .await;
    let batch = plant.world.batch(2).await;
    let moves = async {
        plant
            .until(|server| server.log().iter().any(|call| call.ended == Ended::Refused))
            .await;
        stays.abort();
    };
    tokio::join!(plant.survives(batch, all_completed(2)), moves);
    assert!(plant.retried().await > 0);
}

#[tokio::test]
async fn a_server_wedged_by_a_strangers_keep_alive_is_cured() {
    let mut plant = Plant::with(one_resident(), impatient()).await;
    let stays = plant.stranger_stays().await;
    let batch = plant.world.batch(2).await;
    let wedges = async {
        plant.until_asked().await;
        let body = json!({"model": STRANGERS_MODEL, "prompt": STRANGERS_TASK, "keep_alive": -1});
        let before = plant.server.log().len();
        let wedge = plant.stranger_asks(&body);
        plant.until(|server| server.log().len() > before).await;
        stays.abort();
        wedge.await.unwrap().unwrap();
    };
    tokio::join!(plant.survives(batch, all_completed(2)), wedges);
    let moved = plant.moved_out_of_the_way();
    assert!(
        !moved.is_empty() && moved.iter().all(|model| model == STRANGERS_MODEL),
        "{moved:?}"
    );
}
