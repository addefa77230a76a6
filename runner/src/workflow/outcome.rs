//! The words on which the graph branches.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a step found, where later steps depend on it. Written in upper case in definitions and
/// rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// A grader found the summary good enough.
    Pass,
    /// A grader found the summary wanting.
    Fail,
    /// The posting lacks a value: compute it.
    Run,
    /// The posting has the value already.
    Skip,
    /// The posting is what was fetched.
    Verified,
    /// The posting differs from what was fetched.
    Altered,
    /// The description is long enough to work on.
    Valid,
    /// The description is too short to say anything about.
    TooShort,
    /// There is no description.
    NoDescription,
    /// The summary was handed to its column.
    Saved,
}

impl Outcome {
    /// The word as it stands in definitions and rows.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Run => "RUN",
            Self::Skip => "SKIP",
            Self::Verified => "VERIFIED",
            Self::Altered => "ALTERED",
            Self::Valid => "VALID",
            Self::TooShort => "TOO_SHORT",
            Self::NoDescription => "NO_DESCRIPTION",
            Self::Saved => "SAVED",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
