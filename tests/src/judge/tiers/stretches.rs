//! All values of a row of tiers, in stretches in which the verdict does not change.

use super::{Bound, Unit};

/// A stretch of values, or a single one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) least: f64,
    pub(crate) most: f64,
    pub(crate) with_least: bool,
    pub(crate) with_most: bool,
    /// A value in it, to stand for all: no bound lies inside a stretch.
    pub(crate) sample: f64,
}

impl Stretch {
    /// A single value.
    fn single(value: f64) -> Self {
        Self {
            least: value,
            most: value,
            with_least: true,
            with_most: true,
            sample: value,
        }
    }

    /// The first and the last whole number in it, where there is one: a count is no other.
    pub(crate) fn whole_numbers(&self) -> Option<(f64, f64)> {
        let first = if self.with_least {
            self.least.ceil()
        } else {
            self.least.floor() + 1.0
        };
        let last = if self.with_most {
            self.most.floor()
        } else {
            self.most.ceil() - 1.0
        };
        (first <= last).then_some((first, last))
    }
}

/// All values in stretches between which the bounds change.
pub(crate) fn stretches(unit: Unit, bounds: &[Bound]) -> Vec<Stretch> {
    let mut edges: Vec<f64> = bounds.iter().flat_map(|bound| bound.values()).collect();
    edges.push(0.0);
    let highest = match unit {
        Unit::Percent => 100.0,
        _ => edges.iter().copied().fold(0.0, f64::max) + 1.0,
    };
    edges.push(highest);
    edges.sort_by(f64::total_cmp);
    edges.dedup();
    let mut all: Vec<Stretch> = edges
        .iter()
        .take(1)
        .map(|first| Stretch::single(*first))
        .collect();
    for pair in edges.windows(2) {
        all.push(Stretch {
            least: pair[0],
            most: pair[1],
            with_least: false,
            with_most: false,
            sample: f64::midpoint(pair[0], pair[1]),
        });
        all.push(Stretch::single(pair[1]));
    }
    all
}

/// The values that no bound holds, stretches that touch as one.
pub(crate) fn where_none_holds(unit: Unit, bounds: &[Bound]) -> Vec<Stretch> {
    let mut open: Vec<Stretch> = Vec::new();
    let mut goes_on = false;
    for stretch in stretches(unit, bounds) {
        let is_open = !bounds.iter().any(|bound| bound.holds(stretch.sample));
        match open.last_mut() {
            Some(last) if is_open && goes_on => {
                last.most = stretch.most;
                last.with_most = stretch.with_most;
            }
            _ if is_open => open.push(stretch),
            _ => {}
        }
        goes_on = is_open;
    }
    open
}
