use super::fault;
use crate::{
    judge::{
        Standing,
        doctored::{self, texts},
    },
    record::Texts,
};

const CRITERION: &str = "summary_form";

fn fault_of(change: impl Fn(String) -> String) -> Option<String> {
    fault(&change(texts::summary(1, "permanent")), "")
}

fn fault_with(addition: &str) -> Option<String> {
    fault_of(|summary| format!("{summary}\n{addition}"))
}

#[test]
fn one_faulty_summary_is_red_and_named() {
    let mut record = doctored::healthy();
    assert_eq!(
        doctored::verdict(&record, CRITERION).standing,
        Standing::Target
    );
    let summary = record.postings[6].extracted_summary.as_mut().unwrap();
    summary.push_str("\n{session_3_output}");
    let verdict = doctored::verdict(&record, CRITERION);
    assert_eq!(verdict.standing, Standing::Red);
    assert!(
        verdict
            .note
            .contains("posting 107 has the placeholder {session_3_output}"),
        "{}",
        verdict.note
    );
}

#[test]
fn each_kind_of_fault_is_found() {
    let words = "and so on ".repeat(10);
    let work = "work ".repeat(12);
    let alternating = "up and down and ".repeat(10);
    for (addition, told) in [
        ("{{ summary }}", "placeholder {{ summary }}"),
        ("{name}", "placeholder {name}"),
        ("{session_", "placeholder {session_"),
        ("```", "code fence"),
        ("Company: None", "says \"Company: None\""),
        ("- null", "says \"- null\""),
        ("User: what does it say?", "echoes \"User: what"),
        ("**Assistant:** It says", "echoes"),
        ("<|im_start|>", "echoes \"<|\""),
        (words.as_str(), "repeats \"and so on\""),
        (work.as_str(), "repeats \"work work work\""),
        (alternating.as_str(), "repeats"),
        ("in KÃ¶ln", "broken word \"KÃ¶ln\""),
        ("the bankâ€™s", "broken word"),
        ("the bank\u{92}s", "character U+0092"),
        ("the bank\u{fffd}s", "character U+FFFD"),
    ] {
        let fault = fault_with(addition).unwrap_or_default();
        assert!(fault.contains(told), "{addition}: {fault:?}");
    }
}

#[test]
fn what_only_looks_like_a_fault_is_none() {
    let nine = "and so on ".repeat(9).replacen("and", "ends. And", 1);
    for addition in [
        "None of this is required.",
        "The end user: a banker.",
        "Sets such as {1, 2} and { }",
        "Bücher, naïve Ansätze – 5 € für Łódź",
        "Not stated in the posting.",
        nine.as_str(),
    ] {
        assert_eq!(fault_with(addition), None, "{addition}");
    }
}

#[test]
fn braces_that_the_posting_has_are_the_postings() {
    let summary = texts::summary(1, "with templates such as {name}");
    assert_eq!(fault(&summary, "You write templates such as {name}."), None);
    assert!(fault(&summary, "You write templates.").is_some());
}

#[test]
fn a_summary_is_neither_an_excuse_nor_a_book() {
    assert_eq!(
        fault_of(|summary| summary.chars().take(299).collect()).as_deref(),
        Some("has 299 characters")
    );
    assert_eq!(
        fault_of(|summary| summary.chars().take(300).collect()),
        None
    );
    let numbers: Vec<String> = (0..9_000).map(|it| it.to_string()).collect();
    assert!(fault_with(&numbers.join(" ")).is_some_and(|fault| fault.ends_with("characters")));
}

#[test]
fn a_lost_posting_is_no_pass_and_hides_no_fault() {
    let mut record = doctored::healthy();
    record.postings.remove(3);
    assert_eq!(
        doctored::verdict(&record, CRITERION).standing,
        Standing::NoData
    );
    record.postings[0].extracted_summary = Some("No.".to_owned());
    assert_eq!(
        doctored::verdict(&record, CRITERION).standing,
        Standing::Red
    );
}

#[test]
fn without_texts_it_cannot_be_judged_and_without_summaries_there_is_no_data() {
    let mut record = doctored::healthy();
    for posting in &mut record.postings {
        posting.extracted_summary = None;
    }
    assert_eq!(
        doctored::verdict(&record, CRITERION).standing,
        Standing::NoData
    );
    record.texts = Texts::Unknown;
    let verdict = doctored::verdict(&record, CRITERION);
    assert!(matches!(verdict.standing, Standing::NotJudgeable { .. }));
}
