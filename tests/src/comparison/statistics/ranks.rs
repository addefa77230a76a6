//! Two samples of which every value is known, whatever their distribution: the test of Mann and Whitney, and the shift of
//! Hodges and Lehmann with its interval. Durations are skewed, and one call that hung must not decide.

use statrs::function::erf::erfc;

use super::{Difference, NORMAL_REACH, TAIL};
use crate::judge::number;

/// Up to so many values in both samples together the exact distribution is counted out, ties included. Beyond it the
/// normal distribution is as good.
const EXACT_UP_TO: usize = 40;

/// The chance of ranks at least as far apart if both samples were of one kind.
pub(crate) fn alike(a: &[f64], b: &[f64]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return 1.0;
    }
    let ranks = doubled_ranks(a, b);
    let sum: usize = ranks[..a.len()].iter().sum();
    // Ranks sum up to (n + 1) n / 2, doubled ranks to twice that.
    let expected = a.len() * (ranks.len() + 1);
    let off = sum.abs_diff(expected);
    if ranks.len() <= EXACT_UP_TO {
        exactly(&ranks, a.len(), |sum| sum.abs_diff(expected) >= off)
    } else {
        nearly(&ranks, a.len(), number(off) / 2.0)
    }
}

/// How far the second sample lies above the first: the median of all differences between a value of each.
pub fn apart(a: &[f64], b: &[f64]) -> Difference {
    let (a, b) = (ascending(a), ascending(b));
    let pairs = a.len() * b.len();
    if pairs == 0 {
        return Difference {
            estimate: f64::NAN,
            bounds: None,
        };
    }
    let nth = |place| difference_at(&a, &b, place);
    let left_out = pairs_left_out(a.len(), b.len());
    Difference {
        estimate: f64::midpoint(nth(pairs.div_ceil(2)), nth(pairs / 2 + 1)),
        bounds: (left_out > 0).then(|| [nth(left_out), nth(pairs + 1 - left_out)]),
    }
}

fn ascending(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

/// Twice the rank of each value among those of both, from 1; equal values share theirs, and doubled it is whole.
fn doubled_ranks(a: &[f64], b: &[f64]) -> Vec<usize> {
    let values: Vec<f64> = a.iter().chain(b).copied().collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|one, other| values[*one].total_cmp(&values[*other]));
    let mut ranks = vec![0; values.len()];
    let mut before = 0;
    for equals in order.chunk_by(|one, other| values[*one].total_cmp(&values[*other]).is_eq()) {
        for place in equals {
            ranks[*place] = 2 * before + equals.len() + 1;
        }
        before += equals.len();
    }
    ranks
}

/// Of all ways to choose `chosen` of the ranks, the share of those whose sum `counts`.
fn exactly(ranks: &[usize], chosen: usize, counts: impl Fn(usize) -> bool) -> f64 {
    let ways = ways_to_sum(ranks, chosen);
    let all: f64 = ways.iter().sum();
    let counted: f64 = (0..)
        .zip(&ways)
        .filter(|(sum, _)| counts(*sum))
        .map(|(_, ways)| ways)
        .sum();
    (counted / all).min(1.0)
}

/// In how many ways `chosen` of the ranks have each sum.
fn ways_to_sum(ranks: &[usize], chosen: usize) -> Vec<f64> {
    let greatest: usize = ranks.iter().sum();
    let mut ways = vec![vec![0.0; greatest + 1]; chosen + 1];
    ways[0][0] = 1.0;
    for rank in ranks {
        for taken in (1..=chosen).rev() {
            let (fewer, now) = ways.split_at_mut(taken);
            for (more, from) in now[0][*rank..].iter_mut().zip(&fewer[taken - 1]) {
                *more += from;
            }
        }
    }
    ways.swap_remove(chosen)
}

