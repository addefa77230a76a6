//! What the difference between two records proves. `record diff` tells what differs; two runs always do.
//!
//! - `sample`: what is known of the durations of a step: each of them, or published figures alone.
//! - `statistics`: tests and intervals, from numbers to numbers.
//! - `criteria`, `steps`: each criterion and each step of both, tested where there is something to test.
//! - `certainty`: what remains certain of so many tests.
//! - `reservations`: what makes the two no equals, to be said before anything else.
//!
//! Both sides are taken as independent samples. Where both batches had the same postings the values are paired, and a
//! paired test would show somewhat smaller differences; an unpaired one is still right.

mod certainty;
mod criteria;
mod reservations;
mod sample;
mod statistics;
mod steps;

pub use certainty::{Certainty, Finding, Test};
pub use criteria::{CriterionComparison, Stand};
pub use sample::{Middle, Summary};
pub use statistics::{Difference, apart};
pub use steps::StepComparison;

use crate::judge::Judgement;
use crate::record::RunRecord;

/// A record with what was said of it.
#[derive(Debug, Clone, Copy)]
pub struct Side<'r> {
    /// The record.
    pub record: &'r RunRecord,
    /// Its judgement.
    pub judgement: &'r Judgement,
}

/// What the differences between two records prove.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What makes the two no equals, in sentences.
    pub reservations: Vec<String>,
    /// Every criterion, in the order of the verdicts.
    pub criteria: Vec<CriterionComparison>,
    /// Every step of either, by conversation.
    pub steps: Vec<StepComparison>,
    /// How many tests were made. What is certain is so with all of them in mind.
    pub tests: usize,
}

/// Compares two records that were judged by one plan.
pub fn compare(before: Side<'_>, after: Side<'_>) -> Comparison {
    let mut criteria = criteria::compare(before.judgement, after.judgement);
    let mut steps = steps::compare(before.record, after.record);
    let findings = criteria.iter_mut().map(|row| &mut row.finding);
    let findings = findings.chain(steps.iter_mut().map(|row| &mut row.finding));
    let tests = certainty::correct(findings);
    Comparison {
        reservations: reservations::reservations(before, after),
        criteria,
        steps,
        tests,
    }
}

#[cfg(test)]
mod tests;
