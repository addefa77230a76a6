//! Counts in, verdicts out.

use std::collections::BTreeSet;

use crate::accepted::Accepted;
use crate::counts::Runs;
use crate::noise::{FEWEST_RUNS, floor_percent, growth_percent};
use crate::thresholds::Thresholds;

/// What became of one count.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Its name.
    pub name: String,
    /// Its middle value at the base; absent where the base does not count it.
    pub before: Option<u64>,
    /// Its middle value at the head; absent where the head does not count it.
    pub after: Option<u64>,
    /// By how many percent it may grow; absent where it decides nothing.
    pub threshold: Option<f64>,
    /// How far it wobbles by itself, in percent, at whichever commit it wobbles more.
    pub floor: Option<f64>,
    /// Where that leaves it.
    pub standing: Standing,
}

/// Where a count stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is as it was, or has changed by no more than its threshold.
    Held,
    /// It has shrunk by more than its threshold.
    Shrunk,
    /// It has grown by more than its threshold.
    Grown,
    /// It has, and a commit says why.
    Accepted {
        /// The reason.
        why: String,
    },
    /// Only the head counts it.
    New,
    /// Only the base counts it.
    Gone,
    /// It is told, and decides nothing.
    Told,
    /// It cannot be decided.
    Refused(Refusal),
}

/// Why a count cannot be decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It wobbles by more than its threshold.
    BelowTheFloor,
    /// No rule is about it.
    NoThreshold,
    /// Too few runs to know its noise.
    TooFewRuns,
}

/// The verdicts of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// One a count, by name.
    pub verdicts: Vec<Verdict>,
}

/// What follows from a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing has grown beyond its threshold.
    Passed,
    /// Something has.
    Failed,
    /// A threshold cannot be held to, whatever was counted.
    Undecidable,
}

impl Decision {
    /// What follows. Growth that is certain comes before a threshold that is not.
    pub fn outcome(&self) -> Outcome {
        let any = |is: fn(&Standing) -> bool| self.verdicts.iter().any(|it| is(&it.standing));
        if any(|it| *it == Standing::Grown) {
            Outcome::Failed
        } else if any(|it| matches!(it, Standing::Refused(_))) {
            Outcome::Undecidable
        } else {
            Outcome::Passed
        }
    }
}

impl Verdict {
    /// By how many percent the count has grown; absent where one side does not have it.
    pub fn growth(&self) -> Option<f64> {
        Some(growth_percent(self.before?, self.after?))
    }

    /// What is wrong with the threshold, and what to do; absent where nothing is.
    pub fn complaint(&self) -> Option<String> {
        let Standing::Refused(refusal) = self.standing else {
            return None;
        };
        let name = &self.name;
        Some(match refusal {
            Refusal::BelowTheFloor => format!(
                "{name}: its threshold of {} % lies below its floor, for runs of one and the same commit differ by {:.2} %; \
                 count it in a set-up that does not wobble, or raise the threshold in benches/gate.toml above the floor",
                self.threshold.unwrap_or_default(),
                self.floor.unwrap_or_default()
            ),
            Refusal::NoThreshold => format!(
                "{name}: no rule of benches/gate.toml is about it; add one, without growth_percent if it shall decide nothing"
            ),
            Refusal::TooFewRuns => format!(
                "{name}: {FEWEST_RUNS} runs of a commit at least tell how much a count wobbles, and there are fewer; \
                 give more --rounds"
            ),
        })
    }
}

/// Decides each count that either commit has.
pub fn decide(
    before: &Runs,
    after: &Runs,
    thresholds: &Thresholds,
    accepted: &Accepted,
) -> Decision {
    let names: BTreeSet<&str> = before.names().chain(after.names()).collect();
    let (middles_before, middles_after) = (before.middle(), after.middle());
    let verdict = |name: &str| {
        let floors = [before, after].map(|runs| floor_percent(runs.of_count(name)));
        let rule = thresholds.of(name);
        let mut verdict = Verdict {
            name: name.to_owned(),
            before: middles_before.get(name).copied(),
            after: middles_after.get(name).copied(),
            threshold: rule.and_then(|rule| rule.growth_percent),
            floor: floors.into_iter().flatten().reduce(f64::max),
            standing: Standing::Told,
        };
        verdict.standing = match rule {
            None => Standing::Refused(Refusal::NoThreshold),
            Some(_) => standing(&verdict, accepted),
        };
        verdict
    };
    Decision {
        verdicts: names.into_iter().map(verdict).collect(),
    }
}

fn standing(verdict: &Verdict, accepted: &Accepted) -> Standing {
    let Some(threshold) = verdict.threshold else {
        return Standing::Told;
    };
    let growth = match (verdict.before, verdict.growth()) {
        (None, _) => return Standing::New,
        (_, None) => return Standing::Gone,
        (_, Some(growth)) => growth,
    };
    match verdict.floor {
        None => Standing::Refused(Refusal::TooFewRuns),
        Some(floor) if floor > threshold => Standing::Refused(Refusal::BelowTheFloor),
        Some(_) if growth > threshold => match accepted.reason(&verdict.name) {
            Some(why) => Standing::Accepted {
                why: why.to_owned(),
            },
            None => Standing::Grown,
        },
        Some(_) if growth < -threshold => Standing::Shrunk,
        Some(_) => Standing::Held,
    }
}

#[cfg(test)]
mod tests;
