//! Tests of two samples, and intervals for their difference: pure functions from numbers to numbers.
//!
//! `binomials` for rates, `ranks` for durations that are known one by one, `figures` for those of which only number, mean
//! and extremes were published, `several` for many tests at once. Every test is two-sided, every interval is at 95 %,
//! and every difference is the second sample's minus the first's.

mod binomials;
mod figures;
mod ranks;
mod several;

pub(super) use binomials::{Share, rates_alike, rates_apart};
pub(super) use figures::{Figures, Moments, means_alike, means_apart};
pub(super) use ranks::alike;
pub use ranks::apart;
pub(super) use several::holm;

/// A difference with what is sure of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The best guess.
    pub estimate: f64,
    /// Between which values it lies, 95 % sure by itself; absent where there are too few values to say.
    pub bounds: Option<[f64; 2]>,
}

impl Difference {
    /// The same, counted in a unit so many times as small.
    pub(super) fn times(self, factor: f64) -> Self {
        Self {
            estimate: self.estimate * factor,
            bounds: self.bounds.map(|bounds| bounds.map(|bound| bound * factor)),
        }
    }
}

/// Half of what a 95 % interval leaves out.
const TAIL: f64 = 0.025;

/// How many standard deviations of a normal distribution a 95 % interval reaches to each side.
const NORMAL_REACH: f64 = 1.959_963_984_540_054;
