//! The model server goes, hangs, refuses, or answers badly; nothing of it reaches a posting.

use std::time::Duration;

use fixtures::ollama::{Fault, LoadFault, LoadMishap, Mishap, Occasion, OllamaSettings};
use fixtures::tcp_proxy::TcpProxy;
use wave_runner::batch::Ended;

use super::checks;
use super::worker::{quick, run_to_end, server, stand_in, worker};
use super::world::World;

const SIZE: usize = 4;
const COMPLETED: &str = "SELECT count(*) FROM interactions WHERE status = 'completed'";

/// Takes a batch to its end while the server has these faults.
async fn survives(faults: Vec<Fault>) {
    survives_on(OllamaSettings { faults, ..quick() }).await;
}

async fn survives_on(settings: OllamaSettings) {
    let (world, models) = (World::new().await, stand_in(settings).await);
    let batch = world.batch(SIZE).await;
    let servers = vec![server("stand-in", &models.url())];
    let runner = worker(world.url(), servers, "survivor").await.unwrap();
    let ended = run_to_end(&runner, batch).await;
    assert_eq!(ended.unwrap(), Ended::Finished);
    let tried_again = "SELECT count(*) FROM interaction_attempts WHERE ended_as = 'retried'";
    assert!(world.number(tried_again).await > 0, "nothing went wrong");
    checks::hold(&world.pool, batch, &[&models]).await;
}

/// Whatever is asked, twice: fewer than any posting has attempts.
fn twice(mishap: Mishap) -> Vec<Fault> {
    let nth = |nth| Fault {
        step: None,
        occasion: Occasion::Nth(nth),
        mishap,
    };
    vec![nth(2), nth(11)]
}

#[tokio::test]
async fn a_server_that_refuses_now_and_then_is_asked_again() {
    survives(twice(Mishap::Refuse)).await;
}

#[tokio::test]
async fn a_stream_that_is_cut_is_no_answer() {
    survives(twice(Mishap::CutStream)).await;
}

#[tokio::test]
async fn a_stream_that_ends_without_being_done_is_no_answer() {
    survives(twice(Mishap::DoneFalse)).await;
}

#[tokio::test]
async fn an_error_in_mid_answer_is_no_answer() {
    survives(twice(Mishap::ErrorLine)).await;
}

#[tokio::test]
async fn prose_where_structure_was_asked_for_is_asked_for_again() {
    survives(twice(Mishap::Malformed)).await;
}

#[tokio::test]
async fn an_answer_with_a_nul_character_is_asked_for_again_and_stops_nobody() {
    survives(twice(Mishap::Nul)).await;
}

#[tokio::test]
async fn a_line_of_binary_garbage_is_no_answer_and_stops_nobody() {
    survives(twice(Mishap::Garbage)).await;
}

#[tokio::test]
async fn an_answer_of_ten_megabytes_is_cut_off_and_asked_for_again() {
    survives(twice(Mishap::Flood)).await;
}

