//! Successes that are none: nothing of them may be saved.

use fixtures::ollama::{Fault, Mishap, OllamaSettings, Step};
use serde_json::json;
use wave_runner::source::StagedPosting;
use wave_runner::store::RunTally;
use wave_runner::workflow::content_hash;

use crate::plant::{Plant, all_completed, all_failed};
use crate::world::staged_posting;

fn server_with(faults: Vec<Fault>) -> OllamaSettings {
    OllamaSettings {
        faults,
        ..OllamaSettings::default()
    }
}

/// A posting whose description alone is longer than any model's context.
fn endless_posting(n: usize) -> StagedPosting {
    let posting = staged_posting(n);
    let description = "You will reconcile ledgers and explain every difference. ".repeat(1_200);
    let (title, location) = (posting.job_title.clone(), posting.location.clone());
    StagedPosting {
        content_hash: content_hash(
            &posting.external_id,
            &title.unwrap(),
            &location.unwrap(),
            &description,
        ),
        raw_data: json!({
            "external_id": posting.external_id, "job_description": description, "detail": {},
        }),
        ..posting
    }
}

#[tokio::test]
async fn a_prompt_that_is_too_long_fails_its_posting_and_no_other_whether_cut_or_refused() {
    // Half of a context of 8192 and two tokens are counted where the server cuts and says nothing.
    cut_or_refused(false, ["4098 tokens", "num_ctx 8192"]).await;
    cut_or_refused(true, ["the prompt is too long", "8192 tokens"]).await;
}

async fn cut_or_refused(heeds_truncate: bool, told: [&str; 2]) {
    let plant = Plant::new(OllamaSettings {
        heeds_truncate,
        ..OllamaSettings::default()
    })
    .await;
    let staged = [staged_posting(1), endless_posting(2), staged_posting(3)];
    plant.world.store.stage(&staged).await.unwrap();
    let promotion = plant.world.store.promote(3).await.unwrap();
    let batch = plant.world.batch_over(&promotion.posting_ids).await;
    let expected = RunTally {
        completed: 2,
        failed: 1,
        ..RunTally::default()
    };
    plant.survives(batch, expected).await;
    let errors = plant.errors().await;
    let tells = |error: &String| told.iter().all(|words| error.contains(words));
    assert!(errors.iter().any(tells), "{errors:?}");
    let saved: i64 = plant
        .world
        .scalar(
            "SELECT count(*) FROM postings WHERE external_id = 'R0000002'
                AND (extracted_summary IS NOT NULL OR ihl_score IS NOT NULL)",
        )
        .await;
    assert_eq!(saved, 0);
}

#[tokio::test]
async fn answers_without_done_or_without_an_end_or_without_a_token_are_asked_for_again() {
    let plant = Plant::new(server_with(vec![
        Fault::nth(Step::Extract, 1, Mishap::DoneFalse),
        Fault::nth(Step::GradeA, 1, Mishap::TokenRepeat),
        Fault::nth(Step::GradeB, 1, Mishap::NoToken),
        Fault::nth(Step::Format, 1, Mishap::Length),
    ]))
    .await;
    let batch = plant.world.batch(3).await;
    plant.survives(batch, all_completed(3)).await;
    assert_eq!((plant.retried().await, plant.server.loads()), (4, 3));
}

#[tokio::test]
async fn a_model_that_only_repeats_itself_fails_its_postings_and_nothing_of_it_is_saved() {
    let fault = Fault::every(Step::Format, Mishap::TokenRepeat);
    let plant = Plant::new(server_with(vec![fault])).await;
    let batch = plant.world.batch(3).await;
    plant.survives(batch, all_failed(3)).await;
    let errors = plant.errors().await;
    let told = |error: &String| error.contains("without the server saying it was done");
    assert!(errors.iter().any(told), "{errors:?}");
    let saved: i64 = plant
        .world
        .scalar("SELECT count(*) FROM postings WHERE extracted_summary IS NOT NULL")
        .await;
    assert_eq!(saved, 0);
}

#[tokio::test]
async fn answers_that_are_always_cut_by_their_length_fail_and_nothing_of_them_is_saved() {
    let fault = Fault::every(Step::Skills, Mishap::Length);
    let plant = Plant::new(server_with(vec![fault])).await;
    let batch = plant.world.batch(2).await;
    plant.survives(batch, all_failed(2)).await;
    let saved: i64 = plant
        .world
        .scalar("SELECT count(*) FROM postings WHERE skill_keywords IS NOT NULL")
        .await;
    assert_eq!(saved, 0);
}
