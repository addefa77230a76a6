//! `--postings DIR`: what is wrong with the folder is wrong input, told with its place.

use super::program::{Outcome, run};
use super::world::{World, folder_of, shown, with_file};

#[tokio::test]
async fn broken_json_is_told_with_file_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let dir = with_file(&folder, "R0000001.json", "{\n  \"jobPostingInfo\": oops\n}");
    let outcome = fetch(&dir, 1).await;
    outcome
        .exits(4)
        .says("R0000001.json, line 2, column 21: expected JSON");
}

#[tokio::test]
async fn an_empty_folder_says_what_belongs_into_it() {
    let folder = tempfile::tempdir().unwrap();
    let dir = with_file(&folder, "notes.txt", "not a posting");
    fetch(&dir, 1)
        .await
        .exits(4)
        .says(&dir)
        .says("*.json")
        .says("found none");
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let dir = shown(&folder.path().join("postings"));
    fetch(&dir, 1)
        .await
        .exits(4)
        .says(&dir)
        .says("found nothing; check the path");
}

#[tokio::test]
async fn fewer_postings_than_asked_for_are_counted_and_none_is_promoted() {
    let (world, folder) = (World::new().await, folder_of(2));
    let line = format!(
        "run --simulate --postings {dir} --batch-size 3 --database-url {} --record {dir}/record",
        world.url(),
        dir = shown(folder.path()),
    );
    let outcome = run(&line).await;
    outcome
        .exits(4)
        .says("FEWER THAN ASKED")
        .says("2 are there")
        .says("--batch-size 2");
    assert_eq!(world.number("SELECT count(*) FROM postings").await, 0);
    assert_eq!(world.number("SELECT count(*) FROM batches").await, 0);
}

async fn fetch(dir: &str, batch_size: usize) -> Outcome {
    let world = World::new().await;
    let line = format!(
        "fetch --postings {dir} --batch-size {batch_size} --database-url {}",
        world.url()
    );
    run(&line).await
}
