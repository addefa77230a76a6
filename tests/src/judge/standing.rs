//! Where a reading stands between a plan's target and its red flag.

use std::fmt;

use serde::Serialize;

/// Where a reading stands. A plan that leaves values between "acceptable" and "red flag" without a word
/// gets [`Standing::Gap`] for them; what was not measured is never a pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// What the plan hopes for.
    Target,
    /// What the plan accepts.
    Acceptable,
    /// Worse than the plan accepts and not yet what it calls a red flag.
    Gap,
    /// What the plan calls a red flag.
    Red,
    /// Nothing was there to measure.
    NoData,
    /// This kind of run cannot show it, whatever it measures.
    NotJudgeable {
        /// Why it cannot.
        reason: String,
    },
}

impl Standing {
    /// Whether the criterion is met.
    pub fn is_met(&self) -> bool {
        matches!(self, Self::Target | Self::Acceptable)
    }

    /// Whether the criterion is missed. Missing data misses it: a run has to prove its success.
    pub fn is_missed(&self) -> bool {
        matches!(self, Self::Gap | Self::Red | Self::NoData)
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Target => "target",
            Self::Acceptable => "acceptable",
            Self::Gap => "gap",
            Self::Red => "RED",
            Self::NoData => "NO DATA",
            Self::NotJudgeable { .. } => "not judgeable",
        })
    }
}
