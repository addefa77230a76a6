//! Illegal states that the schema refuses, each beside the legal one.

use crate::world::{World, up_to_graders};

/// Refused and accepted values of one posting column.
async fn column_refuses(world: &World, bad: &'static [&'static str], constraint: &str) {
    for sql in bad {
        assert_eq!(world.refusal(sql).await, constraint, "{sql}");
    }
}

#[tokio::test]
async fn a_score_and_its_category_have_to_agree() {
    let world = World::new().await;
    world.postings(1).await;
    column_refuses(
        &world,
        &[
            "UPDATE postings SET ihl_score = 5, ihl_category = 'GENUINE'",
            "UPDATE postings SET ihl_score = 10, ihl_category = 'COMPLIANCE_THEATER'",
            "UPDATE postings SET ihl_score = 5",
            "UPDATE postings SET ihl_category = 'FAKE'",
            "UPDATE postings SET ihl_score = 11, ihl_category = 'FAKE'",
        ],
        "ihl_category_agrees_with_ihl_score",
    )
    .await;
    let out_of_range = world.refusal("UPDATE postings SET ihl_score = 11").await;
    assert_eq!(out_of_range, "postings_ihl_score_check");
    for legal in [
        "UPDATE postings SET ihl_score = 3, ihl_category = 'GENUINE'",
        "UPDATE postings SET ihl_score = 4, ihl_category = 'BORDERLINE'",
        "UPDATE postings SET ihl_score = 7, ihl_category = 'COMPLIANCE_THEATER'",
        "UPDATE postings SET ihl_score = 10, ihl_category = 'FAKE'",
    ] {
        sqlx::query(legal).execute(&world.pool).await.unwrap();
    }
}

#[tokio::test]
async fn skills_are_a_non_empty_array_of_strings() {
    let world = World::new().await;
    world.postings(1).await;
    column_refuses(
        &world,
        &[
            "UPDATE postings SET skill_keywords = '[]'",
            "UPDATE postings SET skill_keywords = '{\"SQL\": 1}'",
            "UPDATE postings SET skill_keywords = '\"SQL\"'",
            "UPDATE postings SET skill_keywords = '[\"SQL\", 3]'",
            "UPDATE postings SET skill_keywords = '[\"SQL\", \"  \"]'",
            "UPDATE postings SET skill_keywords = 'null'",
        ],
        "skill_keywords_are_a_non_empty_array_of_strings",
    )
    .await;
    let legal = "UPDATE postings SET skill_keywords = '[\"SQL\", \"Audit\"]'";
    sqlx::query(legal).execute(&world.pool).await.unwrap();
}

#[tokio::test]
async fn a_completed_writer_whose_column_is_empty_cannot_be_committed() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    world.walk(batch, &up_to_graders()).await;
    // A completed skills step that saved nothing: what the original did 50 times out of 50.
    let forged = "INSERT INTO interactions
            (workflow_run_id, batch_id, posting_id, conversation_id, actor_id, status, attempt, input, output,
             claimed_by, claimed_at, lease_expires_at, started_at, completed_at)
        SELECT r.workflow_run_id, r.batch_id, r.posting_id, 3350, c.actor_id, 'completed', 1, '{}',
               '{\"kind\": \"skills\", \"skills\": []}', 'x', now(), now(), now(), now()
        FROM workflow_runs r, conversations c WHERE c.conversation_id = 3350";
    assert_eq!(
        world.refusal(forged).await,
        "a_completed_writer_has_written"
    );
    let saved = "UPDATE postings SET skill_keywords = '[\"SQL\"]'";
    sqlx::query(saved).execute(&world.pool).await.unwrap();
    sqlx::query(forged).execute(&world.pool).await.unwrap();
}

#[tokio::test]
async fn what_a_completed_writer_wrote_cannot_be_erased() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    world.walk(batch, &up_to_graders()[..2]).await;
    for (conversation, output) in crate::completion::ihl_chain() {
        let claim = world.start(batch, conversation).await;
        let _ = world.complete(&claim, &output).await;
    }
    let erased = "UPDATE postings SET ihl_score = NULL, ihl_category = NULL";
    assert_eq!(world.refusal(erased).await, "what_was_written_stays");
    let changed = "UPDATE postings SET ihl_score = 1, ihl_category = 'GENUINE'";
    sqlx::query(changed).execute(&world.pool).await.unwrap();
}

