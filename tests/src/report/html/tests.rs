//! The page as text. That browsers agree is tested in `tests/html_report`.

use super::*;
use crate::judge::doctored;
use crate::plan::Plan;
use crate::record::redact;

fn page(record: &RunRecord) -> String {
    html(record, &judge(record, &Plan::builtin().requirements()))
}

/// The text between two others, the first of its kind.
fn between<'p>(page: &'p str, before: &str, after: &str) -> &'p str {
    let (_, rest) = page.split_once(before).unwrap();
    rest.split_once(after).unwrap().0
}

#[test]
fn the_policy_lets_nothing_run_but_the_pages_own_script() {
    use base64::Engine;
    use sha2::{Digest, Sha256};
    let page = page(&doctored::healthy_of(2));
    let policy = between(
        &page,
        "http-equiv=\"Content-Security-Policy\" content=\"",
        "\"",
    );
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    for (start, end, allowed) in [
        ("<style>", "</style>", "style-src"),
        ("<script>", "</script>", "script-src"),
    ] {
        let text = between(&page, start, end);
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
        assert!(
            policy.contains(&format!("{allowed} 'sha256-{hash}'")),
            "{allowed}: {policy}"
        );
    }
    for never in [
        " style=\"",
        " onclick=",
        " src=\"",
        "href=\"http",
        "@import",
        "url(",
    ] {
        assert!(!page.contains(never), "{never}");
    }
}

#[test]
fn a_title_with_markup_is_text_wherever_it_stands() {
    let mut record = doctored::healthy();
    let title = "</script><script>alert(\"x\")</script>\u{202e}\u{0}";
    for posting in &mut record.postings {
        posting.title = title.to_owned();
    }
    for step in &mut record.workflow.conversations {
        step.name = title.to_owned();
    }
    record.environment.servers[0].models[0].name = title.to_owned();
    let page = page(&record);
    assert!(!page.contains("<script>alert"), "it is markup");
    assert_eq!(
        page.matches("</script>").count(),
        2,
        "the data and the script end once each"
    );
    let misleading = |letter: char| letter == '\u{202e}' || (letter.is_control() && letter != '\n');
    assert!(
        !page.contains(misleading),
        "attributes and data are texts, too"
    );
    assert!(page.contains("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;⟨U+202E⟩⟨U+0000⟩"));
    assert!(!between(&page, "id=\"timeline-data\">", "</script>").contains('<'));
}

#[test]
fn every_picture_has_words_for_it_or_says_that_it_needs_none() {
    let page = page(&doctored::healthy());
    let pictures: Vec<&str> = page
        .split("<svg")
        .skip(1)
        .map(|it| it.split_once('>').unwrap().0)
        .collect();
    assert!(pictures.len() > 80, "{}", pictures.len());
    for picture in pictures {
        let told = picture.contains("role=\"img\"") && picture.contains("aria-label=\"");
        assert!(
            told || picture.contains("aria-hidden=\"true\""),
            "<svg{picture}>"
        );
    }
}

#[test]
fn what_is_simulated_reconstructed_redacted_or_incomplete_says_so_first() {
    let told = |record: &RunRecord, words: &str| {
        let page = page(record);
        between(&page, "<header", "</header>").contains(words)
    };
    let healthy = doctored::healthy();
    assert!(told(&healthy, "SIMULATED") && !told(&healthy, "INCOMPLETE"));
    assert!(told(&doctored::replayed(), "REPLAYED") && !told(&healthy, "REPLAYED"));
    assert!(told(&doctored::interrupted(), "INCOMPLETE"));
    assert!(told(&redact(healthy.clone()), "Texts left out") && !told(&healthy, "Texts left out"));
    let november: RunRecord = serde_json::from_str(fixtures::records::NOVEMBER_2025).unwrap();
    assert!(told(&november, "RECONSTRUCTED") && !told(&november, "SIMULATED"));
}

#[test]
fn a_batch_in_which_nothing_happened_has_all_sections_and_no_picture_of_nothing() {
    let page = page(&doctored::empty());
    for section in [
        "decision",
        "verdicts",
        "timeline",
        "durations",
        "slowest",
        "data",
        "failures",
        "proofs",
        "environment",
    ] {
        assert!(
            page.contains(&format!("<section class=\"decision bad\" id=\"{section}\""))
                || page.contains(&format!("<section id=\"{section}\"")),
            "{section}"
        );
    }
    assert!(page.contains("Nothing was begun") && !page.contains("timeline-data\""));
}

#[test]
fn loads_that_nobody_saw_are_not_told_as_none() {
    let mut record = doctored::healthy();
    assert!(page(&record).contains(">1 load<"));
    record.exchanges.clear();
    assert!(!page(&record).contains(">0 loads<"));
}

#[test]
fn a_large_batch_stays_small_and_what_is_left_out_is_said() {
    let record = doctored::healthy_of(510);
    let judgement = judge(&record, &Requirements::none());
    let mut view = View::of(&record, &judgement);
    let told = |view: &View<'_>| page::document(view).into_string();
    let page = told(&view);
    assert!(page.len() < 2_000_000, "{}", page.len());
    assert!(page.contains("10 more are in the record and left out here"));
    assert!(!page.contains("too many to be drawn one by one"));
    view.timeline.as_mut().unwrap().near = 60_000;
    let page = told(&view);
    assert!(page.contains("too many to be drawn one by one: those less than 0:01:00 apart"));
}
