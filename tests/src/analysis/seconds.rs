//! How long completed interactions took, and figures of many such durations.

use std::collections::BTreeMap;

use crate::judge::number;
use crate::record::{Interaction, RunRecord, Status};

/// From start to end of each completed interaction, by conversation, in seconds of the plan's time.
pub(crate) fn seconds_by_step(record: &RunRecord) -> BTreeMap<i32, Vec<f64>> {
    let mut steps: BTreeMap<i32, Vec<f64>> = BTreeMap::new();
    for row in &record.interactions {
        if let Some(seconds) = seconds(record, row) {
            steps.entry(row.conversation_id).or_default().push(seconds);
        }
    }
    steps
}

/// How long one interaction took; nothing of one that is not completed or has no dates.
pub(super) fn seconds(record: &RunRecord, row: &Interaction) -> Option<f64> {
    let (Status::Completed, Some(start), Some(end)) =
        (row.status, row.started_at, row.completed_at)
    else {
        return None;
    };
    Some((end - start).as_seconds_f64() * record.mode.time_scale)
}

/// The mean; of nothing it is no number.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / number(values.len())
}

/// The value below which this share lies of values in ascending order, between two of them in proportion: as
/// `percentile_cont` has it, by which the plan's queries go.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place in a list: neither negative nor beyond its end"
)]
pub(crate) fn quantile(ascending: &[f64], share: f64) -> f64 {
    let Some(last) = ascending.len().checked_sub(1) else {
        return f64::NAN;
    };
    let place = number(last) * share.clamp(0.0, 1.0);
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    ascending[below] + (ascending[above] - ascending[below]) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::doctored;

    #[test]
    fn a_quantile_lies_between_two_values_in_proportion() {
        let values = [1.0, 2.0, 3.0, 4.0];
        for (share, value) in [(0.0, 1.0), (0.5, 2.5), (0.95, 3.85), (1.0, 4.0)] {
            assert!((quantile(&values, share) - value).abs() < 1e-12, "{share}");
        }
        assert!((quantile(&[7.0], 0.95) - 7.0).abs() < f64::EPSILON);
        assert!(quantile(&[], 0.5).is_nan());
    }

    #[test]
    fn only_what_was_completed_took_time_and_it_is_the_plans() {
        let mut record = doctored::healthy();
        let before = seconds_by_step(&record);
        assert!((mean(&before[&3341]) - 65.05).abs() < 1e-9);
        doctored::interaction(&mut record, 3, 3341).status = Status::Failed;
        doctored::interaction(&mut record, 4, 3341).started_at = None;
        assert_eq!(
            seconds_by_step(&record)[&3341].len(),
            before[&3341].len() - 2
        );
    }
}
