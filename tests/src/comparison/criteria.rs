//! Each criterion in both records. What counts tries is tested; a single value a run is only told.

use super::certainty::Finding;
use super::statistics::{Share, rates_alike, rates_apart};
use crate::judge::{Criterion, Judgement, Measured, Standing, Verdict};

/// A criterion in two records.
#[derive(Debug, Clone, PartialEq)]
pub struct CriterionComparison {
    /// Which.
    pub criterion: Criterion,
    /// Where the first stands.
    pub before: Stand,
    /// Where the second stands.
    pub after: Stand,
    /// What their difference proves, in points of a percentage.
    pub finding: Finding,
}

/// Where a record stands under a criterion.
#[derive(Debug, Clone, PartialEq)]
pub struct Stand {
    /// Target, red flag or what lies between.
    pub standing: Standing,
    /// What was measured.
    pub measured: Option<Measured>,
    /// How many of how many, where it counts tries.
    pub counted: Option<(usize, usize)>,
}

impl CriterionComparison {
    /// Whether it was measured in both, and as the same.
    pub fn is_the_same(&self) -> bool {
        self.before == self.after && self.before.measured.is_some()
    }

    /// Whether it was measured in both.
    pub fn is_comparable(&self) -> bool {
        [&self.before, &self.after]
            .iter()
            .all(|stand| stand.measured.is_some() && stand.is_judged())
    }
}

impl Stand {
    /// Whether the record could show it at all.
    pub fn is_judged(&self) -> bool {
        !matches!(
            self.standing,
            Standing::NoData | Standing::NotJudgeable { .. }
        )
    }

    fn of(verdict: &Verdict) -> Self {
        Self {
            standing: verdict.standing.clone(),
            measured: verdict.measured,
            counted: verdict.proof.map(|proof| (proof.counted, proof.tries)),
        }
    }
}

pub(super) fn compare(before: &Judgement, after: &Judgement) -> Vec<CriterionComparison> {
    before
        .verdicts
        .iter()
        .filter_map(|verdict| Some((verdict, after.verdict(verdict.criterion.id)?)))
        .map(|(before, after)| {
            let (a, b) = (Stand::of(before), Stand::of(after));
            CriterionComparison {
                criterion: before.criterion,
                finding: finding(&a, &b),
                before: a,
                after: b,
            }
        })
        .collect()
}

fn finding(before: &Stand, after: &Stand) -> Finding {
    let absent = [(before, "the first"), (after, "the second")]
        .into_iter()
        .find(|(stand, _)| stand.measured.is_none() || !stand.is_judged());
    if let Some((stand, which)) = absent {
        return Finding::Untested(format!("{} in {which}", stand.standing));
    }
    let (Some(before), Some(after)) = (before.counted, after.counted) else {
        return Finding::Untested(
            "one value a run, and how much runs differ by themselves no two runs tell".to_owned(),
        );
    };
    if before.1.min(after.1) < 2 {
        return Finding::Untested(
            "n = 1 on one side: a single try proves next to nothing".to_owned(),
        );
    }
    let [a, b] = [before, after].map(|(counted, of)| Share { counted, of });
    Finding::tested(rates_apart(a, b).times(PERCENT), rates_alike(a, b))
}

const PERCENT: f64 = 100.0;
