//! From a record to verdicts: a pure function of the record, without clock, database or network.
//!
//! [`judge`] reads the record into `evidence` (exchanges joined to interactions, grades to pairs), lets
//! every rule of `criteria` take its reading, and lets `tiers` say where the reading stands.
//! `validity` asks whether the evidence can be what it says it is. `exit` turns both into one number.

mod bounds;
mod busy;
mod calls;
mod conversations;
mod criteria;
mod criterion;
#[cfg(test)]
pub(crate) mod doctored;
mod evidence;
mod exit;
mod join;
mod pairs;
#[cfg(test)]
mod properties;
mod reading;
mod requirements;
mod residency;
mod standing;
mod tiers;
mod validity;
mod words;

pub use criterion::{Criterion, Enforcement, Verdict};
pub use exit::Exit;
pub use reading::Look;
pub use requirements::{Requirement, Requirements};
pub use standing::Standing;
pub use tiers::{Bound, Measured, Tiers, Unit};
pub use validity::{Doubt, Validity};

use serde::Serialize;

use self::evidence::Evidence;
use crate::record::{Ended, RunRecord};

/// What the judge says of one record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// How the batch ended, as the record says.
    pub ended: Ended,
    /// Whether the evidence can be what it says it is.
    pub validity: Validity,
    /// One verdict a criterion, always all of them and always in this order.
    pub verdicts: Vec<Verdict>,
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
    Judgement {
        ended: record.ended.clone(),
        validity: Validity::of(&evidence),
        verdicts: criteria::RULES
            .iter()
            .map(|rule| rule.judge(&evidence, plan))
            .collect(),
    }
}

/// Every criterion, in the order of the verdicts. What a test list shows before anything has run.
pub fn criteria() -> impl Iterator<Item = Criterion> {
    criteria::RULES.iter().map(|rule| rule.criterion)
}
