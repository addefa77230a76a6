//! That nothing ran, and why, in the forms in which others expect verdicts: a run that never began must not look like one
//! that nobody asked for.

use maud::{DOCTYPE, html};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::foreign::visible;
use super::markdown::escape::line;

/// As one HTML page.
pub fn not_run_html(plan: &str, why: &str) -> String {
    let plan = visible(plan);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { (plan) ": not run" }
            }
            body {
                h1 { (plan) ": not run" }
                p { "Nothing was begun, and there is nothing to judge." }
                pre { (visible(why)) }
            }
        }
    };
    page.into_string()
}

/// As JUnit XML: one test, which is an error.
pub fn not_run_junit(plan: &str, why: &str) -> String {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    let why = visible(why);
    status.set_type("not_run");
    status.set_message(why.lines().next().unwrap_or_default().to_owned());
    status.set_description(why.clone());
    let mut suite = TestSuite::new("Run");
    suite.add_test_case(TestCase::new("batch_is_at_its_end", status));
    let mut report = Report::new(visible(plan));
    report.add_test_suite(suite);
    // Writing into memory does not fail, and what XML forbids is taken out of every text.
    report.to_string().unwrap_or_default()
}

/// In Markdown.
pub fn not_run_markdown(plan: &str, why: &str) -> String {
    let reasons = why
        .lines()
        .map(|reason| format!("- {}\n", line(reason.trim())));
    format!(
        "## {}: not run\n\nNothing was begun, and there is nothing to judge.\n\n{}",
        line(plan),
        reasons.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHY: &str =
        "not ready:\n    model server: nobody answers at <http://127.0.0.1:1/> & \u{0}";

    #[test]
    fn a_run_that_never_began_is_an_error_in_every_form_with_its_reason() {
        let html = not_run_html("BATCH-50-001", WHY);
        assert!(html.contains("BATCH-50-001: not run"), "{html}");
        assert!(html.contains("&lt;http://127.0.0.1:1/&gt; &amp;"), "{html}");
        let junit = not_run_junit("BATCH-50-001", WHY);
        assert!(
            junit.contains("tests=\"1\"") && junit.contains("errors=\"1\""),
            "{junit}"
        );
        assert!(junit.contains("nobody answers at"), "{junit}");
        let markdown = not_run_markdown("BATCH-50-001", WHY);
        assert!(
            markdown.starts_with("## BATCH-50-001: not run\n"),
            "{markdown}"
        );
        assert!(
            markdown.contains("- not ready:\n- model server: nobody answers"),
            "{markdown}"
        );
        assert!(!markdown.contains("<http"), "{markdown}");
    }
}
