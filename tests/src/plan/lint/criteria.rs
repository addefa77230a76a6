//! Criteria that nothing measures, or that cannot fail.

use super::prose::has_words;
use super::rows::TierRow;
use super::{Defect, Finding};
use crate::judge::{self, Criterion};
use crate::plan::binding::bind_row;
use crate::plan::{Document, Item, List, PlanItem};

pub(super) fn findings(
    text: &str,
    document: &Document,
    rows: &[TierRow],
    items: &[PlanItem],
) -> Vec<Finding> {
    let mut found = Vec::new();
    for item in items {
        found.extend(created_together(item));
        found.extend(
            cannot_fail(text, document, item)
                .or_else(|| nothing_to_measure(text, document, rows, item))
                .or_else(|| unbound_item(item)),
        );
    }
    found.extend(rows.iter().filter_map(unbound_row));
    found.extend(unmentioned(rows, items));
    found
}

/// A criterion that says where to look, with neither a figure nor a query that looks there.
fn cannot_fail(text: &str, document: &Document, item: &PlanItem) -> Option<Finding> {
    if !item.figures.is_empty() {
        return None;
    }
    let written = text.get(item.text.span.clone())?;
    let table = written
        .split('`')
        .skip(1)
        .step_by(2)
        .find(|code| is_name(code))?;
    let is_read = document
        .code_blocks()
        .any(|(_, block)| has_words(&block.code, table));
    (!is_read).then(|| {
        Finding::new(
            Defect::CannotFail,
            item.text.span.clone(),
            format!(
                "no query of the plan reads {table}, and nothing says how many rows there may be: where nobody writes to \
                 it, it is empty, and the criterion is met whatever happened"
            ),
            format!("write the query and its figure: SELECT COUNT(*) FROM {table} WHERE batch_id = :batch_id is 0; and say what writes to it"),
        )
    })
}

/// "Both grades created simultaneously": they always are.
fn created_together(item: &PlanItem) -> Option<Finding> {
    let words = [
        "created simultaneously",
        "created together",
        "created at the same time",
        "creation gap",
    ];
    words.iter().any(|words| has_words(&item.text.plain, words)).then(|| {
        Finding::new(
            Defect::CreationIsNotExecution,
            item.text.span.clone(),
            "when two pieces of work were created says nothing about when they were done: one transaction creates both, \
             whatever runs after what",
            "ask whether their execution overlaps",
        )
    })
}

