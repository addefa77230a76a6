//! Parts that are not simulated: a model server, a folder, a database that stays. Each can be swapped alone.

use fixtures::ollama::OllamaSettings;

use super::program::run;
use super::world::{World, folder_of, ollama, shown};

#[tokio::test]
async fn rows_stay_in_a_given_database_and_a_second_run_takes_the_same_postings() {
    let (world, folder) = (World::new().await, folder_of(2));
    let server = ollama(OllamaSettings {
        time_scale: BELIEVABLE,
        ..OllamaSettings::default()
    })
    .await;
    let parts = format!(
        "run --ollama {} --gpu-memory 16GiB --database-url {}",
        server.url(),
        world.url()
    );
    let dir = shown(folder.path());

    let first = run(&format!(
        "{parts} --postings {dir} --batch-size 2 --record {dir}/1"
    ))
    .await;
    first
        .exits(0)
        .says("live model server · postings from a folder")
        .never_says("SIMULATED");
    assert_eq!(
        world
            .number("SELECT count(*) FROM postings WHERE ihl_score IS NOT NULL")
            .await,
        2
    );
    assert_eq!(world.number(COMPLETED_RUNS).await, 2);

    let ids = world.posting_ids().await;
    let second = run(&format!("{parts} --posting-ids {ids} --record {dir}/2")).await;
    // Their summaries are there, so nothing is graded, and what was not measured is not met: a must is not judgeable.
    second
        .exits(2)
        .says("postings promoted before")
        .says("batch 2, 2 postings")
        .says("no grading was due");
    assert_eq!(world.number(COMPLETED_RUNS).await, 4);
    assert_eq!(world.number("SELECT count(*) FROM postings").await, 2);
    assert!(!server.log().is_empty(), "the calls went elsewhere");
}

/// What calls itself live is doubted where it writes faster than any card.
const BELIEVABLE: f64 = 50.0;

const COMPLETED_RUNS: &str = "SELECT count(*) FROM workflow_runs WHERE status = 'completed'";
