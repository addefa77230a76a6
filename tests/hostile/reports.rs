//! What people and other programs read: every form shows the texts, and none obeys them.

use std::path::Path;

use batchproof::analysis::{bottlenecks, failures, performance};
use batchproof::comparison::Side;
use batchproof::judge::{Judgement, Requirements, judge};
use batchproof::plan::Plan;
use batchproof::record::{self, RunRecord};
use batchproof::report;
use fixtures::postings::MARKUP;
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;

use super::world::attacked;

/// The record with every hostile title where reports show texts: among the reasons, the errors, the words of the end.
async fn judged() -> (RunRecord, Judgement) {
    let mut record = attacked().await.record.clone();
    let titles: Vec<String> = record.postings.iter().map(|it| it.title.clone()).collect();
    for (error, title) in record.errors.iter_mut().zip(titles.iter().cycle()) {
        error.error_message = format!("{title} {}", error.error_message);
        error.error_class = Some(title.clone());
    }
    for (conversation, title) in record.workflow.conversations.iter_mut().zip(&titles) {
        conversation.name.clone_from(title);
    }
    record.ended = record::Ended::Failed {
        why: titles.join("\n"),
    };
    let judgement = judge(&record, &Plan::builtin().requirements());
    (record, judgement)
}

/// What clears a screen, colours it and turns its lines around.
const STEERS: &str = "\u{0}\u{1b}[2J\u{9b}31m\r\u{7}\u{202e}\u{2066}";

/// Texts of a record that are whatever somebody wrote there: no file that is read back is refused for them.
const FREE: [&str; 16] = [
    "actor",
    "claimed_by",
    "country",
    "digest",
    "error",
    "error_class",
    "error_message",
    "hash",
    "location",
    "model",
    "name",
    "ollama_version",
    "os",
    "postgres_version",
    "quantization",
    "worker",
];

/// Every free text with what steers before it. The same text stays the same, so that rows still find each other.
fn steering(value: &mut Value) {
    match value {
        Value::Array(rows) => rows.iter_mut().for_each(steering),
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text) if FREE.contains(&name.as_str()) => {
                        text.insert_str(0, STEERS);
                    }
                    field => steering(field),
                }
            }
        }
        _ => {}
    }
}

fn steers(letter: char) -> bool {
    let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (letter.is_control() && letter != '\n')
}

#[tokio::test]
async fn nothing_in_the_terminals_reports_steers_it() {
    let (harmless, _) = judged().await;
    let mut value = serde_json::to_value(&harmless).unwrap();
    steering(&mut value);
    let bytes = serde_json::to_vec(&value).unwrap();
    let record = record::read(Path::new("record.json"), &bytes).unwrap();
    let by_plan = judge(&record, &Plan::builtin().requirements());
    let by_default = judge(&record, &Requirements::none());
    let (before, after) = (
        Side {
            record: &harmless,
            judgement: &judge(&harmless, &Requirements::none()),
        },
        Side {
            record: &record,
            judgement: &by_plan,
        },
    );
    for (name, text) in [
        ("terminal", report::terminal(&record, &by_plan, None)),
        ("narrow", report::terminal(&record, &by_plan, Some(80))),
        ("contents", report::record_contents(&record, None)),
        ("failures", report::told_failures(&failures(&record))),
        (
            "performance",
            report::told_performance(&performance(&record)),
        ),
        (
            "bottlenecks",
            report::told_bottlenecks(&bottlenecks(&record)),
        ),
        ("changes", report::changes(&by_default, &by_plan)),
        ("diff", report::record_differences(before, after).text),
        (
            "comparison",
            report::comparison(["one", "other"], before, after),
        ),
    ] {
        assert_eq!(text.chars().find(|it| steers(*it)), None, "{name}: {text}");
        // Shown all the same: that somebody tried is worth knowing. What verdicts change says no such text.
        assert_eq!(text.contains("␛[2J"), name != "changes", "{name}: {text}");
    }
}

#[tokio::test]
async fn the_job_summary_is_text_and_tables_whatever_the_postings_bring() {
    let (record, judgement) = judged().await;
    let markdown = report::markdown(&record, &judgement, report::JOB_SUMMARY);
    assert!(
        markdown.contains("&#64;everyone") && markdown.contains("&#60;img src=x"),
        "{markdown}"
    );
    for event in Parser::new_ext(&markdown, Options::all()) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                panic!("a link to {dest_url} in {markdown}")
            }
            Event::Html(html) | Event::InlineHtml(html) => assert_eq!(&*html, "<br>"),
            Event::Text(text) => assert!(!text.contains('\u{1b}')),
            Event::FootnoteReference(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {
                panic!("{event:?} in {markdown}")
            }
            _ => {}
        }
    }
    let headings = |text: &str| text.lines().filter(|line| line.starts_with('#')).count();
    let harmless = report::markdown(
        &attacked().await.record,
        &judge(&attacked().await.record, &Plan::builtin().requirements()),
        report::JOB_SUMMARY,
    );
    assert_eq!(headings(&markdown), headings(&harmless), "{markdown}");
    assert!(!markdown.contains("@everyone"), "somebody would be told");
}

#[tokio::test]
async fn the_junit_report_stays_the_xml_that_it_was() {
    let (record, judgement) = judged().await;
    let xml = report::junit(&record, &judgement);
    let read = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    let harmless = report::junit(&attacked().await.record, &judgement);
    let other = quick_junit::Report::deserialize_from_str(&harmless).unwrap();
    assert_eq!(read.tests, other.tests);
    assert!(xml.contains("&lt;img src=x onerror=alert(1)&gt;") && !xml.contains(MARKUP));
}

#[tokio::test]
async fn the_page_has_no_element_that_a_posting_brought() {
    let (record, judgement) = judged().await;
    let page = report::html(&record, &judgement);
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;") && !page.contains(MARKUP));
    assert_eq!(
        page.matches("<script").count(),
        report::html(&attacked().await.record, &judgement)
            .matches("<script")
            .count()
    );
    assert!(!page.contains('\u{1b}'));
}
