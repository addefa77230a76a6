//! The judge's own reading of a database: what belongs to a batch is in its record, and nothing else.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say where"
)]

mod world;

use batchproof::plan::Document;
use batchproof::record::{
    AttemptEnd, CollectError, Ended, Quotes, RunRecord, SoFar, Status, row_counts, so_far,
};
use world::World;

#[tokio::test]
async fn an_unfinished_batch_is_read_as_far_as_it_came() {
    let world = World::new().await;
    let record = world.collect(1).await.unwrap();
    assert!(!record.complete);
    assert_eq!(record.ended, Ended::Interrupted);
    assert!(record.batch.started_at.is_some() && record.batch.ended_at.is_none());
    let statuses: Vec<Status> = record.runs.iter().map(|run| run.status).collect();
    assert_eq!(statuses, [Status::Completed, Status::Running]);
    let open = record
        .interactions
        .iter()
        .find(|it| it.status.is_open())
        .unwrap();
    assert_eq!(
        (open.conversation_id, open.attempt, open.output.as_ref()),
        (9163, 1, None)
    );
    assert!(open.started_at.is_some() && open.completed_at.is_none());
}

#[tokio::test]
async fn what_is_known_of_a_batch_at_work_is_what_its_record_says() {
    let world = World::new().await;
    let both = async |batch: i64| {
        let record = world.collect(batch).await.unwrap();
        let known = so_far(&world.pool, batch, record.mode.time_scale).await;
        (known.unwrap(), SoFar::of(&record))
    };
    let (known, recorded) = both(1).await;
    assert_eq!(known, recorded);
    let of_time = (known.wall_us, known.time_scale);
    assert_eq!(of_time, (180 * 1_000_000, 1.0), "from 10:00 to 10:03");
    assert_eq!((known.size, known.completed, known.failed), (5, 1, 0));
    assert_eq!((known.without_summary, known.without_ihl_score), (1, 0));
    assert_eq!((known.completed_and_lacking, known.retries), (1, 1));
    assert_eq!((known.interventions, known.database_errors), (0, 1));
    let (known, recorded) = both(2).await;
    assert_eq!(known, recorded);
    assert_eq!((known.size, known.completed, known.wall_us), (2, 0, 0));
    // Whatever tells of a stop, each once: a row and its error, an attempt, an error of its own.
    world.execute(include_str!("trouble.sql")).await;
    let (known, recorded) = both(1).await;
    assert_eq!(known, recorded);
    assert_eq!(
        (known.interventions, known.failed, known.retries),
        (4, 1, 1)
    );
    let error = so_far(&world.pool, 977, 1.0).await.unwrap_err();
    assert!(
        matches!(error, CollectError::NoSuchBatch { batch_id: 977 }),
        "{error}"
    );
}

#[tokio::test]
async fn the_denominator_is_the_size_that_was_written_down_and_each_batch_has_its_own() {
    let world = World::new().await;
    let (first, second) = (
        world.collect(1).await.unwrap(),
        world.collect(2).await.unwrap(),
    );
    assert_eq!((first.batch.size, first.runs.len()), (5, 2));
    assert_eq!((second.batch.size, second.runs.len()), (2, 2));
    assert_ne!(first.workflow.hash, second.workflow.hash);
}

#[tokio::test]
async fn postings_interactions_and_attempts_of_another_batch_stay_out() {
    let world = World::new().await;
    let record = world.collect(1).await.unwrap();
    let postings: Vec<i64> = record
        .postings
        .iter()
        .map(|posting| posting.posting_id)
        .collect();
    assert_eq!(postings, [1, 2]);
    let interactions: Vec<i64> = record
        .interactions
        .iter()
        .map(|it| it.interaction_id)
        .collect();
    assert_eq!(interactions, [1, 2, 3]);
    let attempts: Vec<_> = record
        .attempts
        .iter()
        .map(|it| (it.interaction_id, it.ended_as))
        .collect();
    assert_eq!(attempts, [(2, AttemptEnd::Retried)]);
    // A posting that two batches took is in both.
    let shared = &world.collect(2).await.unwrap().postings[0];
    assert_eq!((shared.posting_id, shared.ihl_score), (1, Some(3)));
}

#[tokio::test]
async fn an_error_belongs_to_a_batch_by_its_batch_its_run_or_its_interaction() {
    let world = World::new().await;
    assert_eq!(
        world.errors(1).await,
        ["by its batch", "by its run", "by its interaction"]
    );
    assert_eq!(world.errors(2).await, ["of the other batch"]);
}

#[tokio::test]
async fn a_prompt_is_hashed_from_the_text_that_is_stored_so_that_an_edit_shows() {
    const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let world = World::new().await;
    assert_eq!(
        world.prompt_hash(2).await.as_deref(),
        Some(ABC),
        "not the hash beside it"
    );
    world
        .execute("UPDATE interactions SET input = jsonb_set(input, '{prompt}', '\"abd\"') WHERE interaction_id = 2")
        .await;
    let edited = world.prompt_hash(2).await.unwrap();
    assert_ne!(edited, ABC);
    assert_eq!(edited.len(), 64);
    assert_eq!(
        world.prompt_hash(1).await,
        None,
        "a script was asked nothing"
    );
}

