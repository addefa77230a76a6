//! How long each step took.

use serde::Serialize;

use super::seconds::{mean, quantile, seconds_by_step};
use crate::judge::Step;
use crate::record::RunRecord;

/// How long the steps of a batch took, that with the most time first. Steps of different postings run at the same time,
/// so that their sum is work and not the batch's duration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Performance {
    /// All steps together, in seconds of the plan's time.
    pub total_seconds: f64,
    /// Every step that was completed at least once.
    pub steps: Vec<StepTime>,
}

/// How long one step took, in seconds of the plan's time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepTime {
    /// The step.
    pub step: Step,
    /// Completed interactions.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// Half of them took no longer.
    pub median: f64,
    /// Nineteen of twenty took no longer.
    pub p95: f64,
    /// The shortest.
    pub least: f64,
    /// The longest.
    pub greatest: f64,
    /// All of them together.
    pub total: f64,
    /// How much of all steps' time that is, in percent.
    pub share: f64,
}

/// How long the steps of a record took.
pub fn performance(record: &RunRecord) -> Performance {
    let steps = seconds_by_step(record);
    let total_seconds: f64 = steps.values().flatten().sum();
    let mut steps: Vec<StepTime> = steps
        .into_iter()
        .map(|(conversation, seconds)| {
            StepTime::of(Step::of(record, conversation), seconds, total_seconds)
        })
        .collect();
    steps.sort_by(|a, b| b.total.total_cmp(&a.total));
    Performance {
        total_seconds,
        steps,
    }
}

impl StepTime {
    fn of(step: Step, mut seconds: Vec<f64>, of_all: f64) -> Self {
        seconds.sort_by(f64::total_cmp);
        let total: f64 = seconds.iter().sum();
        Self {
            step,
            n: seconds.len(),
            mean: mean(&seconds),
            median: quantile(&seconds, 0.5),
            p95: quantile(&seconds, 0.95),
            least: quantile(&seconds, 0.0),
            greatest: quantile(&seconds, 1.0),
            total,
            // Steps that took no time at all have equal parts of nothing.
            share: if of_all > 0.0 {
                total / of_all * 100.0
            } else {
                0.0
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::doctored;
    use crate::record::november_2025::november_2025;

    #[test]
    fn the_figures_of_november_2025_are_those_that_were_published() {
        let steps = performance(&november_2025()).steps;
        let format = &steps[0];
        assert_eq!((format.step.conversation, format.n), (3341, 50));
        let figures = [format.mean, format.least, format.greatest, format.total];
        for (figure, published) in figures.into_iter().zip([56.0, 21.0, 170.0, 2800.0]) {
            assert!(
                (figure - published).abs() < 1e-6,
                "{figure} for {published}"
            );
        }
        assert!(format.median < format.p95 && format.p95 < format.greatest);
    }

    #[test]
    fn shares_are_of_the_whole_and_the_most_comes_first() {
        let found = performance(&doctored::healthy());
        let shares: f64 = found.steps.iter().map(|step| step.share).sum();
        assert!((shares - 100.0).abs() < 1e-9, "{shares}");
        assert!(found.steps.is_sorted_by(|a, b| a.total >= b.total));
        let n: usize = found.steps.iter().map(|step| step.n).sum();
        assert_eq!(n, doctored::healthy().interactions.len());
    }

    #[test]
    fn a_batch_in_which_nothing_happened_has_no_steps() {
        let found = performance(&doctored::empty());
        assert_eq!(found.steps, []);
        assert!(found.total_seconds.abs() < f64::EPSILON);
    }
}