/// By the normal distribution, corrected for ties and for sums being whole. `off` is how far the sum of the ranks is
/// from what is expected.
fn nearly(ranks: &[usize], chosen: usize, off: f64) -> f64 {
    let (all, first) = (number(ranks.len()), number(chosen));
    let mut sorted = ranks.to_vec();
    sorted.sort_unstable();
    let ties: f64 = sorted
        .chunk_by(|one, other| one == other)
        .map(|equals| number(equals.len()).powi(3) - number(equals.len()))
        .sum();
    let variance = first * (all - first) / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    let deviations = (off - 0.5).max(0.0) / variance.sqrt();
    // Values that are all equal have no variance, and say nothing.
    if deviations.is_finite() {
        erfc(deviations / std::f64::consts::SQRT_2).min(1.0)
    } else {
        1.0
    }
}

/// How many of the pairwise differences lie outside the 95 % interval at each end, counted to its bound; 0 where there
/// are too few for one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "neither negative nor beyond the number of pairs"
)]
fn pairs_left_out(a: usize, b: usize) -> usize {
    if a + b <= EXACT_UP_TO {
        let ranks: Vec<usize> = (1..=a + b).collect();
        let ways = ways_to_sum(&ranks, a);
        let all: f64 = ways.iter().sum();
        let mut tail = 0.0;
        return ways[a * (a + 1) / 2..]
            .iter()
            .take_while(|ways| {
                tail += **ways / all;
                tail <= TAIL
            })
            .count();
    }
    let (n, m) = (number(a), number(b));
    let reach = NORMAL_REACH * (n * m * (n + m + 1.0) / 12.0).sqrt();
    (n * m / 2.0 + 0.5 - reach).max(0.0).floor() as usize
}

/// The difference at this place, from 1, among all of `b` minus `a`, without writing them all down: 5,000 values a side
/// have 25 million.
fn difference_at(a: &[f64], b: &[f64], place: usize) -> f64 {
    let (mut least, mut most) = (b[0] - a[a.len() - 1], b[b.len() - 1] - a[0]);
    if pairs_up_to(a, b, least) >= place {
        return least;
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(least, most);
        if pairs_up_to(a, b, middle) >= place {
            most = middle;
        } else {
            least = middle;
        }
    }
    most
}

/// Halvings until nothing is left that an `f64` could tell.
const HALVINGS: usize = 60;

