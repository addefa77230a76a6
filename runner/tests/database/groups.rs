//! Completions in groups: one transaction, each interaction fenced on its own.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use wave_runner::store::{BatchId, Claim, Finish, StoreError};
use wave_runner::workflow::{ConversationId, Outcome, Output};

use crate::completion::ihl_chain;
use crate::failure::model_failure;
use crate::world::{LONG, RUNNER, World, check, grade, summary, up_to_graders};

const WRITTEN: Finish = Finish::Written { run_ended: false };

/// Claims and begins as many ready interactions of a conversation.
async fn start_all(world: &World, batch: BatchId, conversation: i32, count: usize) -> Vec<Claim> {
    let mut claims = Vec::new();
    for _ in 0..count {
        claims.push(world.start(batch, conversation).await);
    }
    claims
}

async fn complete_all(
    world: &World,
    results: &[(&Claim, &Output)],
) -> Result<Vec<Finish>, StoreError> {
    world
        .store
        .complete_all(&world.workflow, RUNNER, results)
        .await
}

#[tokio::test]
async fn a_late_result_is_dropped_and_the_others_of_its_group_are_written() {
    let world = World::new().await;
    let batch = world.batch(3).await;
    let claims = start_all(&world, batch, 9144, 3).await;
    sqlx::query("UPDATE interactions SET attempt = attempt + 1 WHERE interaction_id = $1")
        .bind(claims[1].interaction_id)
        .execute(&world.pool)
        .await
        .unwrap();
    let output = check(Outcome::Verified);
    let results: Vec<_> = claims.iter().map(|claim| (claim, &output)).collect();
    let finishes = complete_all(&world, &results).await.unwrap();
    assert_eq!(finishes, [WRITTEN, Finish::NoLongerMine, WRITTEN]);
    let successors: Vec<i64> = sqlx::query_scalar(
        "SELECT workflow_run_id FROM interactions WHERE conversation_id = 9193 ORDER BY 1",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    assert_eq!(successors, [claims[0].run_id, claims[2].run_id]);
}

#[tokio::test]
async fn a_group_that_came_too_late_as_a_whole_changes_nothing() {
    let world = World::new().await;
    let batch = world.batch(2).await;
    let claims = start_all(&world, batch, 9144, 2).await;
    world.store.release(batch, RUNNER).await.unwrap();
    let output = check(Outcome::Verified);
    let results: Vec<_> = claims.iter().map(|claim| (claim, &output)).collect();
    let finishes = complete_all(&world, &results).await.unwrap();
    assert_eq!(finishes, [Finish::NoLongerMine; 2]);
    let rows: i64 = world
        .scalar("SELECT count(*) FROM interactions WHERE status = 'pending'")
        .await;
    assert_eq!(rows, 2);
}

#[tokio::test]
async fn a_value_that_the_schema_refuses_leaves_its_whole_group_unwritten() {
    let world = World::new().await;
    let batch = world.batch(2).await;
    for _ in 0..2 {
        world.walk(batch, &up_to_graders()[..2]).await;
        world.walk(batch, &ihl_chain()[..2]).await;
    }
    let experts = start_all(&world, batch, 9163, 2).await;
    let agreeing = ihl_chain().pop().unwrap().1;
    let mut disagreeing = serde_json::to_value(&agreeing).unwrap();
    disagreeing["ihl_score"] = 9.into();
    let disagreeing = serde_json::from_value(disagreeing).unwrap();
    let refusal = complete_all(
        &world,
        &[(&experts[0], &agreeing), (&experts[1], &disagreeing)],
    )
    .await;
    assert!(
        matches!(refusal, Err(StoreError::Refused { .. })),
        "{refusal:?}"
    );
    let scored: i64 = world
        .scalar("SELECT count(*) FROM postings WHERE ihl_score IS NOT NULL")
        .await;
    assert_eq!(scored, 0);
    assert_eq!(world.complete(&experts[0], &agreeing).await, WRITTEN);
}

#[tokio::test]
async fn both_graders_in_one_group_make_one_join() {
    let world = World::new().await;
    let batch = world.batch(2).await;
    for _ in 0..2 {
        world.walk(batch, &up_to_graders()).await;
    }
    let grade_a = start_all(&world, batch, 3336, 2).await;
    let grade_b = start_all(&world, batch, 3337, 2).await;
    let pass = grade(Outcome::Pass);
    let results: Vec<_> = grade_a
        .iter()
        .chain(&grade_b)
        .map(|claim| (claim, &pass))
        .collect();
    assert_eq!(complete_all(&world, &results).await.unwrap(), [WRITTEN; 4]);
    let joins: i64 = world
        .scalar("SELECT count(*) FROM interactions WHERE conversation_id = 3341")
        .await;
    assert_eq!(joins, 2);
}

#[tokio::test]
async fn a_run_that_has_lost_a_step_ends_failed_in_a_group_in_which_others_go_on() {
    let world = World::new().await;
    let batch = world.batch(2).await;
    for _ in 0..2 {
        world.walk(batch, &up_to_graders()).await;
    }
    let grade_a = start_all(&world, batch, 3336, 2).await;
    let grade_b = world.start(batch, 3337).await;
    assert_eq!(grade_b.run_id, grade_a[0].run_id);
    let failure = model_failure("three malformed answers");
    let lost = world
        .store
        .fail(&world.workflow, RUNNER, &grade_b, &failure)
        .await
        .unwrap();
    assert_eq!(lost, WRITTEN);
    let pass = grade(Outcome::Pass);
    let finishes = complete_all(&world, &[(&grade_a[0], &pass), (&grade_a[1], &pass)])
        .await
        .unwrap();
    assert_eq!(finishes, [Finish::Written { run_ended: true }, WRITTEN]);
    let tally = world.store.tally(batch).await.unwrap();
    assert_eq!((tally.failed, tally.open), (1, 1));
}

#[tokio::test]
async fn each_posting_gets_its_own_columns_and_nobody_elses() {
    let world = World::new().await;
    let batch = world.batch(3).await;
    for _ in 0..3 {
        world.walk(batch, &up_to_graders()).await;
        world
            .walk(
                batch,
                &[
                    (3336, grade(Outcome::Pass)),
                    (3337, grade(Outcome::Pass)),
                    (3341, summary()),
                ],
            )
            .await;
        world.walk(batch, &ihl_chain()[..2]).await;
    }
    let saves = start_all(&world, batch, 9168, 3).await;
    let expert = world.start(batch, 9163).await;
    let texts: Vec<Output> = saves
        .iter()
        .map(|claim| Output::SavedSummary {
            text: format!("Role of posting {}", claim.posting_id),
        })
        .collect();
    let (score, third) = (ihl_chain().pop().unwrap().1, &saves[2]);
    // Two results for one posting, and one posting that is not in the group.
    let results = [
        (&saves[1], &texts[1]),
        (&expert, &score),
        (&saves[0], &texts[0]),
    ];
    assert_eq!(complete_all(&world, &results).await.unwrap(), [WRITTEN; 3]);
    let rows: Vec<(i64, Option<String>, Option<i32>)> = sqlx::query_as(
        "SELECT posting_id, extracted_summary, ihl_score FROM postings ORDER BY posting_id",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap();
    for (posting, text, score) in rows {
        let own = (posting != third.posting_id).then(|| format!("Role of posting {posting}"));
        assert_eq!(text, own);
        assert_eq!(score, (posting == expert.posting_id).then_some(2));
    }
}

#[tokio::test]
async fn two_runners_with_overlapping_runs_in_opposite_orders_wait_in_turn() {
    let world = World::new().await;
    let batch = world.batch(24).await;
    for _ in 0..24 {
        world.walk(batch, &up_to_graders()).await;
    }
    let mut grade_a = start_all(&world, batch, 3336, 24).await;
    let grade_b = start_all(&world, batch, 3337, 24).await;
    grade_a.reverse();
    let pass = grade(Outcome::Pass);
    for (a, b) in grade_a.chunks(8).zip(grade_b.rchunks(8)) {
        let a: Vec<_> = a.iter().map(|claim| (claim, &pass)).collect();
        let b: Vec<_> = b.iter().map(|claim| (claim, &pass)).collect();
        let (a, b) = tokio::join!(complete_all(&world, &a), complete_all(&world, &b));
        assert_eq!(
            (a.unwrap(), b.unwrap()),
            (vec![WRITTEN; 8], vec![WRITTEN; 8])
        );
    }
    let joins: i64 = world
        .scalar("SELECT count(*) FROM interactions WHERE conversation_id = 3341")
        .await;
    assert_eq!(joins, 24);
}

/// Which rows there are and how they stand, without ids and times.
type Standing = Vec<(i64, i32, String, Option<String>)>;

/// Takes six runs from their graders on, the results in groups of these sizes.
async fn standing_after(sizes: &[usize], fails: &[bool]) -> Standing {
    let world = World::new().await;
    let batch = world.batch(6).await;
    for _ in 0..6 {
        world.walk(batch, &up_to_graders()).await;
    }
    let graders = [ConversationId(3336), ConversationId(3337)];
    let claims = world
        .store
        .claim_together(batch, RUNNER, &graders, 6, LONG)
        .await
        .unwrap();
    for claim in &claims {
        world.begin(claim).await;
    }
    let outputs: Vec<Output> = fails
        .iter()
        .map(|fail| grade(if *fail { Outcome::Fail } else { Outcome::Pass }))
        .collect();
    let results: Vec<_> = claims.iter().zip(&outputs).collect();
    let mut rest = &results[..];
    for size in sizes.iter().cycle() {
        let (group, others) = rest.split_at((*size).min(rest.len()));
        let finishes = complete_all(&world, group).await.unwrap();
        assert_eq!(finishes, vec![WRITTEN; group.len()]);
        rest = others;
        if rest.is_empty() {
            break;
        }
    }
    sqlx::query_as(
        "SELECT posting_id, conversation_id, status, outcome FROM interactions
         ORDER BY posting_id, conversation_id",
    )
    .fetch_all(&world.pool)
    .await
    .unwrap()
}

#[test]
fn any_grouping_leaves_what_one_by_one_leaves() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut runner = TestRunner::new(Config {
        cases: 4,
        failure_persistence: None,
        ..Config::default()
    });
    let cases = (
        prop::collection::vec(1..=12_usize, 1..4),
        prop::collection::vec(any::<bool>(), 12),
    );
    runner
        .run(&cases, |(sizes, fails)| {
            let grouped = runtime.block_on(standing_after(&sizes, &fails));
            let alone = runtime.block_on(standing_after(&[1], &fails));
            prop_assert_eq!(grouped, alone);
            Ok(())
        })
        .unwrap();
}
