//! What a plan advises, and for which outcomes it has no advice.

use std::ops::Range;

use super::{Defect, Finding};
use crate::judge;
use crate::plan::{Block, Branch, Case, Document, Missed};

/// What a matrix has to have a case for. That the next batch would take too long it may leave to the program.
const OWED: [Case; 6] = [
    Case::DataQuality,
    Case::Failures,
    Case::Performance,
    Case::AllMet,
    Case::Invalid,
    Case::NotJudged,
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

pub(super) fn findings(text: &str, document: &Document, branches: &[Branch]) -> Vec<Finding> {
    let mut found: Vec<Finding> = holes(text, document, branches).into_iter().collect();
    found.extend(unbound_names(text, branches));
    for branch in branches {
        match branch.case {
            Some(case) => found.extend(decided_elsewhere(text, branch, case)),
            None => found.push(unbound(text, branch)),
        }
    }
    found
}

/// One finding for all situations that no case is about.
fn holes(text: &str, document: &Document, branches: &[Branch]) -> Option<Finding> {
    let first = branches.first()?;
    let mut open = never_together(document, branches);
    open.extend(
        OWED.into_iter()
            .filter(|owed| !branches.iter().any(|branch| branch.case == Some(*owed)))
            .map(|owed| owed.meaning().to_owned()),
    );
    open.extend(unnamed(branches));
    (!open.is_empty()).then(|| {
        Finding::new(
            Defect::DecisionHole,
            place(text, first, &first.condition.plain),
            format!(
                "the decision matrix does not say what follows when {}",
                open.join("; when ")
            ),
            "add a case for each, and say that the first that applies counts",
        )
    })
}

/// What comes together where no order says which case goes before the other.
fn never_together(document: &Document, branches: &[Branch]) -> Vec<String> {
    let is_ordered = document.blocks.iter().any(|placed| {
        matches!(&placed.block, Block::Paragraph(text) | Block::Heading { text, .. }
            if placed.is_under("decision matrix") && has_order(&text.plain))
    });
    let mentions = |branch: &Branch, words: &[&str]| {
        let condition = branch.condition.plain.to_lowercase();
        words.iter().any(|word| condition.contains(word))
    };
    let is_open = |one: &[&str], other: &[&str]| {
        !branches
            .iter()
            .any(|branch| mentions(branch, one) && mentions(branch, other))
    };
    TOGETHER
        .iter()
        .filter(|(one, other, _)| !is_ordered && is_open(one, other))
        .map(|(_, _, name)| (*name).to_owned())
        .collect()
}

/// The criteria that a matrix which names what is missed does not name. What a name means that is not known, nobody
/// can tell: then nothing is claimed.
fn unnamed(branches: &[Branch]) -> Option<String> {
    let missed = branches.iter().flat_map(|branch| &branch.missed);
    if missed.clone().any(|missed| missed.criteria.is_empty()) {
        return None;
    }
    let named: Vec<&str> = missed
        .flat_map(|missed| &missed.criteria)
        .map(|criterion| criterion.id)
        .collect();
    let left: Vec<&str> = judge::criteria()
        .filter(|criterion| !named.contains(&criterion.id))
        .map(|criterion| criterion.name)
        .collect();
    (!named.is_empty() && !left.is_empty()).then(|| format!("this is missed: {}", left.join(", ")))
}

/// A case that is about nothing that a run can turn out to be.
fn unbound(text: &str, branch: &Branch) -> Finding {
    let known: Vec<&str> = Case::all().map(Case::meaning).collect();
    Finding::new(
        Defect::UnboundCase,
        place(text, branch, &branch.condition.plain),
        "no run is ever found to be this: the advice is read and never given",
        format!("say when it holds: {}", known.join("; ")),
    )
}

/// One finding for all names that are none.
fn unbound_names(text: &str, branches: &[Branch]) -> Option<Finding> {
    let mut unknown = branches.iter().flat_map(|branch| {
        let names = branch.missed.iter();
        names
            .filter(|missed| missed.criteria.is_empty())
            .map(|missed| (missed.name.as_str(), place(text, branch, &missed.name)))
    });
    let (name, span) = unknown.next()?;
    let finding = Finding::new(
        Defect::UnboundCase,
        span,
        format!("no verdict stands under a heading '{name}', and no criterion goes by this name"),
        "name headings and criteria as the verdicts do, with commas between them",
    );
    Some(unknown.fold(finding, |finding, (name, span)| {
        finding.beside(span, format!("nor '{name}'"))
    }))
}

/// Names in a case whose miss is decided as another.
fn decided_elsewhere(text: &str, branch: &Branch, case: Case) -> Vec<Finding> {
    let decided = |missed: &Missed| {
        let cases = missed.criteria.iter().filter_map(|it| decided_as(it.id));
        cases.into_iter().find(|decided| *decided != case)
    };
    let named = branch.missed.iter();
    named
        .filter_map(|missed| Some((missed, decided(missed)?)))
        .map(|(missed, decided)| {
            Finding::new(
                Defect::DecisionElsewhere,
                place(text, branch, &missed.name),
                format!(
                    "a miss of this is decided as the case in which {}: what is advised here is not said of it",
                    decided.meaning()
                ),
                format!("name it in the case in which {}", decided.meaning()),
            )
        })
        .collect()
}

/// The case that the decision makes of a miss.
fn decided_as(criterion: &str) -> Option<Case> {
    let (_, step) = judge::next_steps().find(|(known, _)| known.id == criterion)?;
    Case::all().find(|case| case.actions().contains(&step))
}

/// Where words of a condition stand in the text; the whole condition where emphasis lies between them.
fn place(text: &str, branch: &Branch, words: &str) -> Range<usize> {
    let whole = branch.condition.span.clone();
    let written = text.get(whole.clone()).unwrap_or_default();
    written.find(words).map_or(whole.clone(), |at| {
        let start = whole.start + at;
        start..start + words.len()
    })
}

fn has_order(text: &str) -> bool {
    let text = text.to_lowercase();
    ORDER.iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::matrix;

    fn found(matrix: &str) -> Vec<(Defect, String)> {
        let text = format!("## Decision Matrix\n\n{matrix}\n");
        let document = Document::parse(&text);
        findings(&text, &document, &matrix::branches(&document))
            .into_iter()
            .map(|finding| (finding.defect, finding.message))
            .collect()
    }

    const CASES: &str = "If all criteria pass:\n→ go on\n\nIf performance is good but some fail:\n→ look\n\n\
        If performance is poor:\n→ profile\n\nIf there are data quality issues:\n→ fix\n";

    fn whole() -> String {
        format!(
            "The first that applies counts.\n\nIf the run is invalid:\n→ again\n\n\
             If a must criterion cannot be judged:\n→ measure\n\n{CASES}"
        )
    }

    fn only(matrix: &str, defect: Defect, words: &str) {
        let found = found(matrix);
        assert!(
            matches!(found.as_slice(), [(one, message)] if *one == defect && message.contains(words)),
            "{found:?}"
        );
    }

    #[test]
    fn outcomes_that_no_case_is_about_are_named() {
        for words in [
            "duration is good and the data is red",
            "invalid",
            "could not be judged",
        ] {
            only(CASES, Defect::DecisionHole, words);
        }
    }

    #[test]
    fn a_matrix_with_an_order_and_a_case_for_each_outcome_has_no_hole() {
        assert_eq!(found(&whole()), []);
        let unordered = whole().replace("The first that applies counts.", "");
        only(&unordered, Defect::DecisionHole, "the data is red");
    }

    #[test]
    fn an_order_stands_in_for_no_case_that_is_left_out() {
        for (case, words) in [
            (
                "If there are data quality issues:\n→ fix\n",
                "the data is missing or wrong",
            ),
            (
                "If performance is good but some fail:\n→ look\n",
                "postings failed",
            ),
            (
                "If performance is poor:\n→ profile\n",
                "the performance is poor",
            ),
            ("If all criteria pass:\n→ go on\n", "all criteria are met"),
        ] {
            only(&whole().replace(case, ""), Defect::DecisionHole, words);
        }
    }

    #[test]
    fn a_case_that_no_run_can_be_advises_nobody() {
        let moon = format!("{}\nIf the moon is full:\n→ wait\n", whole());
        only(&moon, Defect::UnboundCase, "never given");
        let slow = format!("{}\nIf it was slow in the night:\n→ wait\n", whole());
        assert_eq!(found(&slow), []);
    }

    #[test]
    fn what_is_missed_is_named_where_the_decision_looks_for_it() {
        let named = whole()
            .replace(
                "issues:",
                "issues (data, content, bookkeeping, postings missed):",
            )
            .replace(
                "some fail:",
                "some fail (completion or stability missed, data good):",
            )
            .replace("is poor:", "is poor (performance, parallelism missed):");
        assert_eq!(found(&named), []);
        let moved = named
            .replace("content, bookkeeping,", "content,")
            .replace("or stability", "or stability or bookkeeping");
        only(
            &moved,
            Defect::DecisionElsewhere,
            "the data is missing or wrong",
        );
        let dropped = named.replace(", parallelism", "");
        only(&dropped, Defect::DecisionHole, "Gap between the grades");
        let unknown = named.replace(", parallelism", ", parallelism, coffee");
        only(&unknown, Defect::UnboundCase, "'coffee'");
        let unknowns = unknown.replace("stability", "tea");
        only(&unknowns, Defect::UnboundCase, "'tea'");
    }

    #[test]
    fn a_plan_without_a_matrix_has_no_hole_in_it() {
        assert_eq!(found("Nothing is decided here."), []);
    }
}
