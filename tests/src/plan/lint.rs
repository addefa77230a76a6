//! What is wrong with a written plan, found before it costs a run.
//!
//! Each file looks for the defects of one concern, and a kind of defect that is in a plan several times for one reason
//! is one finding with several places. A finding says where, what is wrong and what to write instead; it claims only
//! what the text itself shows. The rules read the document and not the [`Plan`], so that a plan which cannot be read
//! has its other findings all the same.

mod batch;
mod criteria;
mod decisions;
mod facts;
mod finding;
mod listed;
mod prose;
mod reach;
mod rows;
mod shares;
mod sql;
mod thresholds;
mod tiers;

use facts::Facts;
pub use finding::{Defect, Finding, Related, Severity};

use super::{Document, Plan, PlanItem, Text, figures, lists, matrix};

/// Everything that is wrong with a plan, in the order of its text.
pub fn lint(text: &str) -> Vec<Finding> {
    let document = Document::parse(text);
    let (rows, mut found) = rows::read(&document);
    let items = items(text, &document);
    let facts = Facts::of(text, &document, &rows);
    found.extend(unreadable(text, &found));
    found.extend(facts::front_matter(text, &document));
    found.extend(facts::platform(text, &rows));
    found.extend(tiers::findings(&rows, &facts));
    found.extend(shares::findings(&document, &rows, &items, &facts));
    found.extend(reach::findings(&rows, &facts));
    found.extend(thresholds::findings(&rows, &items, &facts));
    let mut listed = listed::findings(&rows, &items);
    listed.retain(|finding| !is_among(finding, &found));
    found.extend(listed);
    found.extend(criteria::findings(text, &document, &rows, &items));
    found.extend(decisions::findings(
        text,
        &document,
        &matrix::branches(&document),
    ));
    found.extend(sql::findings(&document, &facts));
    found.sort_by_key(|finding| (finding.span.start, finding.defect));
    found
}

/// The items of the plan's lists. With emphasis in an item it is only roughly known where its figures stand, so they are
/// read once more from the text as written; where that finds others, the rough places have to do.
fn items(text: &str, document: &Document) -> Vec<PlanItem> {
    let mut items = lists::items(document);
    for item in &mut items {
        let written = Text {
            plain: text
                .get(item.text.span.clone())
                .unwrap_or_default()
                .to_owned(),
            span: item.text.span.clone(),
        };
        let placed = figures(&written);
        let is_same = placed.len() == item.figures.len()
            && placed
                .iter()
                .zip(&item.figures)
                .all(|(a, b)| a.bound == b.bound && a.unit == b.unit);
        if is_same {
            item.figures = placed;
        }
    }
    items
}

/// Whether what a finding underlines is one of the places of another of its kind.
fn is_among(finding: &Finding, known: &[Finding]) -> bool {
    known.iter().any(|other| {
        let beside = other.related.iter().map(|related| &related.span);
        other.defect == finding.defect
            && std::iter::once(&other.span)
                .chain(beside)
                .any(|span| *span == finding.span)
    })
}

/// Why the plan cannot be judged by, unless a cell that was found already is the reason.
fn unreadable(text: &str, known: &[Finding]) -> Option<Finding> {
    let error = Plan::parse(text).err()?;
    let is_known = known
        .iter()
        .any(|finding| finding.span.contains(&error.span.start) || finding.span == error.span);
    (!is_known).then(|| {
        Finding::new(
            Defect::UnreadablePlan,
            error.span,
            format!("no run can be judged by this plan: {}", error.what),
            "mend this first; the other findings are made as far as the text can be understood",
        )
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plan_that_cannot_be_read_says_why_and_has_its_other_findings() {
        let text = "# Plan\n\n## Must Pass\n\n- Model caching visible\n\n```sql\nSELECT 'a\n```\n";
        let defects: Vec<Defect> = lint(text).iter().map(|finding| finding.defect).collect();
        for defect in [
            Defect::UnreadablePlan,
            Defect::NothingToMeasure,
            Defect::SqlSyntax,
        ] {
            assert!(defects.contains(&defect), "{defect}: {defects:?}");
        }
    }

    #[test]
    fn a_cell_that_makes_a_plan_unreadable_is_one_finding() {
        let text = "+++\nid = \"A\"\nworkflow = 1\nbatch_size = 50\n+++\n\n\
            | Metric | Target | Acceptable | Red flag |\n|---|---|---|---|\n| Total duration | soon | – | > 5 h |\n";
        let defects: Vec<Defect> = lint(text).iter().map(|finding| finding.defect).collect();
        assert!(defects.contains(&Defect::UnreadableCell), "{defects:?}");
        assert!(!defects.contains(&Defect::UnreadablePlan), "{defects:?}");
    }

    #[test]
    fn a_figure_in_emphasis_is_underlined_and_not_its_whole_sentence() {
        let text = "All 50 postings.\n\n## Must Pass\n\n- **<5% failures** - max 2-3\n";
        let found = lint(text);
        let finding = found
            .iter()
            .find(|finding| finding.defect == Defect::CountAgainstShare)
            .unwrap();
        assert_eq!(&text[finding.span.clone()], "<5%");
    }

    #[test]
    fn the_plans_that_come_with_the_program_have_no_findings() {
        for text in [fixtures::plans::BATCH_50, fixtures::plans::BATCH_500] {
            assert_eq!(lint(text), []);
        }
    }

    #[test]
    fn findings_come_in_the_order_of_the_text_and_lie_in_it() {
        let text = "# Ü\n\n```sql\nSELECT 'a\n```\n\n## Must Pass\n\n- Ä\n";
        let found = lint(text);
        assert!(found.is_sorted_by_key(|finding| finding.span.start));
        for finding in &found {
            assert!(text.get(finding.span.clone()).is_some(), "{finding:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_lint_and_every_place_lies_in_the_text(
            before in "[-# |>0-9%a-zé\n\r]{0,60}",
            sql in "[SELECTFROMWHRJIN a-z0-9().,;'*/<>={}$%ü\n\r-]{0,80}",
            indent in prop::sample::select(vec!["", "> ", "   ", "- "]),
        ) {
            let text = format!(
                "{before}\n\n{indent}```sql\n{indent}SELECT {sql}\n{indent}```\n\n```bash\n./q.sh \"SELECT {sql}{before}\"\n```\n"
            );
            for finding in lint(&text) {
                prop_assert!(text.get(finding.span.clone()).is_some(), "{finding:?}");
                for related in &finding.related {
                    prop_assert!(text.get(related.span.clone()).is_some(), "{related:?}");
                }
            }
        }
    }
}
