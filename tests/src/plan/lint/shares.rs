//! Shares against the size of the batch: what it can express, and what it can prove.

use super::batch::{is_ceiling, is_floor, least, most};
use super::rows::TierRow;
use super::{Defect, Facts, Finding, prose};
use crate::judge::statistics::{fewest_tries, proven_at_least};
use crate::judge::{Bound, Unit};
use crate::plan::{Document, Figure, PlanItem};

pub(super) fn findings(
    document: &Document,
    rows: &[TierRow],
    items: &[PlanItem],
    facts: &Facts,
) -> Vec<Finding> {
    let Some(size) = facts.batch_size else {
        return Vec::new();
    };
    let mut found: Vec<Finding> = items
        .iter()
        .filter_map(|item| against_count(item, size))
        .collect();
    found.extend(beyond_batch(rows, size));
    found.extend(not_provable(document, rows, size));
    found
}

/// A count and a share in one sentence that are not the same of this batch.
fn against_count(item: &PlanItem, size: f64) -> Option<Finding> {
    let is_share = |figure: &&Figure| figure.unit == Some(Unit::Percent);
    let is_count = |figure: &&Figure| matches!(figure.unit, None | Some(Unit::Count));
    let share = item.figures.iter().find(is_share)?;
    let count = item.figures.iter().find(is_count)?;
    let (meant, said, verb) = if is_floor(share.bound) {
        (
            least(share.bound, size)?,
            lower(count.bound)?,
            "demands at least",
        )
    } else if is_ceiling(share.bound) {
        (
            most(share.bound, size)?,
            upper(count.bound)?,
            "allows at most",
        )
    } else {
        return None;
    };
    if (meant - said).abs() < 0.5 {
        return None;
    }
    Some(
        Finding::new(
            Defect::CountAgainstShare,
            share.span.clone(),
            format!(
                "{} of {size} {verb} {meant}, and beside it stands {said}, which is {} %",
                share.bound.show(Unit::Percent),
                super::batch::share(said, size)
            ),
            format!(
                "write the count alone, as in '{meant} of {size}': a share is then what it comes to"
            ),
        )
        .beside(count.span.clone(), format!("{said} of {size}")),
    )
}

fn lower(bound: Bound) -> Option<f64> {
    match bound {
        Bound::AtLeast(value) | Bound::Exactly(value) | Bound::Between(value, _) => Some(value),
        Bound::Above(value) => Some(value + 1.0),
        _ => None,
    }
}

fn upper(bound: Bound) -> Option<f64> {
    match bound {
        Bound::AtMost(value) | Bound::Exactly(value) | Bound::Between(_, value) => Some(value),
        Bound::Below(value) => Some(value - 1.0),
        _ => None,
    }
}

/// One finding for all rows whose accepted share is all of the batch, which is the target.
fn beyond_batch(rows: &[TierRow], size: f64) -> Option<Finding> {
    let mut beyond = rows.iter().filter(|row| {
        let accepted = row.acceptable.bound.filter(|bound| is_floor(*bound));
        row.unit == Unit::Percent
            && row.target.bound == Some(Bound::Exactly(100.0))
            && accepted.is_some_and(|bound| {
                bound != Bound::AtLeast(100.0) && least(bound, size) == Some(size)
            })
    });
    let first = beyond.next()?;
    let accepted = first.acceptable.bound?.show(Unit::Percent);
    let finding = Finding::new(
        Defect::ShareBeyondBatch,
        first.acceptable.span.clone(),
        format!(
            "{accepted} of {size} is {size} of {size}: one that is missing makes {} %, so that nothing but the target is \
             accepted",
            super::batch::share(size - 1.0, size)
        ),
        format!(
            "leave the acceptable tier out, or accept {} of {size}",
            size - 1.0
        ),
    );
    Some(beyond.fold(finding, |finding, row| {
        finding.beside(
            row.acceptable.span.clone(),
            format!("'{}', too", row.name.plain),
        )
    }))
}