#[tokio::test]
async fn a_run_with_open_work_cannot_be_declared_over_by_hand() {
    let world = World::new().await;
    world.batch(1).await;
    let declared = "UPDATE workflow_runs
        SET status = 'completed', started_at = now(), completed_at = now()";
    assert_eq!(
        world.refusal(declared).await,
        "a_final_run_has_no_open_work"
    );
}

#[tokio::test]
async fn a_completed_run_has_no_failed_interaction() {
    let world = World::new().await;
    world.batch(1).await;
    let forged = "BEGIN;
        UPDATE interactions SET status = 'failed', output = '{\"error\": \"x\"}', completed_at = now();
        UPDATE workflow_runs SET status = 'completed', started_at = now(), completed_at = now();
        COMMIT";
    assert_eq!(world.refusal(forged).await, "a_completed_run_is_complete");
}

#[tokio::test]
async fn one_run_a_posting_and_one_interaction_a_step() {
    let world = World::new().await;
    world.batch(1).await;
    let second_run = "INSERT INTO workflow_runs (batch_id, workflow_id, posting_id)
        SELECT batch_id, workflow_id, posting_id FROM workflow_runs";
    assert_eq!(
        world.refusal(second_run).await,
        "workflow_runs_batch_id_posting_id_key"
    );
    let second_step = "INSERT INTO interactions
            (workflow_run_id, batch_id, posting_id, conversation_id, actor_id)
        SELECT workflow_run_id, batch_id, posting_id, conversation_id, actor_id FROM interactions";
    let constraint = "interactions_workflow_run_id_conversation_id_key";
    assert_eq!(world.refusal(second_step).await, constraint);
}

#[tokio::test]
async fn an_interaction_about_another_posting_than_its_runs_is_refused() {
    let world = World::new().await;
    world.batch(2).await;
    for (forged, constraint) in [
        (
            "UPDATE interactions i SET posting_id = other.posting_id
             FROM interactions other WHERE other.interaction_id <> i.interaction_id",
            "an_interaction_stays_what_it_is",
        ),
        (
            "INSERT INTO interactions (workflow_run_id, batch_id, posting_id, conversation_id, actor_id)
             SELECT r.workflow_run_id, r.batch_id, other.posting_id, c.conversation_id, c.actor_id
             FROM workflow_runs r, workflow_runs other, conversations c
             WHERE c.conversation_id = 3350 AND other.workflow_run_id <> r.workflow_run_id",
            "an_interaction_is_about_its_runs_posting",
        ),
        (
            "INSERT INTO interactions (workflow_run_id, batch_id, posting_id, conversation_id, actor_id)
             SELECT 1000000, batch_id, posting_id, 3350, actor_id FROM interactions LIMIT 1",
            "an_interaction_is_about_its_runs_posting",
        ),
        (
            "INSERT INTO interactions (workflow_run_id, batch_id, posting_id, conversation_id, actor_id)
             SELECT workflow_run_id, batch_id, posting_id, 7, actor_id FROM interactions LIMIT 1",
            "an_interaction_is_of_a_conversation",
        ),
    ] {
        assert_eq!(world.refusal(forged).await, constraint, "{forged}");
    }
}

#[tokio::test]
async fn what_interactions_point_at_stays_and_keeps_its_number() {
    let world = World::new().await;
    world.batch(2).await;
    for (taken, constraint) in [
        ("DELETE FROM workflow_runs", "a_run_with_interactions_stays"),
        (
            "UPDATE workflow_runs SET workflow_run_id = DEFAULT",
            "a_run_with_interactions_stays",
        ),
        (
            "DELETE FROM conversations WHERE conversation_id = 9144",
            "a_conversation_with_interactions_stays",
        ),
        (
            "UPDATE conversations SET conversation_id = 7 WHERE conversation_id = 9144",
            "a_conversation_with_interactions_stays",
        ),
    ] {
        assert_eq!(world.refusal(taken).await, constraint, "{taken}");
    }
    let unused = "DELETE FROM conversations WHERE conversation_id = 3350";
    sqlx::query(unused).execute(&world.pool).await.unwrap();
}

#[tokio::test]
async fn a_writer_cannot_be_passed_off_as_a_step_that_writes_nothing() {
    let world = World::new().await;
    world.batch(1).await;
    let forged = "INSERT INTO interactions
            (workflow_run_id, batch_id, posting_id, conversation_id, actor_id, fills_columns)
        SELECT r.workflow_run_id, r.batch_id, r.posting_id, c.conversation_id, c.actor_id, false
        FROM workflow_runs r, conversations c WHERE c.conversation_id = ANY ($1)";
    let insert = async |conversations: &[i32]| {
        let inserted = sqlx::query(forged).bind(conversations);
        inserted.execute(&world.pool).await
    };
    let refused = insert(&[3350]).await.unwrap_err();
    let constraint = refused.as_database_error().and_then(|e| e.constraint());
    assert_eq!(constraint, Some("a_writer_is_called_one"));
    insert(&[3336]).await.unwrap();
}

