//! Tiers of one row against each other.

use super::batch;
use super::rows::TierRow;
use super::{Defect, Facts, Finding};
use crate::judge::{
    Bound, Unit,
    stretches::{Stretch, stretches, where_none_holds},
};

pub(super) fn findings(rows: &[TierRow], facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    for row in rows {
        found.extend(overlap(row));
        found.extend(gaps(row, facts));
        found.extend(point(row));
        found.extend(brackets(row));
    }
    found
}

fn bounds(row: &TierRow) -> Vec<Bound> {
    let tiers = [&row.target, &row.acceptable, &row.gap, &row.red];
    tiers.into_iter().filter_map(|tier| tier.bound).collect()
}

fn holds(bound: Option<Bound>, value: f64) -> bool {
    bound.is_some_and(|bound| bound.holds(value))
}

/// A value that is a red flag and passes.
fn overlap(row: &TierRow) -> Option<Finding> {
    let both = stretches(row.unit, &bounds(row))
        .into_iter()
        .find(|stretch| {
            let passes = holds(row.target.bound, stretch.sample)
                || holds(row.acceptable.bound, stretch.sample);
            passes && holds(row.red.bound, stretch.sample)
        })?;
    Some(
        Finding::new(
            Defect::OverlappingTiers,
            row.red.span.clone(),
            format!(
                "'{}': {} passes and is a red flag at once",
                row.name.plain,
                Bound::Exactly(both.sample).show(row.unit)
            ),
            "let the red flag begin where what is accepted ends",
        )
        .beside(row.acceptable.span.clone(), "this tier holds it, too"),
    )
}

/// Values that no tier holds.
fn gaps(row: &TierRow, facts: &Facts) -> Option<Finding> {
    row.red.bound?;
    row.target.bound?;
    let open = where_none_holds(row.unit, &bounds(row));
    let told: Vec<String> = open
        .iter()
        .filter_map(|stretch| tell(stretch, row.unit, facts))
        .collect();
    (!told.is_empty()).then(|| {
        Finding::new(
            Defect::ValuesWithoutVerdict,
            row.span(),
            format!("'{}' has no verdict for {}", row.name.plain, told.join(" and for ")),
            "let the tiers meet: write down to where each holds, or a column Gap that says what lies between",
        )
    })
}

/// A stretch in words; nothing where no value that can be reached lies in it.
fn tell(stretch: &Stretch, unit: Unit, facts: &Facts) -> Option<String> {
    let show = |value: f64| Bound::Exactly(value).show(unit);
    match unit {
        Unit::Count => {
            let (first, last) = stretch.whole_numbers()?;
            Some(if last - first < 0.5 {
                format!("{first}")
            } else {
                format!("{first} to {last}")
            })
        }
        Unit::Percent => {
            let counts = facts.batch_size.map(|size| {
                let inside = |count: &f64| {
                    let share = batch::share(*count, size);
                    share > stretch.least && share < stretch.most
                        || stretch.with_least && batch::is_same(share, stretch.least)
                        || stretch.with_most && batch::is_same(share, stretch.most)
                };
                batch::counts(size).filter(inside).collect::<Vec<f64>>()
            });
            match counts.as_deref() {
                Some([]) => None,
                Some([one]) => Some(format!("{} ({one} of the batch)", range(stretch, show))),
                Some([first, .., last]) => Some(format!(
                    "{} ({first} to {last} of the batch)",
                    range(stretch, show)
                )),
                None => Some(range(stretch, show)),
            }
        }
        _ => Some(range(stretch, show)),
    }
}

fn range(stretch: &Stretch, show: impl Fn(f64) -> String) -> String {
    if stretch.least <= 0.0 && !batch::is_same(stretch.least, stretch.most) {
        format!("less than {}", show(stretch.most))
    } else if batch::is_same(stretch.least, stretch.most) {
        format!("exactly {}", show(stretch.least))
    } else {
        format!("{} to {}", show(stretch.least), show(stretch.most))
    }
}

/// One value of a thing that is measured: nobody takes 3.6 hours to the microsecond.
fn point(row: &TierRow) -> Option<Finding> {
    let is_measured = row.unit == Unit::Times || row.unit.convert(1.0, Unit::Seconds).is_some();
    let Some(Bound::Exactly(value)) = row.target.bound.filter(|_| is_measured) else {
        return None;
    };
    (value > 0.0).then(|| {
        let shown = Bound::Exactly(value).show(row.unit);
        Finding::new(
            Defect::PointTarget,
            row.target.span.clone(),
            format!(
                "'{}' is measured: it is never exactly {shown}, so the target is never met",
                row.name.plain
            ),
            format!("say on which side the target lies: ≤ {shown}"),
        )
    })
}

