//! How busy the graphics cards were, in no more points than a picture has room for.

use super::span::Origin;
use crate::judge::calls::clocks;
use crate::judge::evidence::Evidence;
use crate::judge::reading::number;

/// Utilisation over the timeline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gpu {
    /// Moment in milliseconds of the plan's time, and percent: the mean of what was sampled about then.
    pub(crate) points: Vec<(i64, f64)>,
    /// How many samples that are.
    pub(crate) samples: usize,
    pub(crate) mean: f64,
    /// The most memory that was in use, in bytes, where the driver told.
    pub(crate) most_memory: Option<u64>,
    /// The most that the cards drew, in watts, where the driver told.
    pub(crate) most_power: Option<f64>,
    /// The warmest that a card was, in degrees Celsius, where the driver told.
    pub(crate) warmest: Option<u32>,
}

/// More points than a screen has columns show nothing more.
const COLUMNS: i64 = 1_200;

impl Gpu {
    /// Nothing where nobody sampled.
    pub(crate) fn of(evidence: &Evidence<'_>, origin: Origin, end: i64) -> Option<Self> {
        let clock = clocks(evidence);
        let seen = || evidence.record.gpu.iter().flatten();
        let mut samples: Vec<(i64, f64)> = seen()
            .filter_map(|sample| {
                let percent = sample.utilisation_percent.filter(|it| it.is_finite())?;
                Some((origin.until(sample.at + clock), percent.clamp(0.0, 100.0)))
            })
            .filter(|(at, _)| (0..=end).contains(at))
            .collect();
        samples.sort_by_key(|(at, _)| *at);
        let watts = seen().filter_map(|it| it.power_watts.filter(|it| it.is_finite()));
        let sum: f64 = samples.iter().map(|(_, percent)| percent).sum();
        (!samples.is_empty()).then(|| Self {
            mean: sum / number(samples.len()),
            samples: samples.len(),
            points: thinned(&samples, end),
            most_memory: seen().filter_map(|it| it.memory_used).max(),
            most_power: watts.max_by(f64::total_cmp),
            warmest: seen().filter_map(|it| it.temperature_celsius).max(),
        })
    }
}

/// The mean of each stretch of the timeline, where there are too many.
fn thinned(samples: &[(i64, f64)], end: i64) -> Vec<(i64, f64)> {
    if i64::try_from(samples.len()).is_ok_and(|samples| samples <= COLUMNS) {
        return samples.to_vec();
    }
    let column = |(at, _): &(i64, f64)| at.saturating_mul(COLUMNS) / end.max(1);
    samples
        .chunk_by(|a, b| column(a) == column(b))
        .map(|together| {
            let sum: f64 = together.iter().map(|(_, percent)| percent).sum();
            (together[0].0, sum / number(together.len()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::doctored;
    use crate::record::RunRecord;

    fn gpu(record: &RunRecord) -> Option<Gpu> {
        let origin = Origin {
            at: doctored::START,
            scale: 10.0,
        };
        Gpu::of(&Evidence::of(record), origin, 10_000_000)
    }

    #[test]
    fn samples_become_points_in_the_plans_time() {
        let gpu = gpu(&doctored::healthy()).unwrap();
        assert_eq!(gpu.points[..2], [(0, 70.0), (30_000, 70.0)]);
        assert!((gpu.mean - 70.0).abs() < 1e-9);
        assert_eq!(gpu.most_memory, Some(12 * doctored::GIB));
        assert_eq!((gpu.most_power, gpu.warmest), (Some(180.0), Some(66)));
    }

    #[test]
    fn where_nobody_sampled_there_is_no_picture() {
        let mut record = doctored::healthy();
        record.gpu = None;
        assert_eq!(gpu(&record), None);
        record.gpu = Some(Vec::new());
        assert_eq!(gpu(&record), None);
    }

    #[test]
    fn too_many_samples_become_the_means_of_stretches() {
        let samples: Vec<(i64, f64)> = (0..24_000)
            .map(|at| (at, if at % 2 == 0 { 0.0 } else { 100.0 }))
            .collect();
        let points = thinned(&samples, 24_000);
        assert!((1_200..=1_201).contains(&points.len()), "{}", points.len());
        assert!(
            points
                .iter()
                .all(|(_, percent)| (percent - 50.0).abs() < 3.0)
        );
    }
}
