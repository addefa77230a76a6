//! The same thing asked for in several places: a table, the lists, the declaration.

use std::ops::Range;

use super::batch::{self, is_ceiling, is_floor};
use super::prose::has_words;
use super::rows::TierRow;
use super::{Defect, Facts, Finding};
use crate::judge::{Bound, Unit};
use crate::plan::{PlanItem, PlanList};

pub(super) fn findings(rows: &[TierRow], items: &[PlanItem], facts: &Facts) -> Vec<Finding> {
    let mut found: Vec<Finding> = TOPICS
        .iter()
        .filter_map(|topic| contradiction(topic.name, &topic.demands(rows, items)))
        .collect();
    if let Some(size) = facts.batch_size {
        found.extend(contradiction(
            "completed postings",
            &completed(rows, items, size),
        ));
    }
    found.extend(must_with_slack(rows, items));
    found
}

/// Something that plans put limits to, in several places and several words.
struct Topic {
    name: &'static str,
    unit: Unit,
    /// All the words of one of these stand in a text about it.
    words: &'static [&'static [&'static str]],
}

const TOPICS: [Topic; 4] = [
    Topic {
        name: "total duration",
        unit: Unit::Seconds,
        words: &[&["total duration"], &["hours total"]],
    },
    Topic {
        name: "time per posting",
        unit: Unit::Seconds,
        words: &[
            &["average", "per posting"],
            &["avg per posting"],
            &["time per posting"],
        ],
    },
    Topic {
        name: "gap between the grades",
        unit: Unit::Milliseconds,
        words: &[
            &["parallel execution"],
            &["gap", "grade"],
            &["gap", "grades"],
        ],
    },
    Topic {
        name: "watchdog interventions",
        unit: Unit::Count,
        words: &[&["watchdog interventions"]],
    },
];

/// A limit in one place.
struct Demand {
    span: Range<usize>,
    label: String,
    least: Option<Edge>,
    most: Option<Edge>,
}

/// A limit's value, and whether it is itself within the limit.
#[derive(Clone, Copy, PartialEq)]
struct Edge {
    value: f64,
    included: bool,
}

impl Topic {
    fn is_in(&self, text: &str) -> bool {
        let all = |words: &&[&str]| words.iter().all(|words| has_words(text, words));
        self.words.iter().any(all)
    }

    fn demands(&self, rows: &[TierRow], items: &[PlanItem]) -> Vec<Demand> {
        let mut demands = Vec::new();
        for row in rows.iter().filter(|row| self.is_in(&row.name.plain)) {
            let (bound, span) = row.accepted();
            demands.extend(bound.and_then(|bound| self.demand(bound, row.unit, span)));
        }
        for item in items
            .iter()
            .filter(|item| counts(item) && self.is_in(&item.text.plain))
        {
            for figure in &item.figures {
                let unit = figure.unit.unwrap_or(Unit::Count);
                demands.extend(self.demand(figure.bound, unit, figure.span.clone()));
            }
        }
        demands
    }

