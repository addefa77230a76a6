//! The lists against each other, and against the tables.

use super::rows::TierRow;
use super::{Defect, Finding};
use crate::judge::{Bound, Unit};
use crate::plan::binding::bind_row;
use crate::plan::{Figure, PlanItem, PlanList};

pub(super) fn findings(rows: &[TierRow], items: &[PlanItem]) -> Vec<Finding> {
    let mut found = listed_twice(items);
    for item in items {
        // What is only nice to have may ask for more than what is accepted.
        if item.list != PlanList::Nice
            && let Some(row) = row_of(rows, item)
        {
            found.extend(against_row(row, item));
        }
    }
    found
}

/// A criterion that is on two lists, which say two things of a miss, or on one of them twice. The declaration may name
/// again what must pass.
fn listed_twice(items: &[PlanItem]) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let Some(criterion) = item.criterion else {
            continue;
        };
        let before = items[..at].iter().find(|before| {
            before.criterion.is_some_and(|it| it.id == criterion.id)
                && (before.list == item.list || weight(before) != weight(item))
        });
        found.extend(before.map(|before| {
            Finding::new(
                Defect::ListedTwice,
                item.text.span.clone(),
                format!(
                    "'{}' is on the lists twice, as a {} here and as a {} before: a miss is judged as the stricter of both",
                    criterion.name,
                    weight(item),
                    weight(before)
                ),
                "name each criterion on one list",
            )
            .beside(before.text.span.clone(), "and here")
        }));
    }
    found
}

fn weight(item: &PlanItem) -> crate::judge::Enforcement {
    item.list.enforcement()
}

fn row_of<'r>(rows: &'r [TierRow], item: &PlanItem) -> Option<&'r TierRow> {
    let criterion = item.criterion?;
    rows.iter().find(|row| {
        bind_row(&row.name.plain).is_some_and(|bound| bound.criterion.id == criterion.id)
    })
}

/// A figure beside a criterion that is none of those in its row.
fn against_row(row: &TierRow, item: &PlanItem) -> Option<Finding> {
    let tiers = [&row.target, &row.acceptable, &row.gap, &row.red];
    let bounds: Vec<Bound> = tiers.into_iter().filter_map(|tier| tier.bound).collect();
    let (figure, said) = item.figures.iter().find_map(|figure| {
        let said = in_unit(figure, row.unit)?;
        (!bounds.iter().any(|bound| agrees(said, *bound))).then_some((figure, said))
    })?;
    let (accepted, span) = row.accepted();
    let asked = accepted?.show(row.unit);
    Some(
        Finding::new(
            Defect::ContradictingThresholds,
            figure.span.clone(),
            format!(
                "'{}' is {} here and {asked} in the table: the table is judged by, and whoever reads the list expects \
                 something else",
                row.name.plain,
                said.show(row.unit)
            ),
            "leave the figure out of the list, or write the table's",
        )
        .beside(span, asked),
    )
}

fn in_unit(figure: &Figure, unit: Unit) -> Option<Bound> {
    let own = figure.unit.unwrap_or(Unit::Count);
    own.convert(1.0, unit)?;
    Some(
        figure
            .bound
            .map(|value| own.convert(value, unit).unwrap_or(value)),
    )
}

/// The same demand; a bare value in a sentence ("at least 98 %") is the limit that it is of.
fn agrees(said: Bound, tier: Bound) -> bool {
    said == tier || matches!(said, Bound::Exactly(value) if tier.values().contains(&value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Document, lists};

    fn found(lists: &str) -> Vec<(Defect, String)> {
        let text = format!(
            "| Metric | Target | Acceptable | Red flag |\n|---|---|---|---|\n| Summary | 100 % | ≥ 98 % | < 95 % |\n\
             | Total duration | ≤ 4 hours | < 5 hours | ≥ 5 hours |\n\n{lists}\n"
        );
        let document = Document::parse(&text);
        let (rows, _) = super::super::rows::read(&document);
        findings(&rows, &lists::items(&document))
            .into_iter()
            .map(|finding| (finding.defect, finding.message))
            .collect()
    }

    fn only(lists: &str, defect: Defect, words: &str) {
        let found = found(lists);
        assert!(
            matches!(found.as_slice(), [(one, message)] if *one == defect && message.contains(words)),
            "{lists}: {found:?}"
        );
    }

    #[test]
    fn a_criterion_on_two_lists_means_two_things() {
        for (one, other) in [
            ("Must Pass", "Should Pass"),
            ("Should Pass", "Nice to Have"),
            ("Should Pass", "Success Declaration"),
            ("Must Pass", "Must Pass"),
        ] {
            only(
                &format!("## {one}\n\n- Summary\n\n## {other}\n\n- Skills\n- Summary\n"),
                Defect::ListedTwice,
                "'Summary'",
            );
        }
    }

    #[test]
    fn a_declaration_may_name_again_what_must_pass() {
        let again = "## Must Pass\n\n- Summary\n\n## Should Pass\n\n- Skills\n\n## Success Declaration\n\n- Summary\n";
        assert_eq!(found(again), []);
    }

    #[test]
    fn a_figure_in_a_list_that_is_not_the_tables_is_found() {
        for item in [
            "Summary: at least 90 %",
            "Summary: > 98 %",
            "Total duration: < 4.5 hours",
            "Total duration: < 290 min",
        ] {
            only(
                &format!("## Should Pass\n\n- {item}\n"),
                Defect::ContradictingThresholds,
                "in the table",
            );
        }
    }

    #[test]
    fn the_tables_own_figure_and_one_of_something_else_are_let_be() {
        for item in [
            "Summary: at least 98 %",
            "Summary: ≥ 98 %, and all of them is the target (100 %)",
            "Total duration: < 300 min",
            "Total duration: of 50 postings",
            "Summary",
        ] {
            assert_eq!(
                found(&format!("## Should Pass\n\n- {item}\n")),
                [],
                "{item}"
            );
        }
        assert_eq!(
            found("## Nice to Have\n\n- Total duration: < 2 hours\n"),
            []
        );
    }
}