/// A figure, and in brackets the same in another unit, which is not the same.
fn brackets(row: &TierRow) -> Vec<Finding> {
    const ROUNDED: f64 = 0.02;
    let tiers = [&row.target, &row.acceptable, &row.red];
    let cells = tiers.into_iter().filter_map(|tier| tier.cell.as_ref());
    cells
        .filter_map(|cell| {
            let also = cell.also.as_ref()?;
            let (value, in_brackets) = (single(cell.bound?)?, single(also.bound)?);
            let same = cell.unit?.convert(value, also.unit?)?;
            ((same - in_brackets).abs() > ROUNDED * same.abs()).then(|| {
                Finding::new(
                    Defect::CountAgainstShare,
                    also.span.clone(),
                    format!(
                        "in brackets stands another value: before them it is {}",
                        Bound::Exactly(same).show(also.unit.unwrap_or(row.unit))
                    ),
                    "write one of them, or the same twice",
                )
            })
        })
        .collect()
}

fn single(bound: Bound) -> Option<f64> {
    match bound.values().as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Document;

    fn found(row: &str) -> Vec<(Defect, String)> {
        let text = format!(
            "| Metric | Target | Acceptable | Red flag |\n|---|---|---|---|\n| It | {row} |\n"
        );
        let (rows, unreadable) = super::super::rows::read(&Document::parse(&text));
        assert_eq!(unreadable, []);
        let facts = Facts {
            batch_size: Some(50.0),
            worst_case_seconds: None,
        };
        findings(&rows, &facts)
            .into_iter()
            .map(|finding| (finding.defect, finding.message))
            .collect()
    }

    fn only(row: &str, defect: Defect, words: &str) {
        let found = found(row);
        assert!(
            matches!(found.as_slice(), [(one, message)] if *one == defect && message.contains(words)),
            "{row}: {found:?}"
        );
    }

    #[test]
    fn values_that_no_tier_holds_are_named() {
        only(
            "100% | >95% | <90%",
            Defect::ValuesWithoutVerdict,
            "90 % to 95 % (45 to 47 of the batch)",
        );
        only("0 | <5 | >10", Defect::ValuesWithoutVerdict, "for 5 to 10");
        only(
            "<100 ms | <500 ms | >1000 ms",
            Defect::ValuesWithoutVerdict,
            "500 ms to 1000 ms",
        );
        only(
            "≤ 4 h | 3 - 5 h | >6 h",
            Defect::ValuesWithoutVerdict,
            "5 h to 6 h",
        );
        only(
            "3 - 4 h | 3 - 5 h | >5 h",
            Defect::ValuesWithoutVerdict,
            "less than 3 h",
        );
        only("0 | <5 | >5", Defect::ValuesWithoutVerdict, "for 5");
    }

    #[test]
    fn tiers_that_meet_leave_nothing_out_nor_do_shares_that_the_batch_cannot_have() {
        for row in [
            "0 | <5 | ≥5",
            "≤ 3.6 h | ≤ 5 h | >5 h",
            "100% | ≥ 96% | <96%",
            "100% | >95% | <95%",
            "100% | – | <100%",
            "0 | – | ≥1",
        ] {
            assert_eq!(found(row), [], "{row}");
        }
    }

    #[test]
    fn a_gap_that_the_plan_names_is_not_forgotten() {
        let text = "| Metric | Target | Acceptable | Gap | Red flag |\n|---|---|---|---|---|\n\
                    | It | 0 | <5 | 5 – 10 | >10 |\n";
        let (rows, _) = super::super::rows::read(&Document::parse(text));
        let facts = Facts {
            batch_size: None,
            worst_case_seconds: None,
        };
        assert_eq!(findings(&rows, &facts), []);
    }

    #[test]
    fn a_value_that_passes_is_no_red_flag() {
        only(
            "0 | <5 | >3",
            Defect::OverlappingTiers,
            "passes and is a red flag",
        );
        only("100% | >90% | <95%", Defect::OverlappingTiers, "passes");
    }

    #[test]
    fn what_is_measured_is_never_one_value_and_what_is_counted_is() {
        only(
            "3.6 hours | ≤ 5 hours | >5 hours",
            Defect::PointTarget,
            "never exactly 3.6 h",
        );
        assert_eq!(found("100% | ≥ 96% | <96%"), []);
        assert_eq!(found("7 | ≤ 10 | >10"), []);
    }

    #[test]
    fn what_stands_in_brackets_is_the_same_value_but_for_rounding() {
        only(
            "≤ 260s | ≤ 300s | >300s (6 min)",
            Defect::CountAgainstShare,
            "5 min",
        );
        assert_eq!(
            found("≤ 260s (4.3 min) | ≤ 300s (5 min) | >300s (5 min)"),
            []
        );
    }
}
