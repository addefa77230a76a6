//! Claims, leases and the fence.

use std::time::Duration;

use serde_json::json;
use wave_runner::store::{Finish, Hold, OpenRuns};
use wave_runner::workflow::{ConversationId, Outcome};

use crate::world::{LONG, RUNNER, World, check, up_to_graders};

const GRADERS: [ConversationId; 2] = [ConversationId(3336), ConversationId(3337)];

#[tokio::test]
async fn a_claimed_interaction_is_claimed_by_nobody_else() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    assert!(world.claim(batch, 9144).await.is_some());
    assert!(world.claim(batch, 9144).await.is_none());
}

#[tokio::test]
async fn many_runners_share_a_batch_and_take_each_interaction_once() {
    let world = World::new().await;
    let batch = world.batch(40).await;
    let claim_all = async |runner: &'static str| {
        let mut mine = Vec::new();
        loop {
            let claims = world
                .store
                .claim(batch, runner, &[ConversationId(9144)], 3, LONG)
                .await
                .unwrap();
            if claims.is_empty() {
                return mine;
            }
            mine.extend(claims.into_iter().map(|claim| claim.interaction_id));
        }
    };
    let (a, b, c) = tokio::join!(claim_all("a"), claim_all("b"), claim_all("c"));
    let mut all: Vec<i64> = [a, b, c].concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 40);
}

#[tokio::test]
async fn waiting_in_our_queue_does_not_count_as_running() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let claim = world.claim(batch, 9144).await.unwrap();
    assert_eq!(
        world
            .scalar::<String>("SELECT status FROM interactions")
            .await,
        "pending"
    );
    world.begin(&claim).await;
    assert_eq!(
        world
            .scalar::<String>("SELECT status FROM interactions")
            .await,
        "running"
    );
    assert!(
        world
            .scalar::<bool>("SELECT started_at > claimed_at FROM interactions")
            .await
    );
}

#[tokio::test]
async fn siblings_are_claimed_together_or_not_at_all() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    world.walk(batch, &up_to_graders()).await;
    let claims = world
        .store
        .claim_together(batch, RUNNER, &GRADERS, 1, LONG)
        .await
        .unwrap();
    let claimed: Vec<ConversationId> = claims.iter().map(|claim| claim.conversation).collect();
    assert_eq!(claimed, GRADERS);
    assert!(claims.iter().all(|claim| claim.run_id == claims[0].run_id));
}

#[tokio::test]
async fn a_sibling_that_is_alone_is_left_where_pairs_are_claimed() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    world.walk(batch, &up_to_graders()).await;
    world.claim(batch, 3336).await.unwrap();
    let claims = world
        .store
        .claim_together(batch, RUNNER, &GRADERS, 1, LONG)
        .await
        .unwrap();
    assert_eq!(claims, []);
    assert!(world.claim(batch, 3337).await.is_some());
}

#[tokio::test]
async fn siblings_begin_at_moments_that_one_statement_gives_them() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    world.walk(batch, &up_to_graders()).await;
    let claims = world
        .store
        .claim_together(batch, RUNNER, &GRADERS, 1, LONG)
        .await
        .unwrap();
    let begun = world
        .store
        .start(&world.workflow, RUNNER, &claims, &[json!({}), json!({})])
        .await
        .unwrap();
    assert_eq!(begun.len(), 2);
    let gap_ms: f64 = world
        .scalar(
            "SELECT extract(epoch FROM max(started_at) - min(started_at))::float8 * 1000
             FROM interactions WHERE conversation_id IN (3336, 3337)",
        )
        .await;
    // Two readings of the clock in one statement: far apart only if something ran in between.
    assert!(gap_ms < 50.0, "{gap_ms} ms");
}

#[tokio::test]
async fn a_lease_that_ran_out_returns_the_work_and_keeps_the_attempt() {
    let world = World::new().await;
    let batch = world.batch(2).await;
    let conversations = [ConversationId(9144)];
    let lost = world
        .store
        .claim(batch, "gone", &conversations, 1, Duration::ZERO)
        .await
        .unwrap();
    let held = world.claim(batch, 9144).await.unwrap();
    assert_eq!(world.store.reclaim_expired(batch).await.unwrap().len(), 1);

    let again = world.claim(batch, 9144).await.unwrap();
    assert_eq!(again.interaction_id, lost[0].interaction_id);
    assert_eq!(again.attempt, 2);
    let ended_as: String = world
        .scalar("SELECT ended_as FROM interaction_attempts")
        .await;
    assert_eq!(ended_as, "lost");
    let kept = world
        .store
        .extend(RUNNER, std::slice::from_ref(&held), LONG)
        .await
        .unwrap();
    assert_eq!(kept, [held.interaction_id]);
}

