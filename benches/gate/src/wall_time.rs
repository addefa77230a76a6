//! The ratio of two commits' times, with its interval. It is told and decides nothing.

use std::collections::BTreeMap;

use batchproof::comparison::{Difference, apart};

/// Times of one run: nanoseconds an operation, by name.
pub type Times = BTreeMap<String, f64>;

/// How much longer an operation takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratio {
    /// The operation.
    pub name: String,
    /// Its middle time at the base, in nanoseconds.
    pub before: f64,
    /// The head's time over the base's; 1 is as long.
    pub ratio: f64,
    /// Between which ratios it lies, 95 % sure; absent where there are too few runs to say.
    pub bounds: Option<[f64; 2]>,
}

/// The ratio of each operation that both commits were timed on.
///
/// By ranks of logarithms (Hodges and Lehmann): a ratio is a difference there, and a run in which the machine was busy
/// elsewhere moves neither the ratio nor its interval.
pub fn ratios(before: &[Times], after: &[Times]) -> Vec<Ratio> {
    let names = before.first().into_iter().flat_map(BTreeMap::keys);
    let ratio = |name: &String| {
        let (before, after) = (logarithms(before, name), logarithms(after, name));
        if after.is_empty() {
            return None;
        }
        let Difference { estimate, bounds } = apart(&before, &after);
        Some(Ratio {
            name: name.clone(),
            before: middle(before).exp(),
            ratio: estimate.exp(),
            bounds: bounds.map(|bounds| bounds.map(f64::exp)),
        })
    };
    names.filter_map(ratio).collect()
}

fn logarithms(runs: &[Times], name: &str) -> Vec<f64> {
    let times = runs.iter().filter_map(|run| run.get(name));
    times.map(|nanoseconds| nanoseconds.ln()).collect()
}

/// The middle one; there is one at least.
fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() - 1) / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(nanoseconds: &[f64]) -> Vec<Times> {
        let run = |it: &f64| Times::from([("render".to_owned(), *it)]);
        nanoseconds.iter().map(run).collect()
    }

    #[test]
    fn twice_as_long_is_a_ratio_of_two_and_a_busy_moment_does_not_change_it() {
        let before = runs(&[100.0, 101.0, 102.0, 103.0, 104.0]);
        let after = runs(&[200.0, 202.0, 204.0, 9_999.0, 208.0]);
        let found = &ratios(&before, &after)[0];
        assert!((found.ratio - 2.0).abs() < 0.06, "{found:?}");
        let [least, most] = found.bounds.unwrap();
        assert!(least > 1.5 && least <= found.ratio && found.ratio <= most);
    }

    #[test]
    fn too_few_runs_have_a_ratio_and_no_interval() {
        let found = &ratios(&runs(&[100.0]), &runs(&[150.0]))[0];
        assert!((found.ratio - 1.5).abs() < 1e-9);
        assert_eq!(found.bounds, None);
    }

    #[test]
    fn an_operation_of_one_commit_alone_has_no_ratio() {
        assert!(ratios(&runs(&[100.0]), &[]).is_empty());
    }
}