    fn demand(&self, bound: Bound, unit: Unit, span: Range<usize>) -> Option<Demand> {
        unit.convert(1.0, self.unit)?;
        let edge = |value: f64, included| {
            Some(Edge {
                value: unit.convert(value, self.unit)?,
                included,
            })
        };
        let (least, most) = match bound {
            Bound::AtMost(value) => (None, edge(value, true)),
            Bound::Below(value) => (None, edge(value, false)),
            Bound::Between(least, most) => (edge(least, true), edge(most, true)),
            _ => return None,
        };
        Some(Demand {
            span,
            label: bound.show(unit),
            least,
            most,
        })
    }
}

/// Whether a miss of an item means anything.
fn counts(item: &PlanItem) -> bool {
    item.list != PlanList::Nice
}

/// How many postings have to be completed, by each place that says so.
fn completed(rows: &[TierRow], items: &[PlanItem], size: f64) -> Vec<Demand> {
    let demand = |count: f64, span: Range<usize>| Demand {
        span,
        label: format!("{count} of {size}"),
        least: Some(Edge {
            value: count,
            included: true,
        }),
        most: None,
    };
    let mut demands = Vec::new();
    for row in rows {
        let (bound, span) = row.accepted();
        let count = bound.and_then(|bound| asked(&row.name.plain, bound, row.unit, size));
        demands.extend(count.map(|count| demand(count, span)));
    }
    for item in items.iter().filter(|item| counts(item)) {
        for figure in &item.figures {
            let unit = figure.unit.unwrap_or(Unit::Count);
            let count = asked(&item.text.plain, figure.bound, unit, size);
            demands.extend(count.map(|count| demand(count, figure.span.clone())));
        }
    }
    demands
}

/// How many postings have to be completed by a bound that stands under some name.
fn asked(name: &str, bound: Bound, unit: Unit, size: f64) -> Option<f64> {
    if has_words(name, "failure rate") {
        allowed_failures(bound, unit, size).map(|failures| size - failures)
    } else if is_completion(name) {
        needed(bound, unit, size)
    } else {
        None
    }
}

fn is_completion(text: &str) -> bool {
    [
        "postings completed",
        "postings processed",
        "completion rate",
        "completion",
    ]
    .iter()
    .any(|words| has_words(text, words))
}

fn needed(bound: Bound, unit: Unit, size: f64) -> Option<f64> {
    match (bound, unit) {
        (Bound::AtLeast(count) | Bound::Exactly(count), Unit::Count) if count <= size => {
            Some(count)
        }
        (Bound::Exactly(_), Unit::Percent) => batch::least(bound, size),
        (_, Unit::Percent) if is_floor(bound) => batch::least(bound, size),
        _ => None,
    }
}

fn allowed_failures(bound: Bound, unit: Unit, size: f64) -> Option<f64> {
    match (bound, unit) {
        (bound, Unit::Percent) if is_ceiling(bound) => batch::most(bound, size),
        (Bound::AtMost(most) | Bound::Exactly(most) | Bound::Between(_, most), Unit::Count) => {
            Some(most)
        }
        (Bound::Below(most), Unit::Count) => Some(most - 1.0),
        _ => None,
    }
}

/// One finding for all places, where not all of them mean the same.
fn contradiction(topic: &str, demands: &[Demand]) -> Option<Finding> {
    let differ = |edge: fn(&Demand) -> Option<Edge>| {
        let mut edges = demands.iter().filter_map(edge);
        edges
            .next()
            .is_some_and(|first| edges.any(|other| other != first))
    };
    if !differ(|demand| demand.least) && !differ(|demand| demand.most) {
        return None;
    }
    let first = demands.first()?;
    let mut ways: Vec<&str> = Vec::new();
    for demand in demands {
        if !ways.contains(&demand.label.as_str()) {
            ways.push(&demand.label);
        }
    }
    let finding = Finding::new(
        Defect::ContradictingThresholds,
        first.span.clone(),
        format!(
            "{topic}: the plan sets several limits, {}, and a run can keep to one and miss another",
            ways.join(", ")
        ),
        "set the limit in the table, and let the lists name it without a figure or with the same",
    );
    Some(demands.iter().fold(finding, |finding, demand| {
        finding.beside(demand.span.clone(), demand.label.clone())
    }))
}

/// "No stuck interactions" must pass, and fewer than five are acceptable.
fn must_with_slack(rows: &[TierRow], items: &[PlanItem]) -> Option<Finding> {
    let is_about = |text: &str| has_words(text, "watchdog") || has_words(text, "stuck");
    let never = items.iter().find(|item| {
        let forbids = ["no", "zero", "0"]
            .iter()
            .any(|word| starts_with_word(&item.text.plain, word));
        item.list == PlanList::Must && forbids && is_about(&item.text.plain)
    })?;
    let slack = |bound: Bound| match bound {
        Bound::AtMost(most) | Bound::Between(_, most) => most > 0.0,
        Bound::Below(most) => most > 1.0,
        _ => false,
    };
    let in_rows = rows
        .iter()
        .filter(|row| row.unit == Unit::Count && is_about(&row.name.plain))
        .filter_map(|row| {
            let bound = row.acceptable.bound.filter(|bound| slack(*bound))?;
            Some((row.acceptable.span.clone(), bound))
        });
    let in_items = items
        .iter()
        .filter(|item| counts(item) && is_about(&item.text.plain))
        .flat_map(|item| {
            item.figures
                .iter()
                .filter(|figure| {
                    matches!(figure.unit, None | Some(Unit::Count)) && slack(figure.bound)
                })
                .map(|figure| (figure.span.clone(), figure.bound))
        });
    let mut places = in_rows.chain(in_items).peekable();
    places.peek()?;
    let finding = Finding::new(
        Defect::MustWithSlack,
        never.text.span.clone(),
        "none at all is a condition here, and elsewhere some are accepted",
        "ask for one of them, or say what the condition is about that the tier is not: nothing may be left unfinished, \
         and few may have been ended by the watchdog",
    );
    Some(places.fold(finding, |finding, (span, bound)| {
        finding.beside(span, format!("accepts {}", bound.show(Unit::Count)))
    }))
}

/// Whether the first word of a text, after marks such as ✅, is this one.
fn starts_with_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric())
        .find(|part| !part.is_empty())
        .is_some_and(|first| first.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Document, lists};

    fn found(row: &str, must: &str, declared: &str) -> Vec<(Defect, String)> {
        let text = format!(
            "| Metric | Target | Acceptable | Red flag |\n|---|---|---|---|\n| {row} |\n\n\
             ## Must Pass\n\n- {must}\n\n## Success Declaration\n\n- {declared}\n"
        );
        let document = Document::parse(&text);
        let (rows, _) = super::super::rows::read(&document);
        let facts = Facts {
            batch_size: Some(50.0),
            worst_case_seconds: None,
        };
        findings(&rows, &lists::items(&document), &facts)
            .into_iter()
            .map(|finding| (finding.defect, finding.message))
            .collect()
    }

    fn contradicts(row: &str, must: &str, declared: &str, ways: &str) {
        let found = found(row, must, declared);
        assert!(
            matches!(found.as_slice(), [(Defect::ContradictingThresholds, message)] if message.contains(ways)),
            "{found:?}"
        );
    }

    #[test]
    fn completion_that_is_asked_for_in_three_ways_is_found() {
        contradicts(
            "Completion rate | 100% | >95% | <90%",
            "All 50 postings processed",
            "47+ postings completed",
            "48 of 50, 50 of 50, 47 of 50",
        );
        contradicts(
            "Completion rate | 100% | >95% | <90%",
            "Parts",
            "<5% failure rate - max 2-3 failures",
            "48 of 50, 47 of 50",
        );
    }

    #[test]
    fn the_same_said_in_counts_and_shares_is_no_contradiction() {
        assert_eq!(
            found(
                "Completion rate | 100% | >95% | <90%",
                "48+ postings processed",
                "≥96% postings completed"
            ),
            []
        );
        assert_eq!(
            found(
                "Completion rate | 100% | >95% | <90%",
                "All completed",
                "<5% failure rate"
            ),
            []
        );
    }

    #[test]
    fn times_are_compared_across_units_and_at_their_ends() {
        let mean = "Avg per posting | ≤ 260s | 180s - 300s | >300s";
        contradicts(
            mean,
            "Average <5 min per posting",
            "Parts",
            "180 – 300 s, < 5 min",
        );
        assert_eq!(found(mean, "Average ≤5 min per posting", "Parts"), []);
        let gap = "Parallel execution | <100ms gap | <500ms | >1000ms";
        contradicts(
            gap,
            "Parts",
            "Parallel execution confirmed (<100ms gap)",
            "< 500 ms, < 100 ms",
        );
        assert_eq!(
            found(gap, "Parts", "Parallel execution confirmed (<500ms gap)"),
            []
        );
    }

    #[test]
    fn limits_of_other_things_are_let_be() {
        let total = "Total duration | ≤ 3 h | ≤ 5 h | >5 h";
        for other in [
            "Fetch duration ≤ 15 min",
            "Average wait < 10 s",
            "Gap between batches < 1 s",
        ] {
            assert_eq!(found(total, other, "Parts"), [], "{other}");
        }
        let rate = "Failure rate | 0% | <5% | ≥5%";
        assert_eq!(
            found(
                rate,
                "Not more than 3 retries after failures",
                "48+ postings completed"
            ),
            []
        );
        contradicts(
            rate,
            "Parts",
            "47+ postings completed",
            "48 of 50, 47 of 50",
        );
    }

    #[test]
    fn what_is_only_nice_to_have_contradicts_nothing() {
        let text = "| Metric | Target | Acceptable | Red flag |\n|---|---|---|---|\n\
                    | Total duration | ≤ 3 h | ≤ 5 h | >5 h |\n\n## Nice to Have\n\n- Total duration < 2 hours\n";
        let document = Document::parse(text);
        let (rows, _) = super::super::rows::read(&document);
        let facts = Facts {
            batch_size: None,
            worst_case_seconds: None,
        };
        assert_eq!(findings(&rows, &lists::items(&document), &facts), []);
    }

    #[test]
    fn none_at_all_and_fewer_than_five_are_not_both_meant() {
        let watchdog = "Watchdog interventions | 0 | <5 | ≥5";
        let defects: Vec<Defect> = found(
            watchdog,
            "✅ No stuck interactions",
            "<5 watchdog interventions",
        )
        .into_iter()
        .map(|(defect, _)| defect)
        .collect();
        assert_eq!(defects, [Defect::MustWithSlack]);
        assert_eq!(
            found(watchdog, "Nothing unfinished", "<5 watchdog interventions"),
            []
        );
        assert_eq!(
            found(
                "Watchdog interventions | 0 | – | ≥1",
                "No stuck interactions",
                "Parts"
            ),
            []
        );
    }
}