/// A name of a table: words joined by underscores.
fn is_name(code: &str) -> bool {
    code.contains('_')
        && code
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// A criterion in words alone: no figure, no condition on a column, no row of a table.
fn nothing_to_measure(
    text: &str,
    document: &Document,
    rows: &[TierRow],
    item: &PlanItem,
) -> Option<Finding> {
    let written = text.get(item.text.span.clone())?;
    let is_in_rows = rows.iter().any(|row| {
        has_words(&item.text.plain, &row.name.plain)
            || item
                .criterion
                .is_some_and(|criterion| is_about(row, criterion))
    });
    let is_measured = !item.figures.is_empty()
        || written.contains('`')
        || is_in_rows
        || has_parts(document, item);
    (!is_measured).then(|| {
        Finding::new(
            Defect::NothingToMeasure,
            item.text.span.clone(),
            "no figure, no query and no row of a table belongs to this: whoever judges it decides by the day",
            "say what is counted, and from what number on it is met",
        )
    })
}

fn is_about(row: &TierRow, criterion: Criterion) -> bool {
    bind_row(&row.name.plain).is_some_and(|bound| bound.criterion.id == criterion.id)
}

/// Whether the item has a list of its own, which says what it means.
fn has_parts(document: &Document, item: &PlanItem) -> bool {
    let is_it = |other: &&Item| other.text.span == item.text.span;
    document
        .lists()
        .filter_map(|(_, list): (_, &List)| list.items.iter().find(is_it))
        .any(|found| !found.children.is_empty())
}

fn unbound_item(item: &PlanItem) -> Option<Finding> {
    item.criterion.is_none().then(|| {
        Finding::new(
            Defect::UnboundRow,
            item.text.span.clone(),
            "no criterion goes by this name: it is read and not judged",
            ADVICE_FOR_NAMES,
        )
    })
}

fn unbound_row(row: &TierRow) -> Option<Finding> {
    bind_row(&row.name.plain).is_none().then(|| {
        Finding::new(
            Defect::UnboundRow,
            row.name.span.clone(),
            format!(
                "no criterion goes by the name '{}': its tiers are read and not judged",
                row.name.plain
            ),
            ADVICE_FOR_NAMES,
        )
    })
}

const ADVICE_FOR_NAMES: &str = "call it by the name that the verdicts bear";

/// One finding for all criteria that the plan is silent about.
fn unmentioned(rows: &[TierRow], items: &[PlanItem]) -> Option<Finding> {
    let names: Vec<&str> = judge::criteria()
        .filter(|criterion| {
            !rows.iter().any(|row| is_about(row, *criterion))
                && !items
                    .iter()
                    .any(|item| item.criterion.is_some_and(|other| other.id == criterion.id))
        })
        .map(|criterion| criterion.name)
        .collect();
    // The place to mention them is after the last row.
    let last = rows.last()?;
    (!names.is_empty()).then(|| {
        Finding::new(
            Defect::UnmentionedCriteria,
            last.name.span.clone(),
            format!("the plan does not mention {}: judged all the same, by tiers that are not the plan's", names.join(", ")),
            "add a row for each, or name it in a list that says what a miss means",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::lists;

    fn found(text: &str) -> Vec<Defect> {
        let document = Document::parse(text);
        let (rows, _) = super::super::rows::read(&document);
        findings(text, &document, &rows, &lists::items(&document))
            .into_iter()
            .map(|finding| finding.defect)
            .filter(|defect| *defect != Defect::UnmentionedCriteria)
            .collect()
    }

    fn must(item: &str) -> Vec<Defect> {
        found(&format!("## Must Pass\n\n- {item}\n"))
    }

    #[test]
    fn words_alone_measure_nothing() {
        assert_eq!(must("Model caching visible"), [Defect::NothingToMeasure]);
        assert_eq!(must("High quality scores"), [Defect::NothingToMeasure]);
    }

    #[test]
    fn a_figure_a_condition_parts_or_a_row_measure_something() {
        let row = "| Metric | Target | Acceptable | Red flag |\n|---|---|---|---|\n| Skills | 100% | – | <100% |\n\n";
        for text in [
            "## Must Pass\n\n- Skills\n".to_owned() + row,
            "## Must Pass\n\n- All data populated:\n  - `ihl_score` IS NOT NULL\n".to_owned(),
            "## Must Pass\n\n- Total duration <5 hours\n".to_owned(),
            "## Must Pass\n\n- Done: `status = 'completed'`\n".to_owned(),
        ] {
            assert!(!found(&text).contains(&Defect::NothingToMeasure), "{text}");
        }
    }

    #[test]
    fn a_table_that_no_query_reads_fails_nothing() {
        let item = "## Must Pass\n\n- No errors: check `workflow_errors`\n";
        assert_eq!(found(item), [Defect::CannotFail]);
        let with_query = format!("{item}\n```sql\nSELECT COUNT(*) FROM workflow_errors;\n```\n");
        assert!(!found(&with_query).contains(&Defect::CannotFail));
        assert!(!must("0 rows in `workflow_errors`").contains(&Defect::CannotFail));
    }

    #[test]
    fn what_was_created_together_did_not_run_together_by_that() {
        assert!(
            must("Both grades created simultaneously").contains(&Defect::CreationIsNotExecution)
        );
        assert!(
            must("Confirmed (<100ms grade creation gap)").contains(&Defect::CreationIsNotExecution)
        );
        assert!(!must("Both grades run simultaneously").contains(&Defect::CreationIsNotExecution));
    }

    #[test]
    fn a_name_that_no_criterion_has_is_not_judged() {
        let row = |name: &str| {
            found(&format!(
                "| Metric | Target | Acceptable | Red flag |\n|---|---|---|---|\n| {name} | 0 | – | ≥1 |\n"
            ))
        };
        assert_eq!(row("Coffee"), [Defect::UnboundRow]);
        assert_eq!(row("Watchdog interventions"), []);
        assert_eq!(must("Coffee below 5 cups"), [Defect::UnboundRow]);
    }

    #[test]
    fn what_the_plan_is_silent_about_is_one_note_with_all_names() {
        let text = "| Metric | Target | Acceptable | Red flag |\n|---|---|---|---|\n| Watchdog interventions | 0 | – | ≥1 |\n";
        let document = Document::parse(text);
        let (rows, _) = super::super::rows::read(&document);
        let found = findings(text, &document, &rows, &[]);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].message.contains("Total duration"),
            "{}",
            found[0].message
        );
        assert!(!found[0].message.contains("Watchdog interventions"));
    }
}
