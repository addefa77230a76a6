//! Samples of which only number, mean, least and greatest value were published: Welch's test, with the greatest spread
//! that these figures allow.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{Difference, TAIL};
use crate::analysis::mean;
use crate::judge::number;

/// What was published of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figures {
    pub(crate) n: usize,
    pub(crate) mean: f64,
    pub(crate) least: f64,
    pub(crate) greatest: f64,
}

/// Number, mean and variance of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moments {
    n: f64,
    mean: f64,
    variance: f64,
}

impl Figures {
    /// The figures of values.
    pub(crate) fn of(values: &[f64]) -> Self {
        Self {
            n: values.len(),
            mean: mean(values),
            least: values.iter().copied().fold(f64::INFINITY, f64::min),
            greatest: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// With the greatest variance that a sample with these figures can have (Bhatia and Davis): that of values which
    /// all lie at one extreme or the other. What is certain with it is certain whatever the values were.
    pub(crate) fn moments(self) -> Moments {
        let n = number(self.n);
        let greatest = (self.greatest - self.mean) * (self.mean - self.least) * n / (n - 1.0);
        Moments {
            n,
            mean: self.mean,
            variance: greatest,
        }
    }
}

impl Moments {
    /// Of values that are known.
    pub(crate) fn of(values: &[f64]) -> Self {
        let (n, mean) = (number(values.len()), mean(values));
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        Self {
            n,
            mean,
            variance: squares / (n - 1.0),
        }
    }

    /// The square of the mean's own spread.
    fn error(self) -> f64 {
        self.variance / self.n
    }
}

/// The chance of means at least as far apart if both were one: Welch's test. One of samples without any spread, which
/// would prove everything.
pub(crate) fn means_alike(a: Moments, b: Moments) -> f64 {
    let Some((error, distribution)) = welch(a, b) else {
        return 1.0;
    };
    let off = (b.mean - a.mean).abs() / error;
    (2.0 * distribution.cdf(-off)).min(1.0)
}

/// How far apart two means are.
pub(crate) fn means_apart(a: Moments, b: Moments) -> Difference {
    let estimate = b.mean - a.mean;
    let reach = welch(a, b).map(|(error, it)| error * it.inverse_cdf(1.0 - TAIL));
    Difference {
        estimate,
        bounds: reach.map(|reach| [estimate - reach, estimate + reach]),
    }
}

/// The spread of the difference of the means, and the distribution of that difference in such spreads.
fn welch(a: Moments, b: Moments) -> Option<(f64, StudentsT)> {
    let error = a.error() + b.error();
    let part = |it: Moments| it.error().powi(2) / (it.n - 1.0);
    let freedom = error.powi(2) / (part(a) + part(b));
    let distribution = StudentsT::new(0.0, 1.0, freedom).ok()?;
    (error > 0.0 && freedom.is_finite()).then(|| (error.sqrt(), distribution))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(found: f64, expected: f64, tolerance: f64) {
        assert!(
            (found - expected).abs() < tolerance,
            "{found} for {expected}"
        );
    }

    #[test]
    fn welchs_test_gives_the_values_of_a_textbook() {
        // Student's sleep data, as in R's help of t.test: p = 0.07939, 95 % interval -3.365 to 0.205.
        let first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
        let second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
        let (a, b) = (Moments::of(&second), Moments::of(&first));
        close(means_alike(a, b), 0.079_394_14, 1e-7);
        let Difference { estimate, bounds } = means_apart(a, b);
        let [least, most] = bounds.unwrap();
        close(estimate, -1.58, 1e-9);
        close(least, -3.365_483_2, 1e-6);
        close(most, 0.205_483_2, 1e-6);
    }

    #[test]
    fn the_greatest_spread_is_that_of_values_at_the_extremes() {
        let values = [1.0, 1.0, 1.0, 5.0];
        let (known, published) = (Moments::of(&values), Figures::of(&values).moments());
        close(published.variance, known.variance, 1e-12);
    }

    #[test]
    fn samples_without_any_spread_prove_nothing() {
        let (a, b) = (Moments::of(&[2.0, 2.0]), Moments::of(&[3.0, 3.0]));
        close(means_alike(a, b), 1.0, 1e-12);
        assert_eq!(means_apart(a, b).bounds, None);
    }

    fn values() -> impl Strategy<Value = Vec<f64>> {
        proptest::collection::vec(0.0_f64..100.0, 2..60)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn no_sample_has_more_spread_than_its_figures_allow(a in values()) {
            prop_assert!(Figures::of(&a).moments().variance >= Moments::of(&a).variance - 1e-9);
        }

        #[test]
        fn sides_that_change_places_change_the_sign_and_nothing_else(a in values(), b in values()) {
            let (a, b) = (Figures::of(&a).moments(), Moments::of(&b));
            prop_assert!((means_alike(a, b) - means_alike(b, a)).abs() < 1e-9);
            let ([least, most], [back_least, back_most]) =
                (means_apart(a, b).bounds.unwrap(), means_apart(b, a).bounds.unwrap());
            prop_assert!((least + back_most).abs() < 1e-9 && (most + back_least).abs() < 1e-9);
        }

        #[test]
        fn a_sample_does_not_differ_from_itself(a in values()) {
            let a = Moments::of(&a);
            prop_assert!((means_alike(a, a) - 1.0).abs() < 1e-9);
        }
    }
}
