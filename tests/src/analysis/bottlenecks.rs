//! Where most of the time went, and what a faster model would save there.

use serde::Serialize;

use super::performance::{Performance, performance};
use super::seconds::{quantile, seconds, seconds_by_step};
use crate::judge::{Evidence, Faster, Step, fastest_other};
use crate::record::RunRecord;

/// As many as anybody looks at.
const TOP: usize = 10;

/// Where most of the time went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bottlenecks {
    /// The steps with the most time in all, at most ten.
    pub steps: Vec<StepBottleneck>,
    /// Steps beyond those.
    pub further_steps: usize,
    /// The interactions that took longest, at most ten.
    pub interactions: Vec<LongInteraction>,
}

/// A step with much of the time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepBottleneck {
    /// The step.
    pub step: Step,
    /// Completed interactions.
    pub n: usize,
    /// All of them together, in seconds of the plan's time.
    pub total_seconds: f64,
    /// How much of all steps' time that is, in percent.
    pub share: f64,
    /// What the fastest other model of this batch would save; absent where none is faster or nobody witnessed it.
    pub faster: Option<Faster>,
}

/// An interaction that took long.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LongInteraction {
    /// `interactions.interaction_id`.
    pub interaction_id: i64,
    /// The posting it is about.
    pub posting_id: i64,
    /// The step.
    pub step: Step,
    /// How long it took, in seconds of the plan's time.
    pub seconds: f64,
    /// How many times as long as half of its step's interactions at most; absent where those took no time.
    pub times_the_median: Option<f64>,
}

/// Where most of the time of a record went.
pub fn bottlenecks(record: &RunRecord) -> Bottlenecks {
    let evidence = Evidence::of(record);
    let Performance { steps, .. } = performance(record);
    Bottlenecks {
        further_steps: steps.len().saturating_sub(TOP),
        steps: steps
            .into_iter()
            .take(TOP)
            .map(|step| StepBottleneck {
                faster: fastest_other(&evidence, step.step.conversation),
                step: step.step,
                n: step.n,
                total_seconds: step.total,
                share: step.share,
            })
            .collect(),
        interactions: longest(record),
    }
}

/// The longest, whatever their step; of two that took as long the one with the lower id.
fn longest(record: &RunRecord) -> Vec<LongInteraction> {
    let mut rows: Vec<_> = record
        .interactions
        .iter()
        .filter_map(|row| Some((seconds(record, row)?, row)))
        .collect();
    rows.sort_by(|(a, first), (b, second)| {
        b.total_cmp(a)
            .then(first.interaction_id.cmp(&second.interaction_id))
    });
    let mut by_step = seconds_by_step(record);
    let mut median = |conversation| {
        let seconds = by_step.get_mut(&conversation)?;
        seconds.sort_by(f64::total_cmp);
        Some(quantile(seconds, 0.5)).filter(|median| *median > 0.0)
    };
    rows.into_iter()
        .take(TOP)
        .map(|(seconds, row)| LongInteraction {
            interaction_id: row.interaction_id,
            posting_id: row.posting_id,
            step: Step::of(record, row.conversation_id),
            seconds,
            times_the_median: median(row.conversation_id).map(|median| seconds / median),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::judge::doctored;

    #[test]
    fn ten_steps_and_ten_interactions_are_named_and_the_rest_is_counted() {
        let found = bottlenecks(&doctored::healthy());
        assert_eq!((found.steps.len(), found.interactions.len()), (TOP, TOP));
        assert_eq!(found.further_steps, 6);
        assert_eq!(found.steps[0].step.conversation, 3341);
    }

    #[test]
    fn an_interaction_that_took_far_longer_than_its_step_does_is_first() {
        let mut record = doctored::healthy();
        let row = doctored::interaction(&mut record, 7, 9161);
        let id = row.interaction_id;
        row.completed_at = row.completed_at.map(|at| at + TimeDelta::minutes(1));
        let first = &bottlenecks(&record).interactions[0];
        assert_eq!(first.interaction_id, id);
        assert!(first.times_the_median.unwrap() > 2.0, "{first:?}");
    }

    #[test]
    fn a_faster_model_is_named_where_one_was_witnessed_and_nowhere_else() {
        let mut record = doctored::healthy();
        for exchange in &mut record.exchanges {
            let line = exchange.final_line.as_mut().unwrap();
            let slow = exchange.model.starts_with("gemma2");
            line.eval_duration = if slow { 2_000_000_000 } else { 1_000_000_000 };
        }
        assert!(bottlenecks(&record).steps[0].faster.is_some());
        record.exchanges.clear();
        let unseen = bottlenecks(&record).steps;
        assert!(unseen.iter().all(|step| step.faster.is_none()));
    }
}
