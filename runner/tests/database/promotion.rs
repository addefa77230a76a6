//! Staging and promotion: exactly as many as asked for.

use serde_json::json;
use wave_runner::source::Refusal;
use wave_runner::store::{Staging, StoreError};

use crate::world::{World, staged_posting};

async fn stage(world: &World, numbers: std::ops::RangeInclusive<usize>) -> Staging {
    let staged: Vec<_> = numbers.map(staged_posting).collect();
    world.store.stage(&staged).await.unwrap()
}

#[tokio::test]
async fn exactly_as_many_as_asked_for_are_promoted_in_the_order_of_staging() {
    let world = World::new().await;
    stage(&world, 1..=6).await;
    let promotion = world.store.promote(4).await.unwrap();
    assert_eq!((promotion.posting_ids.len(), promotion.created), (4, 4));
    let ids: Vec<String> =
        sqlx::query_scalar("SELECT external_id FROM postings ORDER BY posting_id")
            .fetch_all(&world.pool)
            .await
            .unwrap();
    assert_eq!(ids, ["R0000001", "R0000002", "R0000003", "R0000004"]);
}

#[tokio::test]
async fn a_shortfall_promotes_nothing_and_says_what_is_there() {
    let world = World::new().await;
    stage(&world, 1..=3).await;
    let shortfall = world.store.promote(4).await;
    assert!(matches!(
        shortfall,
        Err(StoreError::Shortfall {
            wanted: 4,
            available: 3
        })
    ));
    assert_eq!(
        world.scalar::<i64>("SELECT count(*) FROM postings").await,
        0
    );
}

#[tokio::test]
async fn promoting_twice_changes_nothing() {
    let world = World::new().await;
    stage(&world, 1..=6).await;
    let first = world.store.promote(4).await.unwrap();
    let second = world.store.promote(4).await.unwrap();
    assert_eq!(second.posting_ids, first.posting_ids);
    assert_eq!(second.created, 0);
    assert_eq!(
        world.scalar::<i64>("SELECT count(*) FROM postings").await,
        4
    );
}

#[tokio::test]
async fn postings_that_a_batch_has_taken_are_not_offered_again() {
    let world = World::new().await;
    stage(&world, 1..=4).await;
    let first = world.store.promote(2).await.unwrap();
    world.batch_over(&first.posting_ids).await;
    let second = world.store.promote(2).await.unwrap();
    assert!(
        second
            .posting_ids
            .iter()
            .all(|id| !first.posting_ids.contains(id))
    );
    assert_eq!(world.store.processed_external_ids().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_refused_posting_stays_in_staging_with_its_reason() {
    let world = World::new().await;
    let mut refused = staged_posting(1);
    refused.location = None;
    refused.refusals = vec![Refusal::NoLocation];
    world
        .store
        .stage(&[refused, staged_posting(2)])
        .await
        .unwrap();
    assert_eq!(world.store.promote(1).await.unwrap().posting_ids.len(), 1);
    let (status, errors): (String, serde_json::Value) = sqlx::query_as(
        "SELECT validation_status, validation_errors FROM postings_staging
         WHERE external_id = 'R0000001'",
    )
    .fetch_one(&world.pool)
    .await
    .unwrap();
    assert_eq!(
        (status.as_str(), errors),
        ("failed", json!([Refusal::NoLocation.to_string()]))
    );
    assert!(world.store.promote(2).await.is_err());
}

#[tokio::test]
async fn staging_keeps_the_link_and_the_country_is_the_sites_word() {
    let world = World::new().await;
    let mut staged = staged_posting(1);
    staged.location = Some("Frankfurt, Taunusanlage 12".to_owned());
    staged.country = Some("Germany".to_owned());
    world.store.stage(&[staged]).await.unwrap();
    world.store.promote(1).await.unwrap();
    let linked: bool = world
        .scalar(
            "SELECT s.promoted_to_posting_id = p.posting_id AND p.created_by_staging_id = s.staging_id
                AND s.validation_status = 'promoted'
                AND p.location_city = 'Frankfurt, Taunusanlage 12' AND p.location_country = 'Germany'
             FROM postings p, postings_staging s",
        )
        .await;
    assert!(linked);
}

#[tokio::test]
async fn a_posting_fetched_again_is_brought_up_to_date_until_it_is_promoted() {
    let world = World::new().await;
    let mut staged = staged_posting(1);
    world
        .store
        .stage(std::slice::from_ref(&staged))
        .await
        .unwrap();
    staged.job_title = Some("Ledger Analyst, Senior".to_owned());
    let again = world
        .store
        .stage(std::slice::from_ref(&staged))
        .await
        .unwrap();
    assert_eq!(
        again,
        Staging {
            staged: 1,
            known: 0
        }
    );
    world.store.promote(1).await.unwrap();
    staged.job_title = Some("Something else".to_owned());
    let promoted = world
        .store
        .stage(std::slice::from_ref(&staged))
        .await
        .unwrap();
    assert_eq!(
        promoted,
        Staging {
            staged: 0,
            known: 1
        }
    );
    let title: String = world.scalar("SELECT job_title FROM postings_staging").await;
    assert_eq!(title, "Ledger Analyst, Senior");
}

#[tokio::test]
async fn a_batch_over_unknown_postings_is_refused_by_name() {
    let world = World::new().await;
    let known = world.postings(1).await[0];
    let refusal = world
        .store
        .create_batch(&world.workflow, &[known, 4711], &[])
        .await;
    assert!(matches!(refusal, Err(StoreError::UnknownPostings { missing }) if missing == [4711]));
    assert_eq!(world.scalar::<i64>("SELECT count(*) FROM batches").await, 0);
}
