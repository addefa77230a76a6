//! What is known of how long a step took.

use std::collections::BTreeMap;

use super::certainty::Finding;
use super::statistics::{Figures, Moments, alike, apart, means_alike, means_apart};
use crate::analysis::{mean, quantile, seconds_by_step};
use crate::record::{Provenance, RunRecord};

/// The durations of a step, in seconds of the plan's time.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sample {
    /// Each of them.
    Known(Vec<f64>),
    /// Those of a record that was put together from published figures: single values were drawn within them.
    Published {
        /// Number, mean and extremes.
        figures: Figures,
        /// Whether more than a mean was published: else what was drawn within it is all but equal.
        has_spread: bool,
    },
}

/// How a sample is told in one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// How many durations.
    pub n: usize,
    /// Their middle, in seconds of the plan's time.
    pub seconds: f64,
    /// Which middle that is.
    pub middle: Middle,
}

/// Which middle of a sample is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Middle {
    /// Half of the values are no greater. Told where all values are known.
    Median,
    /// The mean. Told where one side has nothing else.
    Mean,
}

impl Sample {
    /// The durations of every step of a record that was completed at least once.
    pub(super) fn by_step(record: &RunRecord) -> BTreeMap<i32, Self> {
        let published = matches!(record.provenance, Provenance::Reconstructed { .. });
        let sample = |seconds: Vec<f64>| {
            if published {
                Self::Published {
                    figures: Figures::of(&seconds),
                    has_spread: different(&seconds) > 2,
                }
            } else {
                Self::Known(seconds)
            }
        };
        seconds_by_step(record)
            .into_iter()
            .map(|(conversation, seconds)| (conversation, sample(seconds)))
            .collect()
    }

    pub(super) fn n(&self) -> usize {
        match self {
            Self::Known(seconds) => seconds.len(),
            Self::Published { figures, .. } => figures.n,
        }
    }

    pub(super) fn summary(&self, middle: Middle) -> Summary {
        let seconds = match (self, middle) {
            (Self::Known(seconds), Middle::Median) => {
                let mut seconds = seconds.clone();
                seconds.sort_by(f64::total_cmp);
                quantile(&seconds, 0.5)
            }
            (Self::Known(seconds), Middle::Mean) => mean(seconds),
            (Self::Published { figures, .. }, _) => figures.mean,
        };
        Summary {
            n: self.n(),
            seconds,
            middle,
        }
    }

    fn moments(&self) -> Moments {
        match self {
            Self::Known(seconds) => Moments::of(seconds),
            Self::Published { figures, .. } => figures.moments(),
        }
    }

    /// Why its mean proves nothing, if so.
    fn says_too_little(&self) -> Option<String> {
        match self {
            Self::Known(seconds) if seconds.len() < FEWEST_FOR_A_MEAN => Some(format!(
                "{} calls on one side: too few to know how much their mean may be off",
                seconds.len()
            )),
            Self::Published {
                has_spread: false, ..
            } => Some(
                "only a mean was published on one side: how much single calls differed is not known"
                    .to_owned(),
            ),
            Self::Known(_) | Self::Published { .. } => None,
        }
    }
}

/// Durations are skewed, and a mean of fewer is one call more or less.
const FEWEST_FOR_A_MEAN: usize = 5;

/// How many of the values differ from each other.
fn different(values: &[f64]) -> usize {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
    values.len()
}

/// The middle that both sides have.
pub(super) fn common_middle(a: &Sample, b: &Sample) -> Middle {
    match (a, b) {
        (Sample::Known(_), Sample::Known(_)) => Middle::Median,
        _ => Middle::Mean,
    }
}

/// What the difference between two samples proves.
pub(super) fn finding(a: &Sample, b: &Sample) -> Finding {
    let fewest = a.n().min(b.n());
    if fewest < 2 {
        return Finding::Untested(
            "n = 1 on one side: a single call proves next to nothing".to_owned(),
        );
    }
    match (a, b) {
        (Sample::Known(a), Sample::Known(b)) => Finding::tested(apart(a, b), alike(a, b)),
        _ => a
            .says_too_little()
            .or_else(|| b.says_too_little())
            .map_or_else(
                || {
                    let (a, b) = (a.moments(), b.moments());
                    Finding::tested(means_apart(a, b), means_alike(a, b))
                },
                Finding::Untested,
            ),
    }
}
