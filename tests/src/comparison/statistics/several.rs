//! Many tests at once: of twenty that compare nothing with nothing, one is "significant".

use crate::judge::number;

/// Chances corrected for being among so many (Holm): whoever calls those below 5 % certain is wrong about any of them
/// one time in twenty at most, however they hang together. In the order in which they came.
pub(crate) fn holm(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|one, other| chances[*one].total_cmp(&chances[*other]));
    let mut corrected = vec![1.0; chances.len()];
    let mut so_far: f64 = 0.0;
    for (before, place) in order.into_iter().enumerate() {
        so_far = so_far.max(chances[place] * number(chances.len() - before));
        corrected[place] = so_far.min(1.0);
    }
    corrected
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn corrected_chances_are_those_of_r() {
        // p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")
        let corrected = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in corrected.into_iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
        }
    }

    #[test]
    fn one_test_needs_no_correction() {
        assert_eq!(holm(&[0.04]), [0.04]);
        assert_eq!(holm(&[]), [0.0; 0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn nothing_becomes_less_likely_to_be_chance(chances in proptest::collection::vec(0.0_f64..=1.0, 0..40)) {
            for (chance, corrected) in chances.iter().zip(holm(&chances)) {
                prop_assert!(corrected >= *chance && corrected <= 1.0);
            }
        }
    }
}
