//! Failures: the interaction, the rest of its run, and the run itself.

use wave_runner::store::{ErrorType, Failure, Finish};
use wave_runner::workflow::Outcome;

use crate::world::{RUNNER, World, check, up_to_graders};

pub(crate) fn model_failure(message: &str) -> Failure {
    Failure::new(ErrorType::Model, message)
}

async fn statuses(world: &World) -> Vec<(i32, String)> {
    sqlx::query_as("SELECT conversation_id, status FROM interactions ORDER BY conversation_id")
        .fetch_all(&world.pool)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_failure_cancels_what_has_not_begun_and_ends_the_run_with_what_has() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    world.walk(batch, &up_to_graders()).await;
    let grade_a = world.start(batch, 3336).await;
    let analyst = world.start(batch, 9161).await;
    let failure = model_failure("three malformed answers");
    let finish = world
        .store
        .fail(&world.workflow, RUNNER, &grade_a, &failure)
        .await
        .unwrap();
    assert_eq!(finish, Finish::Written { run_ended: false });
    let of = |statuses: &[(i32, String)], id| {
        statuses
            .iter()
            .find(|(conversation, _)| *conversation == id)
            .map(|(_, s)| s.clone())
    };
    let now = statuses(&world).await;
    assert_eq!(of(&now, 3337).as_deref(), Some("cancelled"));
    assert_eq!(of(&now, 9161).as_deref(), Some("running"));

    let analysis = crate::completion::ihl_chain().remove(0).1;
    assert_eq!(
        world.complete(&analyst, &analysis).await,
        Finish::Written { run_ended: true }
    );
    assert_eq!(world.store.tally(batch).await.unwrap().failed, 1);
    assert_eq!(
        of(&statuses(&world).await, 9162),
        None,
        "a lost run creates nothing more"
    );
}

#[tokio::test]
async fn a_failed_interaction_says_why_in_its_output_and_in_workflow_errors() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    let claim = world.start(batch, 9144).await;
    let failure = model_failure("the server said no");
    let finish = world
        .store
        .fail(&world.workflow, RUNNER, &claim, &failure)
        .await
        .unwrap();
    assert_eq!(finish, Finish::Written { run_ended: true });
    let said: String = world
        .scalar("SELECT output ->> 'error' FROM interactions")
        .await;
    assert_eq!(said, "the server said no");
    let noted: (String, String, i32) =
        sqlx::query_as("SELECT error_type, error_message, conversation_id FROM workflow_errors")
            .fetch_one(&world.pool)
            .await
            .unwrap();
    assert_eq!(
        noted,
        ("model".to_owned(), "the server said no".to_owned(), 9144)
    );
}

#[tokio::test]
async fn a_failure_of_one_posting_leaves_the_others_alone() {
    let world = World::new().await;
    let batch = world.batch(2).await;
    let claim = world.start(batch, 9144).await;
    let failure = model_failure("no");
    let _ = world
        .store
        .fail(&world.workflow, RUNNER, &claim, &failure)
        .await
        .unwrap();
    let other = world.start(batch, 9144).await;
    let output = check(Outcome::Verified);
    assert_eq!(
        world.complete(&other, &output).await,
        Finish::Written { run_ended: false }
    );
    let tally = world.store.tally(batch).await.unwrap();
    assert_eq!((tally.failed, tally.open), (1, 1));
}
