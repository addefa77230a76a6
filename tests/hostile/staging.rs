//! What survives and what is refused: a posting that cannot be taken says why, and takes no other with it.

use serde_json::Value;

use super::world::{attacked, attackers};

#[tokio::test]
async fn each_posting_is_promoted_or_lies_in_staging_with_the_reason() {
    let world = attacked().await;
    let rows: Vec<(String, String, Option<Value>)> = sqlx::query_as(
        "SELECT external_id, validation_status, validation_errors FROM postings_staging ORDER BY external_id",
    )
    .fetch_all(&world.pool().await)
    .await
    .unwrap();
    for attacker in attackers() {
        let beginning: String = attacker.external_id.chars().take(50).collect();
        let mut found = rows.iter().filter(|(id, ..)| id.starts_with(&beginning));
        let Some((id, status, errors)) = found.next() else {
            panic!("{} is not in staging", attacker.name)
        };
        assert!(found.next().is_none(), "{id} is there twice");
        if attacker.refusal.is_none() {
            let taken = (status.as_str(), errors);
            assert_eq!(taken, ("promoted", &None), "{}", attacker.name);
            continue;
        }
        assert_eq!(status, "failed", "{}", attacker.name);
        let reasons = errors.as_ref().and_then(Value::as_array).unwrap();
        let reason = reasons[0].as_str().unwrap();
        assert!(
            reason.contains(" characters") || reason.contains("cannot be read"),
            "{}: {reason}",
            attacker.name
        );
    }
    let fetch = world.record.fetch.as_ref().unwrap();
    for reason in [
        "description_too_long",
        "line_too_long",
        "unreadable_description",
    ] {
        let refused = attackers()
            .iter()
            .filter(|it| it.refusal == Some(reason))
            .count();
        assert_eq!(
            fetch.refused.get(reason).copied(),
            Some(refused as u64),
            "{reason}"
        );
    }
}

#[tokio::test]
async fn titles_keep_their_letters_and_lose_what_cannot_be_stored_or_would_steer() {
    let world = attacked().await;
    let title = |name: &str| {
        let id = attackers()
            .into_iter()
            .find(|it| it.name == name)
            .unwrap()
            .external_id;
        let mut postings = world.record.postings.iter();
        postings
            .find(|it| it.external_id == id)
            .unwrap()
            .title
            .clone()
    };
    assert_eq!(title("nul"), "Teller of money");
    assert_eq!(title("half_a_pair"), "Teller of \u{fffd}");
    assert_eq!(
        title("halves_the_wrong_way_round"),
        "Teller \u{fffd}\u{fffd}"
    );
    assert_eq!(title("html"), "<img src=x onerror=alert(1)>");
    // Marks of direction belong to the languages that need them; who shows them to a terminal takes them out.
    assert!(title("right_to_left").contains("\u{200f}עברית"));
    assert!(!title("terminal").contains(char::is_control));
}
