//! Two rates: Fisher's exact test, and Newcombe's interval for their difference.

use statrs::distribution::{Discrete, Hypergeometric};

use super::{Difference, NORMAL_REACH};
use crate::judge::number;

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) counted: usize,
    pub(crate) of: usize,
}

/// Tables that are exactly as likely as the one that was seen may differ in their last digits.
const ROUNDING: f64 = 1e-7;

/// The chance of shares at least as far apart if both had one rate: Fisher's exact test, two-sided by the likelihood of
/// the tables, as R and scipy have it. Summed here, because that of `statrs` takes a sum from one and has nothing left of
/// small chances.
pub(crate) fn rates_alike(a: Share, b: Share) -> f64 {
    let [counted, drawn, all] = [a.counted + b.counted, a.of, a.of + b.of].map(|it| it as u64);
    let Ok(tables) = Hypergeometric::new(all, counted, drawn) else {
        return 1.0;
    };
    // By logarithms: of more than a thousand tries there are more ways than an `f64` can count.
    let likelihood = |count| tables.ln_pmf(count).exp();
    let seen = likelihood(a.counted as u64) * (1.0 + ROUNDING);
    let least = (counted + drawn).saturating_sub(all);
    let chance: f64 = (least..=counted.min(drawn))
        .map(likelihood)
        .filter(|chance| *chance <= seen)
        .sum();
    chance.min(1.0)
}

/// How far apart two rates are, as shares of one: Newcombe's interval from two of Wilson's. Unlike the textbook's it has
/// a width where all or none were counted. Nothing is known of no tries.
pub(crate) fn rates_apart(a: Share, b: Share) -> Difference {
    if a.of == 0 || b.of == 0 {
        return Difference {
            estimate: f64::NAN,
            bounds: None,
        };
    }
    let ([a_least, a_most], [b_least, b_most]) = (a.wilson(), b.wilson());
    let (a, b) = (a.rate(), b.rate());
    let estimate = b - a;
    Difference {
        estimate,
        bounds: Some([
            estimate - (b - b_least).hypot(a_most - a),
            estimate + (b_most - b).hypot(a - a_least),
        ]),
    }
}

impl Share {
    fn rate(self) -> f64 {
        number(self.counted) / number(self.of)
    }

    /// Wilson's interval for the rate behind it.
    fn wilson(self) -> [f64; 2] {
        let (n, rate, square) = (number(self.of), self.rate(), NORMAL_REACH.powi(2));
        let middle = (rate + square / (2.0 * n)) / (1.0 + square / n);
        let spread = rate * (1.0 - rate) / n + square / (4.0 * n * n);
        let reach = NORMAL_REACH * spread.sqrt() / (1.0 + square / n);
        [(middle - reach).max(0.0), (middle + reach).min(1.0)]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn share(counted: usize, of: usize) -> Share {
        Share { counted, of }
    }

    fn close(found: f64, expected: f64, tolerance: f64) {
        assert!(
            (found - expected).abs() < tolerance,
            "{found} for {expected}"
        );
    }

    #[test]
    fn fishers_test_gives_the_values_that_scipy_gives() {
        for ([a, b, c, d], chance) in [
            ([3, 5, 4, 50], 0.039_707_492_465),
            ([61, 118, 2, 1], 0.275_350_616_235),
            ([127, 38, 112, 43], 0.368_786_284_265),
            ([9, 22, 44, 38], 0.021_581_786_663),
        ] {
            close(rates_alike(share(a, a + b), share(c, c + d)), chance, 1e-9);
        }
        // Fisher's tea: all of four cups told apart.
        close(rates_alike(share(4, 4), share(0, 4)), 2.0 / 70.0, 1e-12);
        // All of fifty against none: one table at each end of the many.
        assert!(rates_alike(share(50, 50), share(0, 50)) < 1e-28);
    }

    #[test]
    fn newcombes_interval_is_that_of_his_examples() {
        // Newcombe 1998, method 10, examples (a), (e) and (h); his difference is the first minus the second.
        for (a, b, [least, most]) in [
            (share(56, 70), share(48, 80), [0.0524, 0.3339]),
            (share(5, 56), share(0, 29), [-0.0381, 0.1926]),
            (share(10, 10), share(0, 10), [0.6075, 1.0]),
        ] {
            let [found_least, found_most] = rates_apart(b, a).bounds.unwrap();
            close(found_least, least, 6e-5);
            close(found_most, most, 6e-5);
        }
    }

    #[test]
    fn two_in_fifty_that_failed_are_no_difference() {
        assert!(rates_alike(share(50, 50), share(48, 50)) > 0.4);
        let [least, most] = rates_apart(share(50, 50), share(48, 50)).bounds.unwrap();
        assert!(least < -0.1 && most > 0.03, "{least} {most}");
    }

    #[test]
    fn of_thousands_of_tries_the_chance_is_still_one_where_nothing_differs() {
        for (a, b) in [
            (share(0, 674), share(0, 675)),
            (share(674, 674), share(675, 675)),
            (share(3_333, 6_740), share(3_338, 6_750)),
        ] {
            close(rates_alike(a, b), 1.0, 0.02);
        }
        assert!(rates_alike(share(3_000, 6_740), share(3_500, 6_750)) < 1e-10);
    }

    #[test]
    fn of_no_tries_nothing_is_known() {
        close(rates_alike(share(0, 0), share(7, 50)), 1.0, 1e-12);
        assert_eq!(rates_apart(share(0, 0), share(7, 50)).bounds, None);
    }

    fn shares() -> impl Strategy<Value = Share> {
        (1_usize..300).prop_flat_map(|of| (0..=of).prop_map(move |counted| share(counted, of)))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_share_does_not_differ_from_itself(a in shares()) {
            prop_assert!((rates_alike(a, a) - 1.0).abs() < 1e-6);
            let Difference { estimate, bounds } = rates_apart(a, a);
            let [least, most] = bounds.unwrap();
            prop_assert!(estimate == 0.0 && least <= 0.0 && most >= 0.0);
        }

        #[test]
        fn sides_that_change_places_change_the_sign_and_nothing_else(a in shares(), b in shares()) {
            prop_assert!((rates_alike(a, b) - rates_alike(b, a)).abs() < 1e-9);
            let (there, back) = (rates_apart(a, b), rates_apart(b, a));
            let ([least, most], [back_least, back_most]) = (there.bounds.unwrap(), back.bounds.unwrap());
            prop_assert!((there.estimate + back.estimate).abs() < 1e-9);
            prop_assert!((least + back_most).abs() < 1e-9 && (most + back_least).abs() < 1e-9);
        }

        #[test]
        fn a_chance_is_one_and_an_interval_holds_its_estimate(a in shares(), b in shares()) {
            prop_assert!((0.0..=1.0).contains(&rates_alike(a, b)));
            let Difference { estimate, bounds } = rates_apart(a, b);
            let [least, most] = bounds.unwrap();
            prop_assert!(least <= estimate + 1e-12 && estimate <= most + 1e-12);
            prop_assert!(least >= -1.0 - 1e-9 && most <= 1.0 + 1e-9);
        }
    }
}
