use crate::{
    judge::{
        Standing,
        doctored::{self, texts},
    },
    record::{RunRecord, Texts},
};

const CRITERION: &str = "summary_about_posting";

/// The first posting of a healthy record: "Credit Risk Manager (f/m/x)" in New York.
const RUN: i64 = 1;

/// Gives the first so many postings the summary of their neighbour.
fn mixed_up(count: usize, size: usize) -> RunRecord {
    let mut record = doctored::healthy_of(size);
    for (posting, run) in record.postings.iter_mut().take(count).zip(2..) {
        posting.extracted_summary = Some(texts::summary(run, "permanent"));
    }
    record
}

/// A healthy record whose first posting has another summary.
fn with_summary(change: impl Fn(String) -> String) -> RunRecord {
    let mut record = doctored::healthy();
    let summary = change(texts::summary(RUN, "permanent"));
    record.postings[0].extracted_summary = Some(summary);
    record
}

fn note(record: &RunRecord) -> String {
    doctored::verdict(record, CRITERION).note
}

fn is_about(record: &RunRecord) -> bool {
    doctored::verdict(record, CRITERION).standing == Standing::Target
}

/// The head of the summary of one run and the body of another's.
fn head_and_body(head: i64, body: i64) -> String {
    let [head, body] = [head, body].map(|run| texts::summary(run, "permanent"));
    let lines = |text: &str, head: bool| -> Vec<String> {
        let begin = text.lines().position(|line| line.starts_with("Key"));
        let lines = text.lines().enumerate();
        lines
            .filter(|(place, _)| (Some(*place) < begin) == head)
            .map(|(_, line)| line.to_owned())
            .collect()
    };
    let mut text = lines(&head, true);
    text.extend(lines(&body, false));
    text.join("\n")
}

#[test]
fn the_body_of_another_posting_under_the_right_head_is_found() {
    let whole = with_summary(|_| head_and_body(RUN, RUN));
    assert!(is_about(&whole));
    let foreign = with_summary(|_| head_and_body(RUN, RUN + 3));
    assert!(!is_about(&foreign));
    assert!(
        note(&foreign).contains("says under its head what posting"),
        "{}",
        note(&foreign)
    );
}

#[test]
fn a_body_in_another_language_than_its_posting_is_not_that_of_the_one_posting_in_that_language() {
    let mut record = doctored::healthy();
    for posting in &mut record.postings[1..] {
        posting.description =
            "Stellenbeschreibung: Sie prüfen und berichten in der Filiale.".to_owned();
    }
    let english = &record.postings[0];
    let body = format!("Key Responsibilities:\n- {}", english.description);
    let summary = texts::summary(2, "permanent");
    let head = summary.split("Key").next().unwrap().to_owned();
    record.postings[1].extracted_summary = Some(head + &body);
    assert!(
        !note(&record).contains("of posting 102"),
        "{}",
        note(&record)
    );
}

#[test]
fn a_body_in_other_words_than_any_description_convicts_nobody() {
    let other_words = with_summary(|summary| {
        let head = summary.split("Key").next().unwrap().to_owned();
        head + "Aufgaben:\n- Sie prüfen, was geprüft werden muss\n- Sie berichten darüber, wem auch immer"
    });
    assert!(is_about(&other_words));
}

#[test]
fn postings_with_the_summary_of_another_lower_the_share_through_all_tiers() {
    for (mixed, size, standing) in [
        (0, 50, Standing::Target),
        (1, 50, Standing::Acceptable),
        (2, 50, Standing::Gap),
        (3, 50, Standing::Red),
    ] {
        let verdict = doctored::verdict(&mixed_up(mixed, size), CRITERION);
        assert_eq!(verdict.standing, standing, "{mixed} of {size}");
        assert_eq!(verdict.look.len(), mixed);
    }
}

#[test]
fn the_note_says_which_summary_it_is_and_whose() {
    let note = note(&mixed_up(1, 50));
    assert!(
        note.contains("that of posting 101 names R0000002, which is posting 102"),
        "{note}"
    );
}

