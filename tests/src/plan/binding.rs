//! Which criterion a row or an item of a plan is about: by its name, its id or another name that plans have for it.
//!
//! Names are compared as words, without figures: "<5 watchdog interventions" is about "Watchdog interventions", and
//! "All 50 postings processed" about the same as "All 500 postings processed". Nothing is guessed: a name that is
//! only similar is bound to nothing, for a verdict on something else than what the plan meant is worse than none.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Text, cell::figures};
use crate::judge::{self, Criterion, Unit};

/// A criterion with the unit of what it measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) criterion: Criterion,
    pub(super) unit: Unit,
}

/// The criterion of a row.
pub(super) fn bind_row(name: &str) -> Option<Binding> {
    KNOWN.get(&words(name)).copied()
}

/// Every criterion by the words of each of its names. They are read once: a plan has hundreds of texts.
static KNOWN: LazyLock<BTreeMap<String, Binding>> = LazyLock::new(|| {
    let mut known = BTreeMap::new();
    for (criterion, unit) in judge::measured_in() {
        let names = [criterion.name, criterion.id];
        for name in names.iter().chain(criterion.also) {
            known
                .entry(words(name))
                .or_insert(Binding { criterion, unit });
        }
    }
    known
});

/// The criterion of an item: its whole text is a name, or what stands before a dash or a colon is.
pub(super) fn bind_item(text: &str) -> Option<Binding> {
    let head = [" - ", " – ", " — ", ":"]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min();
    bind_row(text).or_else(|| bind_row(&text[..head?]))
}

/// The words of a name in lower case, without figures, marks and brackets that hold figures.
fn words(name: &str) -> String {
    let bare = without_figures_in_brackets(name);
    let text = Text {
        span: 0..bare.len(),
        plain: bare,
    };
    let (mut kept, mut at) = (String::new(), 0);
    for figure in figures(&text) {
        kept.push_str(&text.plain[at..figure.span.start]);
        kept.push(' ');
        at = figure.span.end;
    }
    kept.push_str(&text.plain[at..]);
    let words: Vec<String> = kept
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join(" ")
}

/// The text with a blank for each bracket that holds a digit, in one go: a line of a plan may be a megabyte of brackets.
fn without_figures_in_brackets(text: &str) -> String {
    let (mut kept, mut rest) = (String::new(), text);
    while let Some((before, bracket)) = rest.split_once('(')
        && let Some((inside, behind)) = bracket.split_once(')')
    {
        kept.push_str(before);
        if inside.contains(|c: char| c.is_ascii_digit()) {
            kept.push(' ');
        } else {
            kept.push_str(&rest[before.len()..rest.len() - behind.len()]);
        }
        rest = behind;
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str) -> Option<&'static str> {
        bind_row(name).map(|bound| bound.criterion.id)
    }

    fn item(text: &str) -> Option<&'static str> {
        bind_item(text).map(|bound| bound.criterion.id)
    }

    #[test]
    fn every_criterion_goes_by_its_name_and_its_id() {
        for criterion in judge::criteria() {
            assert_eq!(row(criterion.name), Some(criterion.id));
            assert_eq!(row(criterion.id), Some(criterion.id));
        }
    }

    #[test]
    fn no_two_criteria_go_by_the_same_name() {
        let mut taken = std::collections::BTreeMap::new();
        for criterion in judge::criteria() {
            let names = [criterion.name, criterion.id];
            for name in names.iter().chain(criterion.also) {
                let owner = taken.entry(words(name)).or_insert(criterion.id);
                assert_eq!(*owner, criterion.id, "both go by '{name}'");
            }
        }
    }

    #[test]
    fn rows_as_the_plan_of_november_2025_names_them_are_bound() {
        for (name, id) in [
            ("Total duration", "total_duration"),
            ("Avg per posting", "average_per_posting"),
            ("Completion rate", "completion_rate"),
            ("Parallel execution", "grade_gap"),
            ("Watchdog interventions", "watchdog_interventions"),
            ("Summary", "summary_completeness"),
            ("Skills", "skills_completeness"),
            ("IHL Score", "ihl_score_completeness"),
            ("IHL Category", "ihl_category_completeness"),
        ] {
            assert_eq!(row(name), Some(id));
        }
    }

    #[test]
    fn items_as_the_plan_of_november_2025_writes_them_are_bound() {
        for (text, id) in [
            (
                "✅ All 50 postings processed - status = 'completed'",
                "postings_completed",
            ),
            (
                "✅ No stuck interactions - Watchdog cleans any >15 min",
                "nothing_unfinished",
            ),
            ("✅ All data populated:", "completed_postings_have_all_data"),
            (
                "✅ Parallel execution working - Both grades created simultaneously",
                "grades_overlap",
            ),
            (
                "✅ No database errors - Check workflow_errors table",
                "no_database_errors",
            ),
            (
                "✅ Performance within range - 3.0 to 5.0 hours total",
                "total_duration",
            ),
            (
                "✅ Average <5 min per posting - Within acceptable bounds",
                "average_per_posting",
            ),
            ("✅ 47+ postings completed (>94%)", "postings_completed"),
            (
                "✅ All completed postings have summary, skills, IHL score",
                "completed_postings_have_all_data",
            ),
            ("✅ Total duration <5 hours", "total_duration"),
            (
                "✅ Parallel execution confirmed (<100ms grade creation gap)",
                "grade_gap",
            ),
            ("✅ <5 watchdog interventions", "watchdog_interventions"),
        ] {
            assert_eq!(item(text), Some(id), "{text}");
        }
    }

    #[test]
    fn what_is_only_similar_is_bound_to_nothing() {
        assert_eq!(row("Summary length"), None);
        assert_eq!(row("Duration"), None);
        assert_eq!(item("Coffee is served - Total duration"), None);
        assert_eq!(row(""), None);
    }
}
