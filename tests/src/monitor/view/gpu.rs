//! How busy the graphics cards were, as far as the ledger says.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::judge::Bound;
use crate::record::GpuSample;

/// The latest samples of the graphics cards.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Gpu {
    /// When they were last sampled.
    pub at: DateTime<Utc>,
    /// How busy they were then, in percent.
    pub utilisation_percent: f64,
    /// Bytes in use on all cards then; nobody knows where the driver does not tell.
    pub memory_used: Option<u64>,
    /// What the plan wants while calls are computed, in percent.
    pub wanted_percent: f64,
    /// Samples of those below in which they were as busy as the plan wants.
    pub busy_samples: usize,
    /// Percent, oldest first, a few hundred at most.
    pub utilisation: Vec<f64>,
    /// Bytes, of the same moments, as far as the driver told.
    pub memory: Vec<u64>,
}

/// None where nobody sampled how busy they were. `wanted` is the plan's target.
pub(super) fn gpu(samples: &[GpuSample], wanted: Bound) -> Option<Gpu> {
    let told = samples
        .iter()
        .filter_map(|it| Some((it, it.utilisation_percent?)));
    let (last, latest) = told.clone().next_back()?;
    let utilisation: Vec<f64> = told.clone().map(|(_, percent)| percent).collect();
    let busy = utilisation.iter().filter(|percent| wanted.holds(**percent));
    Some(Gpu {
        at: last.at,
        utilisation_percent: latest,
        memory_used: last.memory_used,
        wanted_percent: wanted.first(),
        busy_samples: busy.count(),
        utilisation,
        memory: told.filter_map(|(it, _)| it.memory_used).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::scenes::START;

    #[test]
    fn half_is_not_yet_more_than_half_and_no_samples_are_no_zero() {
        let sample = |utilisation_percent| GpuSample {
            at: START,
            utilisation_percent,
            memory_used: Some(1),
            power_watts: None,
            temperature_celsius: None,
            cards: Vec::new(),
        };
        let wanted = Bound::Above(50.0);
        let looks = [Some(49.0), Some(50.0), Some(50.5), None].map(sample);
        let seen = gpu(&looks, wanted).unwrap();
        assert_eq!((seen.busy_samples, seen.utilisation.len()), (1, 3));
        assert_eq!(gpu(&[], wanted), None);
        assert_eq!(gpu(&[sample(None)], wanted), None);
    }
}
