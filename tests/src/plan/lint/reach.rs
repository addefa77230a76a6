//! Tiers against what can be measured at all: a red flag that no value raises, a target that no value meets.

use super::rows::{Tier, TierRow};
use super::{Defect, Facts, Finding};
use crate::judge::{
    Bound, Unit,
    stretches::{Stretch, stretches},
};
use crate::plan::binding::bind_row;

pub(super) fn findings(rows: &[TierRow], facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    for row in rows {
        let domain = Domain::of(row, facts);
        found.extend(never_red(row, &domain));
        for (tier, what) in [
            (&row.target, "target"),
            (&row.acceptable, "acceptable tier"),
        ] {
            found.extend(never_met(row, tier, what, &domain));
        }
    }
    found
}

/// A row of which no run, however bad, raises the red flag.
fn never_red(row: &TierRow, domain: &Domain) -> Option<Finding> {
    let red = row.red.bound?;
    (!domain.reaches(row, red)).then(|| {
        Finding::new(
            Defect::CannotFail,
            row.red.span.clone(),
            format!(
                "'{}' is never {}: it is measured from {domain}, so that no run however bad raises the red flag",
                row.name.plain,
                red.show(row.unit)
            ),
            "let the red flag begin where a bad run is, or leave the row out",
        )
    })
}

/// A tier that no run, however good, comes to.
fn never_met(row: &TierRow, tier: &Tier, what: &str, domain: &Domain) -> Option<Finding> {
    let bound = tier.bound?;
    (!domain.reaches(row, bound)).then(|| {
        Finding::new(
            Defect::UnreachableTier,
            tier.span.clone(),
            format!(
                "'{}' is never {}: it is measured from {domain}, so that no run however good comes to its {what}",
                row.name.plain,
                bound.show(row.unit)
            ),
            format!("set a {what} that a good run comes to"),
        )
    })
}

/// What values can be measured.
struct Domain {
    unit: Unit,
    most: Option<f64>,
}

/// The end of the scale of scores.
const HIGHEST_SCORE: f64 = 10.0;

impl Domain {
    fn of(row: &TierRow, facts: &Facts) -> Self {
        let criterion = bind_row(&row.name.plain).map(|bound| bound.criterion.id);
        let most = match (criterion, row.unit) {
            // Of what nothing measures nobody knows how far it goes: a gain may be more than 100 %.
            (Some(_), Unit::Percent) => Some(100.0),
            (Some("postings_completed"), Unit::Count) => facts.batch_size,
            (Some("ihl_score_mean"), Unit::Points) => Some(HIGHEST_SCORE),
            _ => None,
        };
        Self {
            unit: row.unit,
            most,
        }
    }

    /// Whether a bound holds for a value that can be measured.
    fn reaches(&self, row: &TierRow, bound: Bound) -> bool {
        let tiers = [&row.target, &row.acceptable, &row.red];
        let mut bounds: Vec<Bound> = tiers.into_iter().filter_map(|tier| tier.bound).collect();
        // The end of the scale parts a stretch that would reach beyond it.
        bounds.extend(self.most.map(Bound::AtMost));
        stretches(self.unit, &bounds)
            .iter()
            .any(|stretch| self.has(stretch) && bound.holds(stretch.sample))
    }

    fn has(&self, stretch: &Stretch) -> bool {
        let is_on_scale =
            stretch.sample >= 0.0 && self.most.is_none_or(|most| stretch.sample <= most);
        is_on_scale && (self.unit != Unit::Count || stretch.whole_numbers().is_some())
    }
}

impl std::fmt::Display for Domain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.most {
            Some(most) => write!(f, "0 to {}", Bound::Exactly(most).show(self.unit)),
            None => f.write_str("0 upwards"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Document;

    fn found(row: &str) -> Vec<(Defect, String)> {
        let text =
            format!("| Metric | Target | Acceptable | Red flag |\n|---|---|---|---|\n| {row} |\n");
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
    fn a_red_flag_that_no_run_raises_is_found() {
        for row in [
            "Retries | ≥ 0 | – | < 0",
            "Skills | ≥ 0 % | – | < 0 %",
            "Skills | ≥ 0 % | – | > 100 %",
            "Server concurrency | ≥ 0 × | – | < 0 ×",
            "Total duration | ≤ 9 hours | – | < 0 hours",
            "Postings completed | ≤ 50 | – | > 50",
            "IHL score mean | 1 - 8 points | – | > 10 points",
        ] {
            only(row, Defect::CannotFail, "however bad");
        }
    }

    #[test]
    fn a_red_flag_at_the_last_value_that_can_be_measured_is_let_be() {
        for row in [
            "Retries | ≥ 1 | – | < 1",
            "Skills | > 0 % | – | 0 %",
            "Failure rate | < 100 % | – | ≥ 100 %",
            "Postings completed | ≤ 49 | – | > 49",
            "IHL score mean | 1 - 8 points | – | > 9 points",
            "Retries | ≤ 50 | – | > 50",
        ] {
            assert_eq!(found(row), [], "{row}");
        }
    }

    #[test]
    fn a_target_that_no_run_comes_to_is_found() {
        only(
            "Skills | 110 % | ≥ 98 % | < 95 %",
            Defect::UnreachableTier,
            "0 to 100 %",
        );
        only(
            "Skills | > 100 % | – | < 100 %",
            Defect::UnreachableTier,
            "target",
        );
        only(
            "Retries | 0 | < 0 | > 5",
            Defect::UnreachableTier,
            "acceptable",
        );
        only(
            "Postings completed | ≥ 51 | > 48 | < 45",
            Defect::UnreachableTier,
            "0 to 50",
        );
        for row in [
            "Skills | 100 % | ≥ 98 % | < 95 %",
            "Retries | 0 | < 1 | > 5",
            "Postings completed | ≥ 50 | > 48 | < 45",
            "Gain | ≥ 150 % | – | < 120 %",
        ] {
            assert_eq!(found(row), [], "{row}");
        }
    }
}
