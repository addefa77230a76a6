//! What is certain of a difference, with all the others that were tested in mind.

use super::statistics::{Difference, holm};

/// How sure something has to be to be called so: wrong one time in twenty at most.
const CHANCE: f64 = 0.05;

/// How sure a difference is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// It is no chance, also as one of all that were tested.
    Certain,
    /// It would be certain if it were the only one. Among so many, one like it turns up by chance.
    Hint,
    /// Chance alone may have made it.
    NotShown,
}

/// What came of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// It was tested.
    Tested(Test),
    /// There is nothing to test: why not.
    Untested(String),
}

/// A test of two samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Test {
    /// The second minus the first.
    pub difference: Difference,
    /// How often chance alone makes such a difference, if it is the only one that is looked at.
    pub chance: f64,
    /// How sure that makes it.
    pub certainty: Certainty,
}

impl Finding {
    /// A test, of which nothing is certain until all are there.
    pub(super) fn tested(difference: Difference, chance: f64) -> Self {
        Self::Tested(Test {
            difference,
            chance,
            certainty: Certainty::NotShown,
        })
    }
}

/// Lays down how sure each of all the tests is. Answers how many there are.
pub(super) fn correct<'f>(findings: impl Iterator<Item = &'f mut Finding>) -> usize {
    let mut tests: Vec<&mut Test> = findings
        .filter_map(|finding| match finding {
            Finding::Tested(test) => Some(test),
            Finding::Untested(_) => None,
        })
        .collect();
    let chances: Vec<f64> = tests.iter().map(|test| test.chance).collect();
    for (test, corrected) in tests.iter_mut().zip(holm(&chances)) {
        test.certainty = if corrected <= CHANCE {
            Certainty::Certain
        } else if test.chance <= CHANCE {
            Certainty::Hint
        } else {
            Certainty::NotShown
        };
    }
    tests.len()
}
