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
mod prose;
mod rows;
mod shares;
mod sql;
mod thresholds;
mod tiers;

use facts::Facts;
pub use finding::{Defect, Finding, Related, Severity};

use super::{Document, Plan, lists};

/// Everything that is wrong with a plan, in the order of its text.
pub fn lint(text: &str) -> Vec<Finding> {
    let document = Document::parse(text);
    let (rows, mut found) = rows::read(&document);
    let items = lists::items(&document);
    let facts = Facts::of(text, &document, &rows);
    found.extend(unreadable(text, &found));
    found.extend(facts::front_matter(text, &document));
    found.extend(facts::platform(text, &rows));
    found.extend(tiers::findings(&rows, &facts));
    found.extend(shares::findings(&document, &rows, &items, &facts));
    found.extend(thresholds::findings(&rows, &items, &facts));
    found.extend(criteria::findings(text, &document, &rows, &items));
    found.extend(decisions::holes(&document, &lists::branches(&document)));
    found.extend(sql::findings(&document, &facts));
    found.sort_by_key(|finding| (finding.span.start, finding.defect));
    found
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
    use super::*;

    #[test]
    fn a_plan_that_cannot_be_read_says_why_and_has_its_other_findings() {
        let text = "# Plan\n\n## Must Pass\n\n- Model caching visible\n\n```sql\nSELECT 'a\n```\n";
        let defects: Vec<Defect> = lint(text).iter().map(|finding| finding.defect).collect();
        for defect in [Defect::UnreadablePlan, Defect::NothingToMeasure, Defect::SqlSyntax] {
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
    fn findings_come_in_the_order_of_the_text_and_lie_in_it() {
        let text = "# Ü\n\n```sql\nSELECT 'a\n```\n\n## Must Pass\n\n- Ä\n";
        let found = lint(text);
        assert!(found.is_sorted_by_key(|finding| finding.span.start));
        for finding in &found {
            assert!(text.get(finding.span.clone()).is_some(), "{finding:?}");
        }
    }
}
