//! A test plan: Markdown with front matter, tables of figures and SQL, written by anybody.

use std::ops::Range;

use batchproof::plan::{Plan, lint};
use batchproof::report;

use super::shown::is_shown_only;

/// Any text is a plan or an error with its place, has findings that lie in it, and can be shown with them.
pub fn holds(bytes: &[u8]) {
    let text = &*String::from_utf8_lossy(bytes);
    match Plan::parse(text) {
        Ok(plan) => {
            plan.requirements();
            assert!(!plan.rows.is_empty(), "a plan without tiers judges nothing");
        }
        Err(error) => {
            lies_in(text, &error.span);
            assert!(error.place.line <= text.split('\n').count(), "{error}");
        }
    }
    let findings = lint::lint(text);
    for finding in &findings {
        lies_in(text, &finding.span);
        for related in &finding.related {
            lies_in(text, &related.span);
        }
    }
    let shown = report::findings("PLAN.md", text, &findings, false);
    assert!(
        findings.is_empty() || shown.contains("PLAN.md"),
        "no finding is shown: {shown}"
    );
    is_shown_only(&shown);
}

fn lies_in(text: &str, span: &Range<usize>) {
    assert!(
        text.get(span.clone()).is_some(),
        "{span:?} is no place in the text of {} bytes",
        text.len()
    );
}
