//! What a batch that is still at work can no longer avoid.
//!
//! Hours of a machine's time are lost when a batch goes on that has failed already. [`certain_reds`] names the criteria
//! that end on a red flag whatever happens from now on, a stop at once included, and no other: what is merely likely is
//! left to whoever watches. `criteria::outlooks` says for each criterion between which values it can still end; a red flag
//! is certain where all of these are red by the plan's tiers.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::{
    criteria::{
        completeness::COLUMNS,
        outlooks::{OUTLOOKS, Outlook},
        watchdog,
    },
    criterion::{Criterion, Enforcement, Rule},
    reading::number,
    requirements::Requirements,
    standing::Standing,
    tiers::{Bound, Tiers},
};
use crate::record::{AttemptEnd, Posting, RunRecord, SoFar, Status};

/// A red flag that can no longer be avoided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertainRed {
    /// Whose it is.
    pub criterion: Criterion,
    /// What it means to miss it.
    pub enforcement: Enforcement,
    /// What is known, what can be reached at best, and where the red flag is.
    pub why: String,
}

impl CertainRed {
    /// Whether the run has failed with it.
    pub fn is_insisted_on(&self) -> bool {
        self.enforcement != Enforcement::Nice
    }
}

/// The criteria that will be red whatever comes, in the order of the verdicts.
pub fn certain_reds(known: &SoFar, plan: &Requirements) -> Vec<CertainRed> {
    let certain = |(rule, outlook): &(&Rule, Outlook)| {
        let (enforcement, tiers) = rule.asked(number(known.size), plan);
        let reach = outlook(known)?;
        reach.is_red_throughout(&tiers).then(|| CertainRed {
            criterion: rule.criterion,
            enforcement,
            why: reach.told(rule.criterion.name, enforcement, &tiers),
        })
    };
    OUTLOOKS.iter().filter_map(certain).collect()
}

/// Between which values a criterion can still end, and why.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reach {
    least: f64,
    most: f64,
    limit: Limit,
    fact: String,
}

/// Which end of a reach is what is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
    /// No more than this can be had.
    AtBest,
    /// So much is there already.
    Already,
}

impl Reach {
    /// What `fact` leaves as the most that can be had.
    pub(crate) fn at_best(least: f64, most: f64, fact: String) -> Self {
        Self {
            least,
            most,
            limit: Limit::AtBest,
            fact,
        }
    }

    /// What is there by `fact` already and can only grow.
    pub(crate) fn already(least: f64, most: f64, fact: String) -> Self {
        Self {
            least,
            most,
            limit: Limit::Already,
            fact,
        }
    }

    /// Whether every value in it is a red flag. The standing changes at the tiers' bounds alone, so that these, the ends
    /// and a value of each stretch between them stand for all.
    fn is_red_throughout(&self, tiers: &Tiers) -> bool {
        let bounds = [Some(tiers.target), tiers.acceptable, Some(tiers.red)];
        let mut edges: Vec<f64> = bounds
            .into_iter()
            .flatten()
            .flat_map(Bound::values)
            .filter(|edge| (self.least..=self.most).contains(edge))
            .chain([self.least])
            .collect();
        let beyond = edges.iter().copied().fold(self.least, f64::max) + 1.0;
        edges.push(self.most.min(beyond));
        edges.sort_by(f64::total_cmp);
        let between = edges.windows(2).map(|pair| f64::midpoint(pair[0], pair[1]));
        edges
            .iter()
            .copied()
            .chain(between)
            .all(|value| tiers.place(value) == Standing::Red)
    }

    fn told(&self, name: &str, enforcement: Enforcement, tiers: &Tiers) -> String {
        let comes_to = match self.limit {
            Limit::AtBest => format!("can reach {} at best", tiers.measured(self.most)),
            Limit::Already => format!("is {} already", tiers.measured(self.least)),
        };
        let red = in_words(tiers.red, tiers);
        format!(
            "{}: {name} ({enforcement}) {comes_to}, and the red flag is {red}",
            self.fact
        )
    }
}

fn in_words(bound: Bound, tiers: &Tiers) -> String {
    let told = |value| tiers.measured(value);
    match bound {
        Bound::Exactly(value) => told(value).to_string(),
        Bound::AtMost(value) => format!("{} or less", told(value)),
        Bound::Below(value) => format!("below {}", told(value)),
        Bound::AtLeast(value) => format!("{} or more", told(value)),
        Bound::Above(value) => format!("above {}", told(value)),
        Bound::Between(least, most) => format!("from {} to {}", told(least), told(most)),
        Bound::Outside(least, most) => format!("below {} or above {}", told(least), told(most)),
    }
}

impl SoFar {
    /// The same counts from a record of a batch under way: what the query is held against.
    pub fn of(record: &RunRecord) -> Self {
        let with = |is_it: fn(Status) -> bool| -> BTreeSet<i64> {
            let runs = record.runs.iter().filter(|run| is_it(run.status));
            runs.map(|run| run.posting_id).collect()
        };
        let open = with(Status::is_open);
        let completed = with(|status| status == Status::Completed);
        let came_through = |posting: &&&Posting| completed.contains(&posting.posting_id);
        let over: Vec<&Posting> = record
            .postings
            .iter()
            .filter(|posting| !open.contains(&posting.posting_id))
            .collect();
        let without = COLUMNS.map(|(_, has)| over.iter().filter(|posting| !has(posting)).count());
        let lacking = |posting: &&&Posting| COLUMNS.iter().any(|(_, has)| !has(posting));
        let attempts = record.attempts.iter();
        let errors = record.errors.iter();
        Self {
            size: usize::try_from(record.batch.size).unwrap_or(usize::MAX),
            completed: completed.len(),
            failed: over.iter().filter(|posting| !came_through(posting)).count(),
            without_summary: without[0],
            without_skills: without[1],
            without_ihl_score: without[2],
            without_ihl_category: without[3],
            completed_and_lacking: over.iter().filter(came_through).filter(lacking).count(),
            interventions: watchdog::count(record),
            retries: attempts
                .filter(|it| it.ended_as == AttemptEnd::Retried)
                .count(),
            database_errors: errors.filter(|it| it.error_type == "database").count(),
            wall_us: wall_us(record),
            time_scale: record.mode.time_scale,
        }
    }

    /// How much of the plan's time has passed, in seconds.
    pub(crate) fn plan_seconds(&self) -> f64 {
        chrono::TimeDelta::microseconds(self.wall_us).as_seconds_f64() * self.time_scale
    }
}

/// Ends alone: a start is forgotten when its attempt is given up.
fn wall_us(record: &RunRecord) -> i64 {
    let began = record.runs.iter().filter_map(|run| run.started_at).min();
    let runs = record.runs.iter().filter(|run| !run.status.is_open());
    let steps = record.interactions.iter();
    let ended = runs
        .filter_map(|run| run.completed_at)
        .chain(
            steps
                .filter(|step| step.status == Status::Completed)
                .filter_map(|step| step.completed_at),
        )
        .max();
    let wall = began.zip(ended).map(|(began, ended)| ended - began);
    wall.and_then(|wall| wall.num_microseconds()).unwrap_or(0)
}
