//! From a record to verdicts: a pure function of the record, without clock, database or network.
//!
//! [`judge`] reads the record into `evidence` (exchanges joined to interactions, grades to pairs), lets
//! every rule of `criteria` take its reading, and lets `tiers` say where the reading stands.
//! `validity` asks whether the evidence can be what it says it is. `exit` turns both into one number,
//! `decision` into one next step. `outlook` says of a batch under way which red flags are certain. `proof` says beside each rate what so many tries show of it.

mod answers;
#[cfg(test)]
mod bites;
pub mod bounds;
mod busy;
pub(crate) mod calls;
pub(crate) mod conversations;
pub(crate) mod criteria;
mod criterion;
mod decision;
#[cfg(test)]
pub(crate) mod doctored;
pub(crate) mod evidence;
mod exit;
mod family;
mod join;
#[cfg(test)]
mod november_2025;
mod outlook;
pub(crate) mod pairs;
mod proof;
#[cfg(test)]
mod properties;
pub(crate) mod reading;
mod requirements;
pub(crate) mod residency;
mod rows;
mod standing;
pub(crate) mod statistics;
mod telling;
mod tiers;
mod validity;
pub(crate) mod window;
mod words;

pub(crate) use criteria::loads::Seen;
pub use criterion::{Criterion, Enforcement, Verdict};
pub(crate) use decision::fastest_other;
pub use decision::{Action, ActionKind, Decision, Faster, Pace, RunAgain, Slowest, Step};
pub(crate) use evidence::Evidence;
pub use exit::Exit;
pub use family::Family;
pub use outlook::{CertainRed, certain_reds};
pub use proof::{Odds, Proof};
pub use reading::Look;
pub(crate) use reading::{counted, number};
pub use requirements::{Requirement, Requirements};
pub(crate) use residency::tagged;
pub use standing::Standing;
pub(crate) use tiers::stretches;
pub use tiers::{Bound, Measured, Tiers, Unit};
pub use validity::{Doubt, Validity};

use serde::Serialize;

use crate::record::{Ended, PlanReference, RunRecord, ServerKind};

/// What the judge says of one record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// The plan that it was judged by; absent where the criteria's own tiers were laid.
    pub plan: Option<PlanReference>,
    /// How the batch ended, as the record says.
    pub ended: Ended,
    /// Whether the evidence can be what it says it is.
    pub validity: Validity,
    /// One verdict a criterion, always all of them and always in this order.
    pub verdicts: Vec<Verdict>,
    /// What to do next.
    pub decision: Decision,
}

impl Judgement {
    /// The one number that a script looks at.
    pub fn exit(&self) -> Exit {
        Exit::of(self)
    }

    /// [`Judgement::exit`] as the process returns it.
    pub fn exit_code(&self) -> u8 {
        self.exit().code()
    }

    /// The verdict of one criterion.
    pub fn verdict(&self, criterion: &str) -> Option<&Verdict> {
        self.verdicts
            .iter()
            .find(|verdict| verdict.criterion.id == criterion)
    }
}

/// Judges a record by a plan. The order of the record's rows does not matter.
pub fn judge(record: &RunRecord, plan: &Requirements) -> Judgement {
    let evidence = Evidence::of(record);
    let validity = Validity::of(&evidence);
    let verdicts: Vec<Verdict> = criteria::rules()
        .map(|(family, rule)| rule.judge(family, &evidence, plan))
        .collect();
    Judgement {
        plan: plan.plan.clone(),
        ended: record.ended.clone(),
        decision: Decision::of(&evidence, &validity, &verdicts, plan),
        validity,
        verdicts,
    }
}

/// Every criterion, in the order of the verdicts. What a test list shows before anything has run.
pub fn criteria() -> impl Iterator<Item = Criterion> {
    criteria::rules().map(|(_, rule)| rule.criterion)
}

/// The criteria that a kind of run can show.
pub fn judged_in(kind: ServerKind) -> impl Iterator<Item = Criterion> {
    criteria().filter(move |criterion| criterion.judged_in.contains(&kind))
}

/// Every criterion under the heading that its verdict stands under.
pub(crate) fn by_family() -> impl Iterator<Item = (Family, Criterion)> {
    criteria::rules().map(|(family, rule)| (family, rule.criterion))
}

/// Every criterion with the next step that follows where it is missed and all that goes before it is well. Data is
/// taken to be missing for no failure.
pub(crate) fn next_steps() -> impl Iterator<Item = (Criterion, ActionKind)> {
    criteria::rules().map(|(family, rule)| (rule.criterion, decision::after_a_miss_of(family)))
}

/// What the total duration of a batch of so many postings is held against, before it is over.
pub(crate) fn tiers_of_total_duration(plan: &Requirements, size: u32) -> Tiers {
    criteria::duration::TOTAL_DURATION
        .asked(f64::from(size), plan)
        .1
}

/// What the GPU's utilisation during calls is held against, before the batch is over.
pub(crate) fn tiers_of_gpu_utilisation(plan: &Requirements, size: u32) -> Tiers {
    criteria::sampled::GPU_UTILISATION
        .asked(f64::from(size), plan)
        .1
}

/// Every criterion with what it is measured in, for whoever lays tiers against it.
pub(crate) fn measured_in() -> impl Iterator<Item = (Criterion, Unit)> {
    criteria::rules().map(|(_, rule)| (rule.criterion, rule.tiers.unit))
}