/// In a batch of which nothing is done, the primary key leads to the open work as quickly. The plan is kept, and it would
/// lead through everything that is finished meanwhile.
#[tokio::test]
async fn open_work_is_found_by_its_own_index_however_little_is_finished_yet() {
    let world = World::new().await;
    world.batch(50).await;
    let oldest = "EXPLAIN (COSTS OFF) SELECT interaction_id FROM interactions
        WHERE batch_id = 1 AND conversation_id = 9144 AND completed_at IS NULL AND interaction_id + 0 > 0
        ORDER BY interaction_id + 0 LIMIT 10";
    let mut connection = world.pool.acquire().await.unwrap();
    let as_the_store_does = "ANALYZE interactions; SET enable_seqscan = off";
    sqlx::raw_sql(as_the_store_does)
        .execute(&mut *connection)
        .await
        .unwrap();
    let explained = sqlx::query_scalar(oldest);
    let plan: Vec<String> = explained.fetch_all(&mut *connection).await.unwrap();
    let plan = plan.join("\n");
    assert!(plan.contains("using interactions_open"), "{plan}");
    assert!(!plan.contains("Sort"), "{plan}");
}

#[tokio::test]
async fn a_status_without_what_it_means_is_refused() {
    let world = World::new().await;
    world.batch(1).await;
    for (sql, constraint) in [
        (
            "UPDATE interactions SET status = 'done'",
            "interactions_status_check",
        ),
        (
            "UPDATE interactions SET status = 'running'",
            "running_means_leased_and_started",
        ),
        (
            "UPDATE interactions SET status = 'completed', completed_at = now()",
            "completed_means_answered",
        ),
        (
            "UPDATE interactions SET status = 'failed', completed_at = now()",
            "failed_means_explained",
        ),
        (
            "UPDATE interactions SET status = 'cancelled'",
            "final_means_ended",
        ),
        (
            "UPDATE interactions SET attempt = 1, claimed_by = 'x'",
            "a_lease_is_whole",
        ),
    ] {
        assert_eq!(world.refusal(sql).await, constraint, "{sql}");
    }
}

#[tokio::test]
async fn an_output_that_is_an_error_does_not_complete_an_interaction() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    world.start(batch, 9144).await;
    let forged = "UPDATE interactions
        SET status = 'completed', completed_at = clock_timestamp(), output = '{\"error\": \"x\"}'";
    assert_eq!(world.refusal(forged).await, "completed_means_answered");
}

#[tokio::test]
async fn an_interaction_is_its_conversations_actors_for_good() {
    let world = World::new().await;
    let batch = world.batch(1).await;
    world.walk(batch, &up_to_graders()).await;
    for (forged, constraint) in [
        (
            "INSERT INTO interactions (workflow_run_id, batch_id, posting_id, conversation_id, actor_id)
             SELECT r.workflow_run_id, r.batch_id, r.posting_id, 3350, c.actor_id
             FROM workflow_runs r, conversations c WHERE c.conversation_id = 3335",
            "the_actor_is_the_conversations",
        ),
        (
            "UPDATE interactions SET actor_id = (SELECT actor_id FROM conversations WHERE conversation_id = 3350)
             WHERE conversation_id = 3335",
            "an_interaction_stays_what_it_is",
        ),
        (
            "UPDATE conversations SET actor_id = (SELECT actor_id FROM conversations WHERE conversation_id = 3350)
                 WHERE conversation_id = 3335;
             DELETE FROM actors WHERE actor_name = 'llama3.2:latest'",
            "an_actor_with_interactions_stays",
        ),
    ] {
        assert_eq!(world.refusal(forged).await, constraint, "{forged}");
    }
    let legal = "INSERT INTO interactions (workflow_run_id, batch_id, posting_id, conversation_id, actor_id)
         SELECT r.workflow_run_id, r.batch_id, r.posting_id, 3350, c.actor_id
         FROM workflow_runs r, conversations c WHERE c.conversation_id = 3350";
    sqlx::query(legal).execute(&world.pool).await.unwrap();
}
