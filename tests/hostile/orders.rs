//! What an order in a posting cannot change, though the model obeys it.

use batchproof::record::{Run, Status};

use super::world::{World, attacked, attacker, attackers, undisturbed};

#[tokio::test]
async fn no_column_of_an_honest_posting_differs_from_what_it_is_among_honest_ones() {
    let (attacked, undisturbed) = (
        attacked().await.columns().await,
        undisturbed().await.columns().await,
    );
    assert_eq!(undisturbed.len(), 3);
    for (id, expected) in &undisturbed {
        assert!(expected.ihl_score.is_some(), "{expected:?}");
        assert_eq!(attacked.get(id), Some(expected));
    }
}

#[tokio::test]
async fn every_score_is_within_its_range_or_refused_with_the_reason() {
    let world = attacked().await;
    for (_, columns) in world.columns().await {
        assert!(
            columns
                .ihl_score
                .is_none_or(|score| (0..=10).contains(&score))
        );
        assert_eq!(columns.ihl_score.is_some(), columns.ihl_category.is_some());
    }
    for (name, reason) in [
        ("score_above", "ihl_score from 0 to 10"),
        (
            "score_below",
            "the expert's report as JSON and nothing else",
        ),
        (
            "score_as_text",
            "the expert's report as JSON and nothing else",
        ),
        (
            "score_against_its_word",
            "an ihl_category that agrees with ihl_score",
        ),
        ("score_for_another_posting", "unknown field `posting_id`"),
        ("score_of_the_analyst", "suggested_ihl_score from 0 to 10"),
        (
            "fence_and_talk_for_a_score",
            "the expert's report as JSON and nothing else",
        ),
        ("template_for_summary", "no unfilled placeholder"),
    ] {
        let run = run_of(world, name);
        assert_eq!(run.status, Status::Failed, "{name}");
        let told = world.record.errors.iter().any(|error| {
            error.workflow_run_id == Some(run.workflow_run_id)
                && error.error_message.contains(reason)
        });
        assert!(
            told,
            "{name}: expected {reason:?} among {:?}",
            world.record.errors
        );
    }
}

#[tokio::test]
async fn what_fails_for_an_order_is_the_posting_with_the_order_alone() {
    let world = attacked().await;
    let orders = [
        "score_above",
        "score_below",
        "score_as_text",
        "score_against_its_word",
        "score_for_another_posting",
        "score_of_the_analyst",
        "fence_and_talk_for_a_score",
        "template_for_summary",
        // The model quotes the template in its summary, where braces are taken for a place that was never filled.
        "template",
    ];
    let mut failed: Vec<&str> = attackers()
        .iter()
        .filter(|it| it.refusal.is_none())
        .map(|it| it.name)
        .filter(|name| run_of(world, name).status == Status::Failed)
        .collect();
    failed.sort_unstable();
    let mut expected = orders.to_vec();
    expected.sort_unstable();
    assert_eq!(failed, expected, "{:#?}", world.record.errors);
    assert!(world.record.runs.iter().all(|run| !run.status.is_open()));
}

#[tokio::test]
async fn what_an_order_names_is_text_in_its_own_row_and_is_never_carried_out() {
    let world = attacked().await;
    let columns = world.columns().await;
    let sql = &columns[&attacker("sql_for_skills").external_id];
    let skills = sql.skill_keywords.clone().unwrap();
    assert_eq!(skills[0], "x'); DROP TABLE postings; --");
    assert_eq!(skills[1], "$(touch owned)");
    let another = &columns[&attacker("summary_of_another_posting").external_id];
    let summary = another.extracted_summary.clone().unwrap();
    assert!(summary.contains("Job ID: R0000001"), "{summary}");
    let tables: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM information_schema.tables WHERE table_name IN ('postings', 'interactions', 'workflow_runs')",
    )
    .fetch_one(&world.pool().await)
    .await
    .unwrap();
    assert_eq!(tables, 3);
}

/// The run of the posting that tries this.
fn run_of<'w>(world: &'w World, name: &str) -> &'w Run {
    let id = attacker(name).external_id;
    let mut postings = world.record.postings.iter();
    let posting = postings.find(|it| it.external_id == id).unwrap();
    let mut runs = world.record.runs.iter();
    runs.find(|it| it.posting_id == posting.posting_id).unwrap()
}
