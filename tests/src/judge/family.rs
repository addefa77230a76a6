//! What kind of question a criterion asks, and which trouble it is when the answer is no.

use std::fmt;

use serde::Serialize;

/// Criteria that ask the same kind of question. Reports show them together, and the decision goes by them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Whether the postings came through.
    Completion,
    /// Whether what the workflow was run for is there.
    Data,
    /// Whether what is there is what it should be.
    Content,
    /// Whether what should run at the same time did.
    Parallelism,
    /// How long it took, and how much of that was needless.
    Performance,
    /// What went wrong on the way.
    Stability,
    /// Whether the system's own books are in order.
    Bookkeeping,
    /// Whether the postings were fit to be worked on.
    Postings,
}

/// The trouble that a missed criterion means: each is looked for in another place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trouble {
    /// What was saved or entered into the books is missing or wrong: look at steps, prompts and their input.
    Data,
    /// Work failed or was lost: look at errors.
    Failures,
    /// It took too long: look at models and the order of the work.
    Performance,
}

impl Family {
    /// What it means to miss a criterion of this family. The decision matrix of the built-in plan says so too, and a test
    /// holds the two together.
    pub(crate) fn trouble(self) -> Trouble {
        match self {
            Self::Data | Self::Content | Self::Bookkeeping | Self::Postings => Trouble::Data,
            Self::Completion | Self::Stability => Trouble::Failures,
            Self::Parallelism | Self::Performance => Trouble::Performance,
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Completion => "Completion",
            Self::Data => "Data",
            Self::Content => "Content",
            Self::Parallelism => "Parallelism",
            Self::Performance => "Performance",
            Self::Stability => "Stability",
            Self::Bookkeeping => "Bookkeeping",
            Self::Postings => "Postings",
        })
    }
}