#[tokio::test]
async fn an_unknown_batch_is_an_error_that_asks_for_the_right_database() {
    let error = World::new().await.collect(977).await.unwrap_err();
    assert!(
        matches!(error, CollectError::NoSuchBatch { batch_id: 977 }),
        "{error}"
    );
    assert!(error.to_string().contains("is it the database"), "{error}");
}

#[tokio::test]
async fn descriptions_are_counted_in_characters_and_conversations_come_with_what_they_write() {
    let world = World::new().await;
    let record = world.collect(1).await.unwrap();
    assert_eq!(record.postings[0].description, "Zählt Geld.");
    assert_eq!(record.postings[0].description_chars, 11);
    let writes: Vec<_> = record
        .workflow
        .conversations
        .iter()
        .map(|it| (it.id, it.writes.len()))
        .collect();
    assert_eq!(writes, [(9163, 2), (9193, 0)]);
}

/// The first batch was killed: nobody declared it over, and its last claim was extended to five minutes past ten by a
/// lease of one minute.
async fn killed_at_four_past_ten(world: &World) {
    world
        .execute("UPDATE batches SET started_at = '2025-11-26 10:00Z' WHERE batch_id = 1")
        .await;
}

async fn beside_the_second(world: &World) -> Vec<(i64, Option<String>)> {
    let others = world.collect(2).await.unwrap().overlapping_batches.unwrap();
    others
        .into_iter()
        .map(|it| {
            (
                it.id,
                it.last_sign_at.map(|at| at.format("%H:%M").to_string()),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_killed_batch_overlaps_with_those_that_began_before_its_last_sign_and_with_no_other() {
    let world = World::new().await;
    killed_at_four_past_ten(&world).await;
    world
        .execute("UPDATE batches SET started_at = '2025-11-26 10:03:30Z' WHERE batch_id = 2")
        .await;
    assert_eq!(
        beside_the_second(&world).await,
        [(1, Some("10:04".to_owned()))]
    );
    world
        .execute("UPDATE batches SET started_at = '2025-11-26 10:04:30Z' WHERE batch_id = 2")
        .await;
    assert_eq!(beside_the_second(&world).await, []);
}

#[tokio::test]
async fn a_heartbeat_is_a_sign_of_life() {
    let world = World::new().await;
    killed_at_four_past_ten(&world).await;
    world
        .execute(
            "UPDATE batches SET started_at = '2025-11-26 10:06Z' WHERE batch_id = 2;
             UPDATE interactions SET lease_expires_at = '2025-11-26 10:08Z' WHERE status = 'running'",
        )
        .await;
    assert_eq!(
        beside_the_second(&world).await,
        [(1, Some("10:07".to_owned()))]
    );
}

#[tokio::test]
async fn a_batch_that_was_declared_over_or_never_begun_overlaps_with_nothing_later() {
    let world = World::new().await;
    killed_at_four_past_ten(&world).await;
    world
        .execute(
            "UPDATE batches SET ended_at = '2025-11-26 10:05Z' WHERE batch_id = 1;
             UPDATE batches SET started_at = '2025-11-26 10:05Z' WHERE batch_id = 2",
        )
        .await;
    assert_eq!(beside_the_second(&world).await, []);
    world
        .execute("UPDATE batches SET started_at = NULL, ended_at = NULL WHERE batch_id = 1")
        .await;
    assert_eq!(beside_the_second(&world).await, []);
}

#[tokio::test]
async fn row_counts_name_every_table_that_a_batch_adds_to() {
    let world = World::new().await;
    let counts: Vec<(String, u64)> = row_counts(&world.pool).await.unwrap().into_iter().collect();
    let expected = [
        ("batches", 2),
        ("interaction_attempts", 2),
        ("interactions", 4),
        ("postings", 3),
        ("postings_staging", 3),
        // The fifth is of no batch.
        ("workflow_errors", 4),
        ("workflow_runs", 4),
    ];
    assert_eq!(
        counts,
        expected.map(|(table, rows)| (table.to_owned(), rows))
    );
}

#[tokio::test]
async fn the_queries_of_the_plans_can_be_asked() {
    let world = World::new().await;
    for text in [fixtures::plans::BATCH_50, fixtures::plans::BATCH_500] {
        let document = Document::parse(text);
        for (_, block) in document
            .code_blocks()
            .filter(|(_, it)| it.language == "sql")
        {
            let rows = world.ask(&block.code, 1).await;
            assert!(rows > 0, "no answer to\n{}", block.code);
        }
    }
}

#[tokio::test]
async fn a_database_without_the_schema_says_what_could_not_be_read() {
    let world = World::new().await;
    world.execute("DROP TABLE workflow_errors").await;
    let error = world.collect(1).await.unwrap_err();
    assert!(
        error.to_string().contains("cannot read the errors"),
        "{error}"
    );
}

/// What was found in the prompt of the second interaction of the first batch, after its texts were set.
async fn quotes(description: &str, earlier_answer: &str, prompt: &str) -> Option<Quotes> {
    let world = World::new().await;
    world.prompt_with(description, earlier_answer, prompt).await;
    let record = world.collect(1).await.unwrap();
    let asked = record
        .interactions
        .into_iter()
        .find(|it| it.interaction_id == 2);
    asked.unwrap().input.unwrap().quotes
}

#[tokio::test]
async fn a_prompt_quotes_what_stands_in_it_word_for_word_and_nothing_else() {
    let summary = r#"{"kind": "summary", "text": "Counts the money of the bank."}"#;
    let whole = "<posting>\nZählt Geld. 100% _genau_.\n</posting>\nCounts the money of the bank.";
    let found = quotes("Zählt Geld. 100% _genau_.", summary, whole)
        .await
        .unwrap();
    assert!(found.description);
    assert_eq!(found.outputs, [9161]);
    assert_eq!(found.placeholder, None);
    // A pattern would find these; the same words in another order or spelling are not quoted.
    let other = "Zählt Geld. 100 Prozent genau.\nCounts the money of a bank.";
    let found = quotes("Zählt Geld. 100% _genau_.", summary, other)
        .await
        .unwrap();
    assert!(!found.description);
    assert_eq!(found.outputs, [0; 0]);
}

#[tokio::test]
async fn an_answer_is_quoted_as_json_too_and_only_as_a_whole() {
    let report = r#"{"kind": "analyst", "red_flags": [{"evidence": "Zählt Geld in der Filiale.", "severity": "LOW"}],
                     "reasoning": "The role \"Teller\" \\ is narrow.\nSays <posting>."}"#;
    let whole = "Zählt Geld in der Filiale.\n{\"red_flags\": [{\"evidence\": \"Zählt Geld in der Filiale.\"}],\
                 \"reasoning\": \"The role \\\"Teller\\\" \\\\ is narrow.\\nSays ‹posting>.\"}";
    let found = quotes("Zählt Geld in der Filiale.", report, whole)
        .await
        .unwrap();
    assert_eq!(found.outputs, [9161]);
    // The evidence stands in the posting as well, and shows nothing by itself.
    let without = quotes(
        "Zählt Geld in der Filiale.",
        report,
        "Zählt Geld in der Filiale.",
    )
    .await;
    assert_eq!(without.unwrap().outputs, [0; 0]);
}

#[tokio::test]
async fn an_answer_of_nothing_is_quoted_nowhere() {
    for nothing in [r#"{"text": ""}"#, r#"{"text": " \n"}"#] {
        let found = quotes("Zählt Geld.", nothing, "Zählt \n Geld.").await;
        assert_eq!(found.unwrap().outputs, [0; 0], "{nothing}");
    }
}

#[tokio::test]
async fn of_an_answer_of_few_letters_the_longest_words_count() {
    let grade = r#"{"kind": "grade", "grade": "FAIL", "reason": "Too short."}"#;
    let found = quotes("Zählt Geld.", grade, "FAIL: Too short.")
        .await
        .unwrap();
    assert_eq!(found.outputs, [9161]);
    let found = quotes("Zählt Geld.", grade, "Say PASS or FAIL.")
        .await
        .unwrap();
    assert_eq!(found.outputs, [0; 0]);
}

#[tokio::test]
async fn a_placeholder_is_the_templates_own_and_the_first_one_is_told() {
    let answer = r#"{"kind": "summary", "text": "Writes {letters} to the customers."}"#;
    for (prompt, placeholder) in [
        (
            "Read {session_7_output} and {{ summary }}.",
            Some("{session_7_output}"),
        ),
        ("Read {{ summary }} and {name}.", Some("{{ summary }}")),
        ("Zählt {geld}.", None),
        ("Writes {letters} to the customers.", None),
        ("Read {letters}.", Some("{letters}")),
        ("{\"score\": 3, \"flags\": {}}", None),
    ] {
        let found = quotes("Zählt {geld}.", answer, prompt).await.unwrap();
        assert_eq!(found.placeholder.as_deref(), placeholder, "{prompt}");
    }
}

#[tokio::test]
async fn answers_of_other_runs_are_not_looked_for_and_an_unkept_prompt_was_not_searched() {
    let world = World::new().await;
    world
        .prompt_with(
            "Zählt Geld.",
            r#"{"text": "Counts the money of the bank."}"#,
            "Counts the money of the bank.",
        )
        .await;
    world
        .execute("UPDATE interactions SET input = jsonb_set(input, '{prompt}', '\"Counts the money of the bank.\"') WHERE interaction_id = 3")
        .await;
    let other = |record: &RunRecord| record.interactions[2].input.clone().unwrap().quotes;
    let record = world.collect(1).await.unwrap();
    assert_eq!(other(&record).unwrap().outputs, [0; 0]);
    world
        .execute("UPDATE interactions SET input = input - 'prompt' WHERE interaction_id = 3")
        .await;
    assert_eq!(other(&world.collect(1).await.unwrap()), None);
}
