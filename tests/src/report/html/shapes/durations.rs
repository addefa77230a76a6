//! How long each step took, beside how long it took in November 2025.

use std::collections::BTreeMap;

use super::axis::LogAxis;
use super::november::{November, Published};
use super::quartiles::Quartiles;
use super::steps::{Kind, Step, steps};
use crate::judge::evidence::Evidence;

/// The durations of all steps, on one axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Durations {
    /// Absent where nothing took any time.
    pub(crate) axis: Option<LogAxis>,
    pub(crate) steps: Vec<StepDurations>,
    /// How many times as fast as the plan's the batch's time passed.
    pub(crate) scale: f64,
}

/// One step. Seconds of the plan's time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StepDurations {
    pub(crate) step: Step,
    pub(crate) told: Quartiles,
    /// Where on the axis there is at least one interaction, in thousandths: more places nobody could tell apart.
    pub(crate) places: Vec<u32>,
    pub(crate) november: Option<Published>,
}

impl Durations {
    /// Of every interaction that began and ended, however it ended: failures take time, too.
    pub(crate) fn of(evidence: &Evidence<'_>, november: &November) -> Self {
        let taken = seconds_by_step(evidence);
        let known: Vec<(Step, Quartiles)> = steps(evidence.record)
            .into_iter()
            .filter_map(|step| {
                let told = Quartiles::of(taken.get(&step.conversation)?)?;
                Some((step, told))
            })
            .collect();
        let scale = evidence.record.mode.time_scale;
        // Scripts are not simulated: their own time, multiplied, is nothing to compare.
        let is_scaled_script = |step: &Step| step.kind == Kind::Script && scale > 1.0;
        let beside = |step: &Step| {
            let published = november.steps.get(&step.conversation).copied();
            published.filter(|_| !is_scaled_script(step))
        };
        let all = taken.values().flatten().copied();
        let published = known
            .iter()
            .filter_map(|(step, _)| beside(step))
            .flat_map(|it| [it.least, it.greatest]);
        let axis = LogAxis::over(all.chain(published));
        Self {
            scale,
            axis,
            steps: known
                .into_iter()
                .map(|(step, told)| StepDurations {
                    places: axis
                        .map_or_else(Vec::new, |axis| places(axis, &taken[&step.conversation])),
                    november: beside(&step),
                    told,
                    step,
                })
                .collect(),
        }
    }
}

/// Seconds of the plan's time.
pub(crate) fn seconds_by_step(evidence: &Evidence<'_>) -> BTreeMap<i32, Vec<f64>> {
    let mut steps: BTreeMap<i32, Vec<f64>> = BTreeMap::new();
    for row in evidence.interactions() {
        if let (Some(start), Some(end)) = (row.started_at, row.completed_at) {
            let seconds = evidence.plan_seconds(end - start).max(0.0);
            steps.entry(row.conversation_id).or_default().push(seconds);
        }
    }
    steps
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 0 to 1000"
)]
fn places(axis: LogAxis, seconds: &[f64]) -> Vec<u32> {
    let mut places: Vec<u32> = seconds
        .iter()
        .map(|it| (axis.place(*it) * 1_000.0).round() as u32)
        .collect();
    places.sort_unstable();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::conversations::{EXTRACT, FORMAT, TICKET};
    use crate::judge::doctored;
    use crate::record::RunRecord;

    fn durations(record: &RunRecord) -> Durations {
        Durations::of(&Evidence::of(record), &November::read())
    }

    fn of_step(durations: &Durations, conversation: i32) -> &StepDurations {
        let mut steps = durations.steps.iter();
        steps
            .find(|it| it.step.conversation == conversation)
            .unwrap()
    }

    #[test]
    fn a_step_is_told_in_the_plans_seconds_beside_what_was_published() {
        let durations = durations(&doctored::healthy());
        let format = of_step(&durations, FORMAT);
        assert!((format.told.median - 65.05).abs() < 1e-9);
        let november = format.november.unwrap();
        assert_eq!(november.n, 50);
        assert!((november.mean - 56.0).abs() < 0.001, "{november:?}");
        assert!((november.least - 21.0).abs() < 1e-9 && (november.greatest - 170.0).abs() < 1e-9);
    }

    #[test]
    fn scripts_in_another_time_than_their_own_are_not_compared() {
        let of_check = |record: &RunRecord| of_step(&durations(record), 9193).november;
        let mut record = doctored::healthy();
        assert_eq!(of_check(&record), None);
        record.mode.time_scale = 1.0;
        assert!(of_check(&record).is_some());
    }

    #[test]
    fn every_duration_has_a_place_and_equal_ones_share_it() {
        let durations = durations(&doctored::healthy());
        assert_eq!(of_step(&durations, EXTRACT).places.len(), 1);
        let all = durations.steps.iter().flat_map(|it| &it.places);
        assert!(all.clone().count() >= 10);
        assert!(all.copied().all(|place| place <= 1_000));
    }

    #[test]
    fn what_never_ended_took_no_time_that_anybody_knows() {
        let mut record = doctored::healthy();
        let row = doctored::interaction(&mut record, doctored::TICKET_RUN, TICKET);
        row.completed_at = None;
        let durations = durations(&record);
        assert!(
            durations
                .steps
                .iter()
                .all(|it| it.step.conversation != TICKET)
        );
    }

    #[test]
    fn of_a_batch_that_never_began_there_is_no_axis() {
        let mut record = doctored::empty();
        record.interactions.clear();
        let durations = durations(&record);
        assert_eq!((durations.axis, durations.steps.len()), (None, 0));
    }
}