/// How many pairs differ by `difference` at most. Both samples ascend.
fn pairs_up_to(a: &[f64], b: &[f64], difference: f64) -> usize {
    let mut reached = 0;
    a.iter()
        .map(|value| {
            while reached < b.len() && b[reached] - value <= difference {
                reached += 1;
            }
            reached
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    use super::*;

    fn close(found: f64, expected: f64, tolerance: f64) {
        assert!(
            (found - expected).abs() < tolerance,
            "{found} for {expected}"
        );
    }

    #[test]
    fn small_samples_are_counted_out() {
        // The example of scipy's documentation: U = 17, two-sided 1/9.
        let (men, women) = ([19.0, 22.0, 16.0, 29.0, 24.0], [20.0, 11.0, 17.0, 12.0]);
        close(alike(&men, &women), 1.0 / 9.0, 1e-12);
        close(alike(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]), 0.1, 1e-12);
        close(alike(&[1.0], &[2.0]), 1.0, 1e-12);
    }

    #[test]
    fn the_shift_and_its_interval_are_those_of_a_textbook() {
        // Hollander and Wolfe, table 4.1, as in R's help of wilcox.test: the estimate is -0.305, and the exact 95 %
        // interval of wilcox.test(x, y, conf.int = TRUE) is -0.76 to 0.15.
        let x = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
        let y = [1.15, 0.88, 0.90, 0.74, 1.21];
        close(alike(&x, &y), 0.254_412_254_412, 1e-9);
        let Difference { estimate, bounds } = apart(&x, &y);
        let [least, most] = bounds.unwrap();
        close(estimate, -0.305, 1e-9);
        close(least, -0.76, 1e-9);
        close(most, 0.15, 1e-9);
    }

    #[test]
    fn too_few_values_have_no_interval() {
        assert_eq!(apart(&[1.0, 2.0], &[3.0, 4.0]).bounds, None);
        assert!(
            apart(&[1.0, 2.0, 3.0, 4.0], &[3.0, 4.0, 5.0, 6.0])
                .bounds
                .is_some()
        );
        assert_eq!(apart(&[], &[3.0]).bounds, None);
        close(alike(&[], &[3.0]), 1.0, 1e-12);
    }

    #[test]
    fn one_call_that_hung_decides_nothing() {
        let calm: Vec<f64> = (0..30).map(|it| 10.0 + f64::from(it) / 10.0).collect();
        let mut hung = calm.clone();
        hung[7] = 9_999.0;
        assert!(alike(&calm, &hung) > 0.5);
        assert!(apart(&calm, &hung).estimate.abs() < 0.2);
    }

    fn values(most: usize) -> impl Strategy<Value = Vec<f64>> {
        // Whole numbers, so that there are ties.
        proptest::collection::vec((0_u32..60).prop_map(f64::from), 1..most)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_sample_does_not_differ_from_itself(a in values(60)) {
            prop_assert!((alike(&a, &a) - 1.0).abs() < 1e-9);
            let Difference { estimate, bounds } = apart(&a, &a);
            prop_assert!(estimate.abs() < 1e-9);
            prop_assert!(bounds.is_none_or(|[least, most]| least <= 1e-9 && most >= -1e-9));
        }

        #[test]
        fn sides_that_change_places_change_the_sign_and_nothing_else(a in values(60), b in values(60)) {
            prop_assert!((alike(&a, &b) - alike(&b, &a)).abs() < 1e-9);
            let (there, back) = (apart(&a, &b), apart(&b, &a));
            prop_assert!((there.estimate + back.estimate).abs() < 1e-9);
            prop_assert_eq!(there.bounds.is_some(), back.bounds.is_some());
            if let (Some([least, most]), Some([back_least, back_most])) = (there.bounds, back.bounds) {
                prop_assert!((least + back_most).abs() < 1e-9 && (most + back_least).abs() < 1e-9);
            }
        }

        #[test]
        fn where_many_are_compared_the_chance_is_that_of_the_pairs_in_order(a in values(60), b in values(60)) {
            prop_assume!(a.len() + b.len() > EXACT_UP_TO);
            // Counted pair by pair, with the spread from how often each value occurs.
            let order = |(a, b): (&f64, &f64)| if a < b { 1.0 } else if a > b { 0.0 } else { 0.5 };
            let before: f64 = a.iter().flat_map(|a| b.iter().map(move |b| order((a, b)))).sum();
            let (pairs, all) = (number(a.len() * b.len()), number(a.len() + b.len()));
            let ties: f64 = (0..60).map(f64::from).map(|value| {
                let often = number(a.iter().chain(&b).filter(|it| (**it - value).abs() < 0.5).count());
                often.powi(3) - often
            }).sum();
            let spread = (pairs / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)))).sqrt();
            prop_assume!(spread > 0.0);
            let deviations = (((before - pairs / 2.0).abs() - 0.5) / spread).max(0.0);
            let chance = 2.0 * Normal::standard().sf(deviations);
            prop_assert!((alike(&a, &b) - chance).abs() < 1e-6);
        }

        #[test]
        fn counted_out_and_nearly_are_nearly_the_same(a in values(20), b in values(20)) {
            prop_assume!(a.len() > 7 && b.len() > 7);
            let ranks = doubled_ranks(&a, &b);
            let sum: usize = ranks[..a.len()].iter().sum();
            let off = number(sum.abs_diff(a.len() * (ranks.len() + 1))) / 2.0;
            prop_assert!((alike(&a, &b) - nearly(&ranks, a.len(), off)).abs() < 0.03);
        }

        #[test]
        fn differences_are_found_without_writing_them_all_down(a in values(20), b in values(20), at in 0.0_f64..1.0) {
            let mut all: Vec<f64> = b.iter().flat_map(|b| a.iter().map(move |a| b - a)).collect();
            all.sort_by(f64::total_cmp);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
            let place = (at * number(all.len())) as usize + 1;
            let place = place.min(all.len());
            let found = difference_at(&ascending(&a), &ascending(&b), place);
            prop_assert!((found - all[place - 1]).abs() < 1e-9);
        }
    }
}
