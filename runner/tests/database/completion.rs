//! The one transaction: result, columns, successors, the run's end.

use serde_json::json;
use wave_runner::store::{Finish, RunTally, StoreError};
use wave_runner::workflow::{ConversationId, Outcome, Output};

use crate::world::{LONG, RUNNER, World, check, grade, summary, up_to_graders};

/// The IHL steps with outputs that agree.
pub(crate) fn ihl_chain() -> Vec<(i32, Output)> {
    let output = |value| serde_json::from_value(value).expect("an output of this version");
    vec![
        (
            9161,
            output(json!({"kind": "analyst", "analyst_verdict": "GENUINE",
                "suggested_ihl_score": 2, "red_flags": [], "reasoning": "specific duties"})),
        ),
        (
            9162,
            output(json!({"kind": "skeptic", "skeptic_verdict": "GENUINE",
                "suggested_ihl_score": 2, "counter_arguments": [], "reasoning": "agreed"})),
        ),
        (
            9163,
            output(
                json!({"kind": "expert", "ihl_score": 2, "ihl_category": "GENUINE",
                "confidence": "HIGH", "red_flags": [], "candidate_pool_estimate": "LARGE",
                "recommendation": "APPLY", "reasoning": "open to many"}),
            ),
        ),
    ]
}

/// From the graders to the end of a posting that passes both.
fn from_graders_on() -> Vec<(i32, Output)> {
    let mut steps = vec![
        (3336, grade(Outcome::Pass)),
        (3337, grade(Outcome::Pass)),
        (3341, summary()),
        (
            9168,
            Output::SavedSummary {
                text: "Role: Ledger Analyst".to_owned(),
            },
        ),
        (9185, check(Outcome::Run)),
        (
            3350,
            Output::Skills {
                skills: vec!["SQL".to_owned()],
            },
        ),
    ];
    steps.extend(ihl_chain());
    steps
}

#[tokio::test]
async fn the_last_interaction_completes_its_run_with_all_columns_filled() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    world.walk(batch, &up_to_graders()).await;
    world.walk(batch, &from_graders_on()).await;

    let tally = RunTally {
        completed: 1,
        ..RunTally::default()
    };
    assert_eq!(world.store.tally(batch).await.unwrap(), tally);
    let interactions: i64 = world.scalar("SELECT count(*) FROM interactions").await;
    assert_eq!(interactions, 13);
    let filled: bool = world
        .scalar(
            "SELECT extracted_summary = 'Role: Ledger Analyst' AND skill_keywords = '[\"SQL\"]'
                AND ihl_score = 2 AND ihl_category = 'GENUINE' FROM postings",
        )
        .await;
    assert!(filled);
}

#[tokio::test]
async fn a_run_with_a_step_left_is_not_final() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    world.walk(batch, &up_to_graders()).await;
    let mut steps = from_graders_on();
    steps.pop();
    world.walk(batch, &steps).await;
    let tally = RunTally {
        open: 1,
        ..RunTally::default()
    };
    assert_eq!(world.store.tally(batch).await.unwrap(), tally);
}

#[tokio::test]
async fn two_graders_that_end_at_once_make_one_join() {
    let world = World::new().await;
    let batch = world.batch(8).await;
    for _ in 0..8 {
        world.walk(batch, &up_to_graders()).await;
    }
    let graders = [ConversationId(3336), ConversationId(3337)];
    for _ in 0..8 {
        let claims = world
            .store
            .claim_together(batch, RUNNER, &graders, 1, LONG)
            .await
            .unwrap();
        world
            .store
            .start(&world.workflow, RUNNER, &claims, &[json!({}), json!({})])
            .await
            .unwrap();
        let pass = grade(Outcome::Pass);
        let (a, b) = tokio::join!(
            world.complete(&claims[0], &pass),
            world.complete(&claims[1], &pass)
        );
        assert!(matches!(
            (a, b),
            (Finish::Written { .. }, Finish::Written { .. })
        ));
    }
    let joins: i64 = world
        .scalar("SELECT count(*) FROM interactions WHERE conversation_id = 3341")
        .await;
    assert_eq!(joins, 8);
}