/// One finding for all shares that not even a perfect batch of this size proves. A plan that says what its size proves,
/// or what the share would take, knows.
fn not_provable(document: &Document, rows: &[TierRow], size: f64) -> Option<Finding> {
    let tries = whole(size);
    let proven = 100.0 * proven_at_least(tries, tries);
    if says(
        document,
        &[
            format!("{proven:.1}"),
            format!("{:.2}", floor_hundredths(proven)),
        ],
    ) {
        return None;
    }
    let mut demands = rows
        .iter()
        .flat_map(|row| [&row.acceptable, &row.target])
        .filter_map(|tier| {
            let cell = tier
                .cell
                .as_ref()
                .filter(|cell| cell.unit == Some(Unit::Percent))?;
            let bound = cell.bound.filter(|bound| is_floor(*bound))?;
            let (Bound::Above(percent) | Bound::AtLeast(percent)) = bound else {
                return None;
            };
            let needed = fewest_tries(0, percent / 100.0).filter(|needed| *needed > tries)?;
            (!says(document, &[needed.to_string()])).then_some((tier.span.clone(), bound, needed))
        });
    let (span, bound, needed) = demands.next()?;
    let finding = Finding::new(
        Defect::NotProvable,
        span,
        format!(
            "a perfect {size} of {size} proves no more than {:.2} % (one-sided, 95 %): '{}' can be met by {size} and not \
             proven by them",
            floor_hundredths(proven),
            bound.show(Unit::Percent)
        ),
        format!(
            "say so in the plan, or take {needed} without a failure: that is the least number that proves it"
        ),
    );
    Some(demands.fold(finding, |finding, (span, bound, needed)| {
        let label = format!("'{}' takes {needed}", bound.show(Unit::Percent));
        finding.beside(span, label)
    }))
}

/// What is proven is rounded down.
fn floor_hundredths(percent: f64) -> f64 {
    (percent * 100.0).floor() / 100.0
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the size of a batch is a whole number that was read as one"
)]
fn whole(size: f64) -> usize {
    size as usize
}

/// Whether one of these numbers stands in the plan's prose by itself.
fn says(document: &Document, numbers: &[String]) -> bool {
    prose::texts(document).iter().any(|text| {
        text.plain
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .any(|digits| {
                numbers
                    .iter()
                    .any(|number| digits.trim_end_matches('.') == number)
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::lists;

    fn found(text: &str) -> Vec<Finding> {
        let document = Document::parse(text);
        let (rows, _) = super::super::rows::read(&document);
        let facts = Facts {
            batch_size: Some(50.0),
            worst_case_seconds: None,
        };
        findings(&document, &rows, &lists::items(&document), &facts)
    }

    fn item(words: &str) -> Vec<Finding> {
        found(&format!("## Must Pass\n\n- {words}\n"))
    }

    fn row(cells: &str) -> String {
        format!(
            "| Metric | Target | Acceptable | Red flag |\n|---|---|---|---|\n| It | {cells} |\n"
        )
    }

    #[test]
    fn a_count_and_a_share_beside_it_are_the_same_of_the_batch() {
        for (words, says) in [
            ("47+ postings completed (>94%)", "demands at least 48"),
            ("<5% failure rate - max 2-3 failures", "allows at most 2"),
        ] {
            let found = item(words);
            assert_eq!(found.len(), 1, "{words}");
            assert_eq!(found[0].defect, Defect::CountAgainstShare);
            assert!(found[0].message.contains(says), "{}", found[0].message);
        }
        for words in [
            "48+ postings completed (>94%)",
            "47+ postings (≥94%)",
            "<5% failures - max 2",
            "<5% failures",
        ] {
            assert_eq!(item(words), [], "{words}");
        }
    }

    #[test]
    fn a_share_that_only_the_whole_batch_has_accepts_no_more_than_the_target() {
        let defects = |cells: &str| -> Vec<Defect> {
            found(&row(cells))
                .iter()
                .map(|finding| finding.defect)
                .collect()
        };
        assert!(defects("100% | >98% | <95%").contains(&Defect::ShareBeyondBatch));
        assert!(!defects("100% | ≥98% | <95%").contains(&Defect::ShareBeyondBatch));
        assert!(!defects("100% | – | <100%").contains(&Defect::ShareBeyondBatch));
    }

    #[test]
    fn fifty_do_not_prove_more_than_ninety_five_percent() {
        let found = found(&row("100% | >95% | <90%"));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].defect, Defect::NotProvable);
        assert!(found[0].message.contains("94.18 %"), "{}", found[0].message);
        assert!(found[0].advice.contains("59"), "{}", found[0].advice);
    }

    #[test]
    fn a_share_that_fifty_prove_and_a_plan_that_knows_what_it_takes_are_let_be() {
        assert_eq!(found(&row("100% | >94% | <90%")), []);
        for knows in [
            "Met is not proven: that takes 59.",
            "50 of 50 show at least 94.2 % and no more.",
        ] {
            let knowing = format!("{}\n{knows}\n", row("100% | >95% | <90%"));
            assert_eq!(found(&knowing), [], "{knows}");
        }
    }
}
