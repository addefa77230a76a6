//! A distribution in five numbers and its mean.

use crate::judge::reading::number;

/// What is told of a number of values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Quartiles {
    pub(crate) n: usize,
    pub(crate) least: f64,
    pub(crate) lower: f64,
    pub(crate) median: f64,
    pub(crate) upper: f64,
    pub(crate) greatest: f64,
    pub(crate) mean: f64,
}

impl Quartiles {
    /// Of values in any order; nothing of none. Between two values lies what their distance says (R's type 7).
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|it| it.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let (least, greatest) = (*sorted.first()?, *sorted.last()?);
        Some(Self {
            n: sorted.len(),
            least,
            lower: quantile(&sorted, 1),
            median: quantile(&sorted, 2),
            upper: quantile(&sorted, 3),
            greatest,
            mean: sorted.iter().sum::<f64>() / number(sorted.len()),
        })
    }
}

/// So many quarters of the way through values in order; whole numbers throughout, so that nothing is cast.
fn quantile(sorted: &[f64], quarters: usize) -> f64 {
    let steps = (sorted.len() - 1) * quarters;
    let (below, rest) = (steps / 4, steps % 4);
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (sorted[above] - sorted[below]) * number(rest) / 4.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_those_of_a_textbook() {
        let told = Quartiles::of(&[7.0, 1.0, 3.0, 5.0, 9.0]).unwrap();
        assert_eq!(
            (
                told.least,
                told.lower,
                told.median,
                told.upper,
                told.greatest
            ),
            (1.0, 3.0, 5.0, 7.0, 9.0)
        );
        let told = Quartiles::of(&[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!((told.lower, told.median, told.upper), (1.75, 2.5, 3.25));
        assert_eq!((told.n, told.mean), (4, 2.5));
    }

    #[test]
    fn one_value_is_all_of_them_and_none_is_nothing() {
        let told = Quartiles::of(&[2.0]).unwrap();
        assert_eq!((told.least, told.upper, told.mean), (2.0, 2.0, 2.0));
        assert_eq!(Quartiles::of(&[]), None);
        assert_eq!(Quartiles::of(&[f64::NAN]), None);
    }
}
