//! What one run of the measuring program counted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The counts of one run, as `cargo bench -p benches --bench counts` prints them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// The build that was measured: `optimised` or `unoptimised`. Allocations and instructions depend on it.
    pub build: String,
    /// Each count by its name, such as `sql.promote_50.statements`.
    pub counts: BTreeMap<String, u64>,
    /// The pure operations in the order in which callgrind measures them.
    #[serde(default)]
    pub operations: Vec<String>,
}

/// The runs of one commit, and what each count was in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runs(BTreeMap<String, Vec<u64>>);

impl Runs {
    /// Puts runs together, by count.
    pub fn of(runs: &[Counts]) -> Self {
        let mut together = Self::default();
        for run in runs {
            together.add(&run.counts);
        }
        together
    }

    /// Adds one run's counts, or more of the same run's.
    pub fn add(&mut self, counts: &BTreeMap<String, u64>) {
        for (name, count) in counts {
            self.0.entry(name.clone()).or_default().push(*count);
        }
    }

    /// What a count was in each run; empty where nobody counted it.
    pub fn of_count(&self, name: &str) -> &[u64] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names of all counts, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The middle value of each count; of an even number of runs the lower of the two in the middle.
    pub fn middle(&self) -> BTreeMap<String, u64> {
        let middles = self.0.iter().filter_map(|(name, counts)| {
            let mut counts = counts.clone();
            counts.sort_unstable();
            Some((
                name.clone(),
                *counts.get((counts.len().checked_sub(1)?) / 2)?,
            ))
        });
        middles.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_a_value_that_was_counted() {
        let run = |count| Counts {
            counts: BTreeMap::from([("loads".to_owned(), count)]),
            ..Counts::default()
        };
        let odd = Runs::of(&[run(9), run(3), run(5)]);
        assert_eq!(odd.middle()["loads"], 5);
        let even = Runs::of(&[run(9), run(3)]);
        assert_eq!(even.middle()["loads"], 3);
    }
}