#[tokio::test]
async fn one_fail_of_either_grader_leads_to_improve_and_two_passes_do_not() {
    let world = World::new().await;
    for (a, b, improved) in [
        (Outcome::Fail, Outcome::Pass, 1),
        (Outcome::Pass, Outcome::Fail, 2),
        (Outcome::Pass, Outcome::Pass, 2),
    ] {
        let first = world.scalar::<i64>("SELECT count(*) FROM postings").await;
        let staged = crate::world::staged_posting(usize::try_from(first).unwrap() + 1);
        world.store.stage(&[staged]).await.unwrap();
        let posting = world.store.promote(1).await.unwrap().posting_ids;
        let batch = world.batch_over(&posting).await;
        world.walk(batch, &up_to_graders()).await;
        world
            .walk(batch, &[(3336, grade(a)), (3337, grade(b))])
            .await;
        let count: i64 = world
            .scalar("SELECT count(*) FROM interactions WHERE conversation_id = 3338")
            .await;
        assert_eq!(count, improved, "{a} {b}");
    }
}

#[tokio::test]
async fn a_result_that_the_schema_refuses_changes_nothing() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    world.walk(batch, &up_to_graders()[..2]).await;
    world.walk(batch, &ihl_chain()[..2]).await;
    let claim = world.start(batch, 9163).await;
    let disagreeing = serde_json::from_value(json!({"kind": "expert", "ihl_score": 9,
        "ihl_category": "GENUINE", "confidence": "HIGH", "red_flags": [],
        "candidate_pool_estimate": "LARGE", "recommendation": "APPLY", "reasoning": "none"}))
    .unwrap();
    let refusal = world
        .store
        .complete(&world.workflow, RUNNER, &claim, &disagreeing)
        .await;
    assert!(
        matches!(&refusal, Err(StoreError::Refused { constraint, .. })
            if constraint == "ihl_category_agrees_with_ihl_score"),
        "{refusal:?}"
    );
    let running: i64 = world
        .scalar(
            "SELECT count(*) FROM interactions WHERE conversation_id = 9163 AND status = 'running'",
        )
        .await;
    assert_eq!(running, 1);
}

#[tokio::test]
async fn inputs_come_from_the_claims_own_run_and_posting() {
    let world = World::new().await;
    let batch = world.batch(2).await;
    for n in 1..=2 {
        world.walk(batch, &up_to_graders()[..3]).await;
        let text = format!("Role: Ledger Analyst {n}");
        world.walk(batch, &[(3335, Output::Summary { text })]).await;
    }
    let claims = world
        .store
        .claim(batch, RUNNER, &[ConversationId(3336)], 2, LONG)
        .await
        .unwrap();
    let inputs = world.store.inputs(&claims).await.unwrap();
    for input in inputs {
        let extract = input.outputs[&ConversationId(3335)].as_text();
        assert!(
            extract.ends_with(&input.posting.job_title),
            "{extract} {}",
            input.posting.job_title
        );
    }
}

#[tokio::test]
async fn an_end_that_is_written_again_because_its_answer_was_lost_is_no_late_one() {
    let world = World::new().await;
    let batch = world.batch(2).await;
    let completed = world.claim(batch, 9144).await.unwrap();
    let retried = world.claim(batch, 9144).await.unwrap();
    let both = [completed.clone(), retried.clone()];
    let inputs = [json!({}), json!({})];
    for _ in 0..2 {
        let begun = world.store.start(&world.workflow, RUNNER, &both, &inputs);
        let mut begun = begun.await.unwrap();
        begun.sort_unstable();
        assert_eq!(begun, [completed.interaction_id, retried.interaction_id]);
    }
    let written = Finish::Written { run_ended: false };
    let verified = check(Outcome::Verified);
    for _ in 0..2 {
        assert_eq!(world.complete(&completed, &verified).await, written);
        let failure = crate::failure::model_failure("busy");
        let back = world.store.retry(RUNNER, &retried, &failure, LONG);
        assert_eq!(back.await.unwrap(), written);
    }
    let attempts: i64 = world
        .scalar("SELECT count(*) FROM interaction_attempts")
        .await;
    assert_eq!(attempts, 1, "the retry is written once");
    let stranger = world
        .store
        .complete(&world.workflow, "another", &completed, &verified);
    assert_eq!(stranger.await.unwrap(), Finish::NoLongerMine);
}