#[tokio::test]
async fn a_model_that_does_not_fit_at_its_first_load_is_asked_for_again() {
    let loads = ["gemma2:latest", "qwen2.5:7b"].map(|model| LoadFault {
        model: model.to_owned(),
        occasion: Occasion::First(2),
        mishap: LoadMishap::OutOfMemory,
    });
    survives_on(OllamaSettings {
        load_faults: loads.to_vec(),
        ..quick()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_says_nothing_for_long_is_given_up_and_asked_again() {
    let settings = OllamaSettings {
        time_scale: 200.0,
        ..quick()
    };
    let (world, models) = (World::new().await, stand_in(settings).await);
    let batch = world.batch(SIZE).await;
    let proxy = TcpProxy::before(models.url().as_str()).await.unwrap();
    let servers = vec![server("stand-in", &proxy.url().parse().unwrap())];
    let runner = worker(world.url(), servers, "survivor").await.unwrap();
    let hung = async {
        world.reaches(20, COMPLETED).await;
        proxy.stand_still();
        // The worker finds out by itself.
        let given_up = "SELECT count(*) FROM interaction_attempts WHERE ended_as = 'retried'";
        world.reaches(1, given_up).await;
        proxy.move_on();
    };
    let (ended, ()) = tokio::join!(run_to_end(&runner, batch), hung);
    assert_eq!(ended.unwrap(), Ended::Finished);
    checks::hold(&world.pool, batch, &[&models]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_and_comes_back_gets_its_work_again() {
    let (world, models) = (World::new().await, stand_in(quick()).await);
    let batch = world.batch(SIZE).await;
    let proxy = TcpProxy::before(models.url().as_str()).await.unwrap();
    let servers = vec![server("stand-in", &proxy.url().parse().unwrap())];
    let runner = worker(world.url(), servers, "survivor").await.unwrap();
    let away = async {
        world.reaches(20, COMPLETED).await;
        proxy.refuse();
        proxy.cut_all();
        let refused = "SELECT count(*) FROM interaction_attempts WHERE ended_as = 'retried'";
        world.reaches(3, refused).await;
        proxy.let_in();
    };
    let (ended, ()) = tokio::join!(run_to_end(&runner, batch), away);
    assert_eq!(ended.unwrap(), Ended::Finished);
    checks::hold(&world.pool, batch, &[&models]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_for_a_while_loses_nothing() {
    let (world, models) = (World::new().await, stand_in(quick()).await);
    let batch = world.batch(SIZE).await;
    let proxy = TcpProxy::before(models.url().as_str()).await.unwrap();
    let servers = vec![server("stand-in", &proxy.url().parse().unwrap())];
    let runner = worker(world.url(), servers, "survivor").await.unwrap();
    let hanging = async {
        world.reaches(20, COMPLETED).await;
        proxy.stand_still();
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        for _ in 0..10 {
            ticks.tick().await;
        }
        proxy.move_on();
    };
    let (ended, ()) = tokio::join!(run_to_end(&runner, batch), hanging);
    assert_eq!(ended.unwrap(), Ended::Finished);
    checks::hold(&world.pool, batch, &[&models]).await;
}

/// A container's proxy stays when its server is gone, takes every connection and closes it at once: nothing refuses, and
/// nothing comes. To ask again without a wait would use all attempts up within milliseconds.
#[tokio::test(flavor = "multi_thread")]
async fn a_door_that_opens_to_nobody_costs_no_posting() {
    let (world, models) = (World::new().await, stand_in(quick()).await);
    let batch = world.batch(SIZE).await;
    let proxy = TcpProxy::before(models.url().as_str()).await.unwrap();
    let servers = vec![server("stand-in", &proxy.url().parse().unwrap())];
    let runner = worker(world.url(), servers, "survivor").await.unwrap();
    let away = async {
        world.reaches(20, COMPLETED).await;
        proxy.refuse();
        proxy.cut_all();
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        for _ in 0..10 {
            ticks.tick().await;
        }
        proxy.let_in();
    };
    let (ended, ()) = tokio::join!(run_to_end(&runner, batch), away);
    assert_eq!(ended.unwrap(), Ended::Finished);
    checks::hold(&world.pool, batch, &[&models]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_the_one_that_stays_does_the_work_of_the_one_that_is_gone() {
    let world = World::new().await;
    let (staying, leaving) = (stand_in(quick()).await, stand_in(quick()).await);
    let batch = world.batch(3 * SIZE).await;
    let proxy = TcpProxy::before(leaving.url().as_str()).await.unwrap();
    let servers = vec![
        server("leaving", &proxy.url().parse().unwrap()),
        server("staying", &staying.url()),
    ];
    let runner = worker(world.url(), servers, "survivor").await.unwrap();
    let gone = async {
        world.reaches(45, COMPLETED).await;
        proxy.refuse();
        proxy.cut_all();
    };
    let (ended, ()) = tokio::join!(run_to_end(&runner, batch), gone);
    assert_eq!(ended.unwrap(), Ended::Finished);
    assert!(
        !leaving.log().is_empty(),
        "the server that left had no part in it"
    );
    checks::hold(&world.pool, batch, &[&staying, &leaving]).await;
}
