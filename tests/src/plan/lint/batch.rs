//! What shares a batch of some size can have.

use crate::judge::Bound;

/// `count` of `size` in percent. Multiplied first: 47 of 50 is then 94 and not 93.99….
pub(super) fn share(count: f64, size: f64) -> f64 {
    count * 100.0 / size
}

/// All counts that a batch can have.
pub(super) fn counts(size: f64) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(0.0), move |count| {
        (*count < size).then_some(count + 1.0)
    })
}

/// Equal but for the last bits.
pub(super) fn is_same(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

/// The least count whose share keeps to a bound in percent.
pub(super) fn least(bound: Bound, size: f64) -> Option<f64> {
    counts(size).find(|count| bound.holds(share(*count, size)))
}

/// The greatest count whose share keeps to a bound in percent.
pub(super) fn most(bound: Bound, size: f64) -> Option<f64> {
    counts(size)
        .filter(|count| bound.holds(share(*count, size)))
        .last()
}

/// Whether a bound says how much there has to be.
pub(super) fn is_floor(bound: Bound) -> bool {
    matches!(bound, Bound::AtLeast(_) | Bound::Above(_))
}

/// Whether a bound says how much there may be.
pub(super) fn is_ceiling(bound: Bound) -> bool {
    matches!(bound, Bound::AtMost(_) | Bound::Below(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_whole_number_of_the_batch() {
        assert_eq!(least(Bound::Above(94.0), 50.0), Some(48.0));
        assert_eq!(least(Bound::AtLeast(94.0), 50.0), Some(47.0));
        assert_eq!(least(Bound::Above(98.0), 50.0), Some(50.0));
        assert_eq!(most(Bound::Below(5.0), 50.0), Some(2.0));
        assert_eq!(least(Bound::Above(100.0), 50.0), None);
    }
}