#[test]
fn another_id_convicts_although_the_own_one_is_named_and_also_if_nobody_knows_it() {
    for (other, told) in [
        ("R0000009", "names R0000009, which is posting 109"),
        ("R7654321", "names R7654321 and not R0000001"),
    ] {
        let record = with_summary(|summary| format!("{summary} See also {other}."));
        assert!(note(&record).contains(told), "{}", note(&record));
    }
}

#[test]
fn an_id_that_the_posting_itself_speaks_of_convicts_nobody() {
    let mut record = with_summary(|summary| format!("{summary} See also R0000009."));
    record.postings[0].description += " Formerly R0000009.";
    assert!(is_about(&record));
}

#[test]
fn numbers_that_are_no_ids_convict_nobody() {
    let record = with_summary(|summary| format!("{summary} From 20251126, 12 months, 4 people."));
    assert!(is_about(&record));
}

#[test]
fn a_role_that_shares_less_than_two_words_with_the_title_is_another_role() {
    let renamed = |role: &'static str| {
        with_summary(move |summary| summary.replace("Credit Risk Manager (f/m/x)", role))
    };
    let note = note(&renamed("Senior Network Manager"));
    assert!(
        note.contains(
            "calls the role \"Senior Network Manager\", not \"Credit Risk Manager (f/m/x)\""
        ),
        "{note}"
    );
    assert!(is_about(&renamed("Manager, Credit Risk")));
    assert!(is_about(&renamed("**Credit risk** – VP")));
}

#[test]
fn ranks_and_marks_are_no_part_of_a_title() {
    let mut record =
        with_summary(|summary| summary.replace("Credit Risk Manager (f/m/x)", "Treasurer"));
    record.postings[0].title = "Senior Treasurer (m/w/d), Vice President".to_owned();
    assert!(is_about(&record));
    record.postings[0].title = "Senior Controller (m/w/d), Vice President".to_owned();
    assert!(!is_about(&record));
}

#[test]
fn a_summary_that_names_no_id_or_another_place_is_not_shown_to_be_about_its_posting() {
    let without_id = with_summary(|summary| summary.replace("R0000001", "not stated"));
    assert!(note(&without_id).contains("does not name R0000001"));
    let elsewhere = with_summary(|summary| summary.replace("New York, 1 Columbus Circle", "Bonn"));
    assert!(
        note(&elsewhere).contains("does not name New York, 1 Columbus Circle but \"Bonn\""),
        "{}",
        note(&elsewhere)
    );
}

#[test]
fn places_are_recognised_whatever_their_spelling_and_whatever_their_address() {
    for (place, said) in [
        ("München, Leopoldstraße 2", "Muenchen"),
        ("Zürich", "ZÃ¼rich"),
        ("New York, 1 Columbus Circle", "New York City"),
        ("3 Locations", "Warsaw and others"),
        ("Hamburg, Adolphsplatz 7/ Mönkedamm 2", "Hamburg"),
        ("Hong Kong, ICC", "Hongkong"),
    ] {
        let mut record =
            with_summary(|summary| summary.replace("New York, 1 Columbus Circle", said));
        record.postings[0].location = Some(place.to_owned());
        assert!(is_about(&record), "{place}: {said}");
    }
}

#[test]
fn a_missing_summary_and_a_missing_posting_are_about_nothing() {
    let mut record = doctored::healthy();
    record.postings[0].extracted_summary = None;
    assert!(note(&record).contains("49 of 50"), "{}", note(&record));
    let mut record = doctored::healthy();
    record.postings.remove(0);
    assert!(note(&record).contains("posting 101 is not in the record"));
}

#[test]
fn only_completed_postings_count() {
    let mut record = mixed_up(1, 50);
    doctored::fail(&mut record, RUN);
    let verdict = doctored::verdict(&record, CRITERION);
    assert_eq!((verdict.standing, verdict.n), (Standing::Target, 49));
}

#[test]
fn without_texts_it_cannot_be_judged_and_without_postings_there_is_no_data() {
    let mut record = doctored::healthy();
    record.texts = Texts::Redacted;
    let verdict = doctored::verdict(&record, CRITERION);
    assert!(matches!(verdict.standing, Standing::NotJudgeable { .. }));
    let mut nothing = doctored::empty();
    nothing.texts = Texts::Redacted;
    assert_eq!(
        doctored::verdict(&nothing, CRITERION).standing,
        Standing::NoData
    );
}
