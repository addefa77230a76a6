//! Findings in a plan, each with its line of the plan, the text underlined, and what to write instead.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::foreign::visible;
use crate::plan::lint::{Finding, Related, Severity};

/// Shows findings to a person. `path` is what the plan is called, `text` all of it.
pub fn findings(path: &str, text: &str, findings: &[Finding], in_colour: bool) -> String {
    let renderer = if in_colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.decor_style(DecorStyle::Unicode).term_width(WIDTH);
    let shown = findings.iter().map(|finding| {
        let mut shown = renderer.render(&group(path, text, finding));
        shown.push_str("\n\n");
        // The renderer has pictures for the other characters that steer a terminal, and uses them for its colours.
        shown.replace(|letter| matches!(letter, '\u{80}'..='\u{9f}'), "\u{fffd}")
    });
    shown.collect()
}

/// How many of each severity, in words.
pub fn count(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "no findings".to_owned();
    }
    let of = |severity: Severity, one: &str| {
        let number = findings
            .iter()
            .filter(|finding| finding.severity() == severity)
            .count();
        match number {
            0 => None,
            1 => Some(format!("1 {one}")),
            _ => Some(format!("{number} {one}s")),
        }
    };
    let parts = [
        of(Severity::Error, "error"),
        of(Severity::Warning, "warning"),
        of(Severity::Note, "note"),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let total = match findings.len() {
        1 => "1 finding".to_owned(),
        number => format!("{number} findings"),
    };
    format!("{total}: {}", parts.join(", "))
}

/// One line for whoever is about to run or judge by a plan with findings; nothing for one without.
pub fn findings_in_short(path: &str, findings: &[Finding]) -> Option<String> {
    (!findings.is_empty()).then(|| {
        format!(
            "{path} has {}: see batchproof plan check {path}",
            count(findings)
        )
    })
}

const WIDTH: usize = 120;

fn group<'t>(path: &'t str, text: &'t str, finding: &'t Finding) -> [Group<'t>; 1] {
    let level = match finding.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let (own, others): (Vec<&Related>, Vec<&Related>) = finding
        .related
        .iter()
        .partition(|related| related.span == finding.span);
    let primary = AnnotationKind::Primary
        .span(first_line(text, &finding.span))
        .label(own.first().map(|related| related.label.as_str()));
    let others = others.into_iter().map(|related| {
        AnnotationKind::Context
            .span(first_line(text, &related.span))
            .label(&related.label)
    });
    let snippet = Snippet::source(text)
        .path(path)
        .annotation(primary)
        .annotations(others);
    [level
        .primary_title(visible(&finding.message))
        .id(finding.defect.id())
        .element(snippet)
        // A message, unlike a title, is shown as it is.
        .element(Level::HELP.message(visible(&finding.advice)))]
}

/// What to underline: a place that goes on over many lines is shown by its first.
fn first_line(text: &str, span: &Range<usize>) -> Range<usize> {
    let end = text
        .get(span.clone())
        .and_then(|part| part.find('\n'))
        .map_or(span.end, |length| span.start + length);
    span.start..end
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::lint::lint;

    const PLAN: &str = "\
+++
id = \"T\"
workflow = 3001
batch_size = 50
+++

# Plan

| Metric | Target | Acceptable | Red flag |
|---|---|---|---|
| Watchdog interventions | 0 | <5 | >10 |

```sql
SELECT COUNT(*) FROM workflow_runs
WHERE started_at > NOW() - interval '6 hours';

SELECT COUNT(*) FROM postings
WHERE created_at > NOW() - interval '1 hour';
```
";

    fn shown() -> String {
        let found: Vec<Finding> = lint(PLAN)
            .into_iter()
            .filter(|finding| finding.severity() > Severity::Note)
            .collect();
        format!(
            "{}{}",
            findings("plan.md", PLAN, &found, false),
            count(&found)
        )
    }

    #[test]
    fn a_finding_shows_the_line_what_is_wrong_and_what_to_write() {
        insta::assert_snapshot!(shown());
    }

    #[test]
    fn colour_is_for_terminals() {
        let found = lint(PLAN);
        assert!(findings("plan.md", PLAN, &found, true).contains('\u{1b}'));
        assert!(!findings("plan.md", PLAN, &found, false).contains('\u{1b}'));
    }

    #[test]
    fn a_run_by_a_plan_with_findings_says_where_to_see_them() {
        let line = findings_in_short("plan.md", &lint(PLAN)).unwrap();
        assert!(line.starts_with("plan.md has "), "{line}");
        assert!(line.ends_with("batchproof plan check plan.md"), "{line}");
        assert_eq!(findings_in_short("plan.md", &[]), None);
    }

    #[test]
    fn findings_are_counted_by_how_bad_they_are() {
        let found = lint(PLAN);
        let (error, warning): (Vec<_>, Vec<_>) = found
            .into_iter()
            .filter(|finding| finding.severity() > Severity::Note)
            .partition(|finding| finding.severity() == Severity::Error);
        assert_eq!(count(&[]), "no findings");
        assert_eq!(count(&error[..1]), "1 finding: 1 error");
        let both = [&error[..1], &warning[..1], &warning[..1]].concat();
        assert_eq!(count(&both), "3 findings: 1 error, 2 warnings");
    }

    proptest! {
        #[test]
        fn whatever_is_found_can_be_shown(text in "[-# |>0-9%a-zé`'\"\t\n\r\0\x1b\u{9b}\u{202e}]{0,120}") {
            let text = format!("{text}\n\n```sql\nSELECT é {text}\n```");
            let found = lint(&text);
            let shown = findings("plan.md", &text, &found, false);
            prop_assert_eq!(shown.matches("╰ help: ").count(), found.len(), "{}", shown);
            let steers = |it: char| it == '\u{202e}' || (it.is_control() && it != '\n');
            prop_assert_eq!(shown.chars().find(|it| steers(*it)), None, "{:?}", shown);
        }
    }
}
