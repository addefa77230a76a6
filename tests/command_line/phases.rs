//! `fetch` and `promote` alone, and a run over what they left.

use super::program::run;
use super::world::{World, folder_of, shown};

#[tokio::test]
async fn fetch_and_promote_stand_alone_and_promoting_twice_changes_nothing() {
    let (world, folder) = (World::new().await, folder_of(2));
    let (dir, url) = (shown(folder.path()), world.url());

    let fetched = run(&format!(
        "fetch --postings {dir} --batch-size 2 --database-url {url}"
    ))
    .await;
    fetched.exits(0).says("2 postings read");
    assert_eq!(world.number("SELECT count(*) FROM postings").await, 0);

    let promote = format!("promote --batch-size 2 --database-url {url}");
    let first = run(&promote).await;
    first.exits(0).says("2 postings, 2 of them promoted now");
    let again = run(&promote).await;
    again.exits(0).says("2 postings, 0 of them promoted now");
    let ids = world.posting_ids().await;
    first.says(&format!("--posting-ids {ids}"));
    again.says(&format!("--posting-ids {ids}"));

    let more = run(&format!("promote --batch-size 3 --database-url {url}")).await;
    more.exits(4)
        .says("3 postings were to be promoted and 2 are there");
    assert_eq!(world.number("SELECT count(*) FROM postings").await, 2);

    let over_them = format!(
        "run --simulate --time-scale 250 --posting-ids {ids} --database-url {url} --record {dir}/record"
    );
    run(&over_them).await.exits(0).says("batch 1, 2 postings");
}

#[tokio::test]
async fn a_fetch_that_comes_short_says_so_and_is_no_success() {
    let (world, folder) = (World::new().await, folder_of(1));
    let line = format!(
        "fetch --postings {} --batch-size 2 --database-url {}",
        shown(folder.path()),
        world.url()
    );
    run(&line).await.exits(4).says("1 FEWER THAN ASKED FOR");
}

#[tokio::test]
async fn unknown_posting_ids_are_named_and_begin_no_batch() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let line = format!(
        "run --simulate --posting-ids 41,977 --database-url {} --record {}/record.json",
        world.url(),
        shown(folder.path()),
    );
    run(&line)
        .await
        .exits(4)
        .says("[41, 977]")
        .says("--posting-ids");
    assert_eq!(world.number("SELECT count(*) FROM batches").await, 0);
}