/// A machine that slept wakes with leases that ran out long ago; one that was busy has missed them by little.
#[tokio::test]
async fn a_lease_that_ran_out_a_whole_lease_ago_is_not_taken_up_again_and_one_that_is_merely_late_is()
 {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let held = world.claim(batch, 9144).await.unwrap();
    let extended = async |ago: &'static str| {
        let ran_out = format!(
            "UPDATE interactions SET lease_expires_at = clock_timestamp() - interval '{ago}'"
        );
        let ran_out = sqlx::AssertSqlSafe(ran_out);
        sqlx::query(ran_out).execute(&world.pool).await.unwrap();
        let (claims, lease) = (std::slice::from_ref(&held), Duration::from_mins(1));
        world.store.extend(RUNNER, claims, lease).await.unwrap()
    };
    assert_eq!(extended("40 s").await, [held.interaction_id]);
    assert_eq!(extended("80 s").await, Vec::<i64>::new());
    let back = world.store.reclaim_expired(batch).await.unwrap();
    assert_eq!(back, [held.interaction_id]);
}

#[tokio::test]
async fn a_late_finisher_is_refused_and_the_holder_is_not() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let conversations = [ConversationId(9144)];
    let late = world
        .store
        .claim(batch, RUNNER, &conversations, 1, Duration::ZERO)
        .await
        .unwrap()
        .remove(0);
    world.begin(&late).await;
    world.store.reclaim_expired(batch).await.unwrap();
    let holder = world.start(batch, 9144).await;

    let output = check(Outcome::Verified);
    assert_eq!(world.complete(&late, &output).await, Finish::NoLongerMine);
    assert_eq!(
        world.complete(&holder, &output).await,
        Finish::Written { run_ended: false }
    );
}

#[tokio::test]
async fn another_runner_with_the_right_attempt_is_refused() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let claim = world.start(batch, 9144).await;
    let output = check(Outcome::Verified);
    let stolen = world
        .store
        .complete(&world.workflow, "runner-2", &claim, &output)
        .await
        .unwrap();
    assert_eq!(stolen, Finish::NoLongerMine);
}

#[tokio::test]
async fn a_heartbeat_extends_what_is_held_and_names_what_is_lost() {
    let world = World::new().await;
    let batch = world.batch(2).await;
    let conversations = [ConversationId(9144)];
    let claims = world
        .store
        .claim(batch, RUNNER, &conversations, 2, Duration::ZERO)
        .await
        .unwrap();
    world.store.reclaim_expired(batch).await.unwrap();
    let held = world.claim(batch, 9144).await.unwrap();
    let asked = [claims[0].clone(), claims[1].clone(), held.clone()];
    let kept = world.store.extend(RUNNER, &asked, LONG).await.unwrap();
    assert_eq!(kept, [held.interaction_id]);
}

#[tokio::test]
async fn a_runner_that_stops_releases_what_it_holds_and_nothing_of_others() {
    let world = World::new().await;
    let batch = world.batch(3).await;
    world.start(batch, 9144).await;
    world.claim(batch, 9144).await.unwrap();
    let others = world
        .store
        .claim(batch, "runner-2", &[ConversationId(9144)], 1, LONG)
        .await
        .unwrap();
    assert_eq!(world.store.release(batch, RUNNER).await.unwrap(), 2);
    let kept = world.store.extend("runner-2", &others, LONG).await.unwrap();
    assert_eq!(kept, [others[0].interaction_id]);
    let open = world.store.open_work(batch).await.unwrap();
    assert_eq!(
        (open.leased, open.per_conversation()[&ConversationId(9144)]),
        (1, 2)
    );
}

#[tokio::test]
async fn open_work_says_how_far_the_runs_are_and_who_holds_what() {
    let world = World::new().await;
    let batch = world.batch(3).await;
    world.claim(batch, 9144).await.unwrap();
    let front = |hold: Hold, runs| OpenRuns {
        steps: vec![(ConversationId(9144), hold)],
        runs,
    };
    let by = RUNNER.to_owned();
    let open = world.store.open_work(batch).await.unwrap();
    assert_eq!(open.fronts.len(), 2);
    for wanted in [front(Hold::Ready, 2), front(Hold::Leased { by }, 1)] {
        assert!(open.fronts.contains(&wanted), "{:?}", open.fronts);
    }
}

#[tokio::test]
async fn a_retry_is_not_claimed_before_its_wait_is_over() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let claim = world.start(batch, 9144).await;
    let failure = crate::failure::model_failure("the server is busy");
    let finish = world
        .store
        .retry(RUNNER, &claim, &failure, LONG)
        .await
        .unwrap();
    assert_eq!(finish, Finish::Written { run_ended: false });
    assert!(world.claim(batch, 9144).await.is_none());
    let open = world.store.open_work(batch).await.unwrap();
    assert!(
        open.next_available_in
            .is_some_and(|wait| wait > Duration::from_secs(500))
    );
    let steps = vec![(ConversationId(9144), Hold::Waiting)];
    assert_eq!(open.fronts, [OpenRuns { steps, runs: 1 }]);

    sqlx::query("UPDATE interactions SET available_at = clock_timestamp()")
        .execute(&world.pool)
        .await
        .unwrap();
    assert_eq!(world.claim(batch, 9144).await.unwrap().attempt, 2);
    let kept: (String, String) = sqlx::query_as("SELECT ended_as, error FROM interaction_attempts")
        .fetch_one(&world.pool)
        .await
        .unwrap();
    assert_eq!(
        kept,
        ("retried".to_owned(), "the server is busy".to_owned())
    );
}
