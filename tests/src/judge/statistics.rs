//! What a number of tries proves about the rate behind them: exact binomial bounds (Clopper–Pearson), one-sided at
//! [`CONFIDENCE`].
//!
//! Everything rests on one identity: the chance of at most `k` failures in `n` tries that each fail with chance `p`
//! is the regularised incomplete beta function at `1 − p` with parameters `n − k` and `k + 1`.

use statrs::function::beta::beta_reg;

use super::reading::number;

/// How sure a proof is. The other 5 % are the chance that a pipeline just short of the bound does as well by luck.
pub(crate) const CONFIDENCE: f64 = 0.95;

/// Halvings of an interval of length 1 until nothing is left of it that an `f64` could tell.
const HALVINGS: usize = 60;

/// More tries than anybody makes: what needs more is not to be proven.
const TOO_MANY: usize = 1 << 30;

/// The chance that of `tries`, each of which fails with chance `rate`, at most `failures` fail.
pub(crate) fn chance_of_at_most(failures: usize, tries: usize, rate: f64) -> f64 {
    if failures >= tries {
        return 1.0;
    }
    beta_reg(
        number(tries - failures),
        number(failures + 1),
        (1.0 - rate).clamp(0.0, 1.0),
    )
}

/// The failure rate that `failures` of `tries` prove is not exceeded: with any greater one, so few would be seen
/// less than one time in twenty. Nothing is proven by no tries.
pub(crate) fn proven_at_most(failures: usize, tries: usize) -> f64 {
    if failures >= tries {
        return 1.0;
    }
    let (mut least, mut most) = (number(failures) / number(tries), 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(least, most);
        if chance_of_at_most(failures, tries, middle) > 1.0 - CONFIDENCE {
            least = middle;
        } else {
            most = middle;
        }
    }
    most
}

/// The success rate that `successes` of `tries` prove at least.
pub(crate) fn proven_at_least(successes: usize, tries: usize) -> f64 {
    1.0 - proven_at_most(tries.saturating_sub(successes), tries)
}

/// The fewest tries that prove a success rate above `rate` although `failures` of them fail; none where no number
/// of tries could, as for "always".
pub(crate) fn fewest_tries(failures: usize, rate: f64) -> Option<usize> {
    let proves = |tries: usize| chance_of_at_most(failures, tries, 1.0 - rate) <= 1.0 - CONFIDENCE;
    let enough = std::iter::successors(Some(failures.saturating_add(1)), |tries| {
        tries.checked_mul(2).filter(|tries| *tries <= TOO_MANY)
    })
    .find(|tries| proves(*tries))?;
    let (mut too_few, mut enough) = (failures, enough);
    while enough - too_few > 1 {
        let middle = usize::midpoint(too_few, enough);
        if proves(middle) {
            enough = middle;
        } else {
            too_few = middle;
        }
    }
    Some(enough)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn percent(share: f64) -> String {
        format!("{:.2}", share * 100.0)
    }

    #[test]
    fn fifty_of_fifty_prove_no_more_than_94_percent() {
        assert_eq!(percent(proven_at_least(50, 50)), "94.18");
        assert_eq!(percent(proven_at_least(48, 50)), "87.94");
        assert_eq!(percent(proven_at_least(47, 50)), "85.22");
        assert_eq!(percent(proven_at_most(0, 50)), "5.82");
    }

    #[test]
    fn above_95_percent_takes_59_tries_without_a_failure_and_above_98_percent_takes_149() {
        assert_eq!(fewest_tries(0, 0.95), Some(59));
        assert_eq!(fewest_tries(0, 0.98), Some(149));
        assert!(proven_at_least(58, 58) < 0.95 && proven_at_least(59, 59) > 0.95);
    }

    #[test]
    fn always_is_not_to_be_proven_and_more_than_never_takes_one_success() {
        assert_eq!(fewest_tries(0, 1.0), None);
        assert_eq!(fewest_tries(0, 0.0), Some(1));
        assert_eq!(fewest_tries(3, 0.0), Some(4));
    }

    #[test]
    fn a_plan_that_allows_two_or_three_failures_of_fifty_passes_pipelines_that_it_means_to_stop() {
        let chance = |failures, rate| (chance_of_at_most(failures, 50, rate) * 100.0).round();
        assert!((chance(2, 0.05) - 54.0).abs() < f64::EPSILON);
        assert!((chance(2, 0.10) - 11.0).abs() < f64::EPSILON);
        assert!((chance(3, 0.05) - 76.0).abs() < f64::EPSILON);
        assert!((chance(3, 0.10) - 25.0).abs() < f64::EPSILON);
    }

    #[test]
    fn nothing_is_proven_by_no_tries_nor_by_failures_alone() {
        assert!(proven_at_least(0, 0).abs() < f64::EPSILON);
        assert!(proven_at_least(0, 7).abs() < f64::EPSILON);
        assert!((proven_at_most(7, 7) - 1.0).abs() < f64::EPSILON);
    }

    /// The sum that the incomplete beta function stands for, term by term.
    fn summed(failures: usize, tries: usize, rate: f64) -> f64 {
        let (mut term, mut sum) = (number(tries) * (-rate).ln_1p(), 0.0);
        for failed in 0..=failures {
            sum += f64::exp(term);
            let left = number(tries - failed) / number(failed + 1);
            term += (left * rate / (1.0 - rate)).ln();
        }
        sum
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_chance_is_the_sum_of_its_terms(
            (tries, failures) in (1_usize..70_000).prop_flat_map(|tries| (Just(tries), 0..tries)),
            around in 0.5_f64..2.0,
        ) {
            let rate = (number(failures) / number(tries) * around).clamp(1e-6, 1.0 - 1e-6);
            let difference = chance_of_at_most(failures, tries, rate) - summed(failures, tries, rate);
            prop_assert!(difference.abs() < 1e-6, "{}", difference);
        }

        #[test]
        fn a_proof_falls_short_of_what_was_seen_and_leaves_one_chance_in_twenty(
            (tries, failures) in (1_usize..5_000).prop_flat_map(|tries| (Just(tries), 0..tries)),
        ) {
            let proven = proven_at_least(tries - failures, tries);
            prop_assert!(proven < number(tries - failures) / number(tries));
            let chance = chance_of_at_most(failures, tries, 1.0 - proven);
            prop_assert!((chance - 0.05).abs() < 1e-6, "{}", chance);
        }

        #[test]
        fn one_more_success_proves_more_and_one_more_failure_less(
            (tries, successes) in (1_usize..2_000).prop_flat_map(|tries| (Just(tries), 1..=tries)),
        ) {
            let proven = proven_at_least(successes, tries);
            prop_assert!(proven_at_least(successes + 1, tries + 1) > proven);
            prop_assert!(proven_at_least(successes, tries + 1) < proven);
        }

        #[test]
        fn the_fewest_tries_prove_it_and_one_fewer_does_not(
            failures in 0_usize..20, rate in 0.01_f64..0.99,
        ) {
            let tries = fewest_tries(failures, rate).unwrap();
            prop_assert!(proven_at_least(tries - failures, tries) >= rate - 1e-9);
            prop_assert!(proven_at_least(tries - 1 - failures, tries - 1) < rate + 1e-9);
            prop_assert!(fewest_tries(failures + 1, rate).unwrap() > tries);
        }
    }
}
