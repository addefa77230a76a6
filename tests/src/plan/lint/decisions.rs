//! What a plan advises, and for which outcomes it has no advice.

use super::{Defect, Finding};
use crate::plan::{Block, Branch, Document};

/// Something that a run may turn out to be, with the words by which a case speaks of it.
struct Outcome {
    name: &'static str,
    words: &'static [&'static str],
}

const ALONE: [Outcome; 2] = [
    Outcome {
        name: "the run is invalid, because its evidence contradicts itself",
        words: &["invalid"],
    },
    Outcome {
        name: "a criterion could not be judged, or nothing was measured",
        words: &["judge", "no data", "not measured", "unmeasured", "unknown"],
    },
];

const DURATION: &[&str] = &["performance", "duration", "slow", "fast", "hours"];
const DATA: &[&str] = &["data", "quality", "populated", "empty", "content"];
const FAILURES: &[&str] = &["fail", "completed", "completion"];

/// Two kinds of outcomes that come together in any combination.
const TOGETHER: [(&[&str], &[&str], &str); 2] = [
    (DURATION, DATA, "the duration is good and the data is red"),
    (
        FAILURES,
        DATA,
        "postings failed and the data of the others is red",
    ),
];

/// Words by which a matrix says that its cases have an order: the first that applies is then the only one.
const ORDER: [&str; 4] = ["first that", "in this order", "first case", "first match"];

/// One finding for all situations that no case is about.
pub(super) fn holes(document: &Document, branches: &[Branch]) -> Option<Finding> {
    let first = branches.first()?;
    let mentions = |branch: &Branch, words: &[&str]| {
        let condition = branch.condition.plain.to_lowercase();
        words.iter().any(|word| condition.contains(word))
    };
    let is_ordered = document.blocks.iter().any(|placed| {
        matches!(&placed.block, Block::Paragraph(text) | Block::Heading { text, .. }
            if placed.is_under("decision matrix") && has_order(&text.plain))
    });
    let mut open: Vec<&str> = TOGETHER
        .iter()
        .filter(|(one, other, _)| {
            !is_ordered
                && !branches
                    .iter()
                    .any(|branch| mentions(branch, one) && mentions(branch, other))
        })
        .map(|(_, _, name)| *name)
        .collect();
    open.extend(
        ALONE
            .iter()
            .filter(|outcome| {
                !branches
                    .iter()
                    .any(|branch| mentions(branch, outcome.words))
            })
            .map(|outcome| outcome.name),
    );
    let start = first.condition.span.start;
    (!open.is_empty()).then(|| {
        Finding::new(
            Defect::DecisionHole,
            start..start + first.condition.plain.len(),
            format!(
                "the decision matrix does not say what follows when {}",
                open.join("; when ")
            ),
            "add a case for each, and say that the first that applies counts",
        )
    })
}

fn has_order(text: &str) -> bool {
    let text = text.to_lowercase();
    ORDER.iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::lists;

    fn found(matrix: &str) -> Option<String> {
        let text = format!("## Decision Matrix\n\n{matrix}\n");
        let document = Document::parse(&text);
        holes(&document, &lists::branches(&document)).map(|finding| finding.message)
    }

    const CASES: &str = "If all criteria pass:\n→ go on\n\nIf performance is good but some fail:\n→ look\n\n\
        If performance is poor:\n→ profile\n\nIf there are data quality issues:\n→ fix\n";

    #[test]
    fn outcomes_that_no_case_is_about_are_named() {
        let holes = found(CASES).unwrap();
        for words in [
            "duration is good and the data is red",
            "invalid",
            "could not be judged",
        ] {
            assert!(holes.contains(words), "{words}: {holes}");
        }
    }

    #[test]
    fn a_matrix_with_an_order_and_a_case_for_each_outcome_has_no_hole() {
        let whole = format!(
            "The first that applies counts.\n\nIf the run is invalid:\n→ again\n\n\
             If a must criterion cannot be judged:\n→ measure\n\n{CASES}"
        );
        assert_eq!(found(&whole), None);
        let unordered = whole.replace("The first that applies counts.", "");
        assert!(found(&unordered).unwrap().contains("the data is red"));
    }

    #[test]
    fn a_plan_without_a_matrix_has_no_hole_in_it() {
        assert_eq!(found("Nothing is decided here."), None);
    }
}
