//! How far a count wobbles by itself.

/// The fewest runs of one commit from which noise can be told.
pub const FEWEST_RUNS: usize = 2;

/// The noise of a count in percent: how far the highest of one commit's runs lies above the lowest, or `None` where there
/// are fewer runs than [`FEWEST_RUNS`].
///
/// The range, and not a deviation: one run that differs is as much as a gate may be fooled by.
pub fn floor_percent(runs: &[u64]) -> Option<f64> {
    if runs.len() < FEWEST_RUNS {
        return None;
    }
    let (least, most) = (*runs.iter().min()?, *runs.iter().max()?);
    Some(growth_percent(least, most))
}

/// How far `after` lies above `before`, in percent; from nothing to something is infinitely far.
pub fn growth_percent(before: u64, after: u64) -> f64 {
    if before == after {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 52 bits")]
    let (before, after) = (before as f64, after as f64);
    // In this order whole percents come out whole, and a threshold of 5 is met by 105 after 100.
    (after - before) * 100.0 / before
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
    }

    #[test]
    fn the_floor_is_the_whole_range_of_the_runs() {
        close(floor_percent(&[100, 104, 101]).unwrap(), 4.0);
        close(floor_percent(&[7, 7, 7]).unwrap(), 0.0);
    }

    #[test]
    fn one_run_tells_nothing_of_noise() {
        assert_eq!(floor_percent(&[100]), None);
        assert_eq!(floor_percent(&[]), None);
    }

    #[test]
    fn something_in_place_of_nothing_is_more_than_any_threshold() {
        assert!(growth_percent(0, 1) > 1e9);
        close(growth_percent(0, 0), 0.0);
        close(growth_percent(10, 9), -10.0);
    }
}
