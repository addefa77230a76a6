//! What a check comes to.

use serde::Serialize;

/// How much a finding matters, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Fine,
    /// Worth knowing; nothing needs to be done.
    Note,
    /// A run can begin, and will be slower, blinder or less safe than it could be.
    Warning,
    /// A run cannot begin, or would be spent in vain.
    Blocking,
}

/// What is checked, in the order in which it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The graphics cards and their driver.
    Gpu,
    /// Does every model server answer, and as which version?
    ModelServer,
    /// Are the workflow's models there, and the same everywhere?
    Models,
    /// Which models can be in the cards' memory together?
    Fit,
    /// Do context and slots agree with what is configured?
    Context,
    /// Does the database answer, and is it new enough?
    Database,
    /// Is its schema this version's, or can it become it?
    Schema,
    /// Are connections left for a run?
    Connections,
    /// Interactions that run too long or lost their worker.
    StuckInteractions,
    /// Batches that are not over.
    UnfinishedBatches,
    /// Room where the records and the database live.
    Disk,
    /// Free memory of the machine.
    Memory,
    /// Does anybody look after a batch whose machine dies?
    Watchdog,
    /// The database's clock and ours.
    Clock,
}

impl Check {
    /// The words for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gpu => "GPU",
            Self::ModelServer => "model server",
            Self::Models => "models",
            Self::Fit => "fit",
            Self::Context => "context, slots",
            Self::Database => "database",
            Self::Schema => "schema",
            Self::Connections => "connections",
            Self::StuckInteractions => "stuck work",
            Self::UnfinishedBatches => "open batches",
            Self::Disk => "disk",
            Self::Memory => "memory",
            Self::Watchdog => "watchdog",
            Self::Clock => "clock",
        }
    }
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was checked.
    pub check: Check,
    /// How much it matters.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do about it; absent where there is nothing to do.
    pub cure: Option<String>,
}

impl Finding {
    pub(super) fn fine(check: Check, found: impl Into<String>) -> Self {
        Self::of(check, Verdict::Fine, found.into(), None)
    }

    /// Something that cannot be told before something else is mended, or that nobody has to mend.
    pub(super) fn note(check: Check, found: impl Into<String>) -> Self {
        Self::of(check, Verdict::Note, found.into(), None)
    }

    pub(super) fn warning(check: Check, found: impl Into<String>, cure: impl Into<String>) -> Self {
        Self::of(check, Verdict::Warning, found.into(), Some(cure.into()))
    }

    pub(super) fn blocking(
        check: Check,
        found: impl Into<String>,
        cure: impl Into<String>,
    ) -> Self {
        Self::of(check, Verdict::Blocking, found.into(), Some(cure.into()))
    }

    /// The same with something that can be done about it.
    #[must_use]
    pub(super) fn with_cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }

    fn of(check: Check, verdict: Verdict, found: String, cure: Option<String>) -> Self {
        Self {
            check,
            verdict,
            found,
            cure,
        }
    }
}

/// All findings, as `preflight --json` prints them. Fields are added, never renamed, without a new version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Findings {
    /// The shape of this document: 1.
    pub version: u32,
    /// The worst of all.
    pub verdict: Verdict,
    /// One a check, in order.
    pub findings: Vec<Finding>,
}

impl Findings {
    pub(super) fn new(findings: Vec<Finding>) -> Self {
        let worst = findings.iter().map(|finding| finding.verdict).max();
        Self {
            version: 1,
            verdict: worst.unwrap_or(Verdict::Fine),
            findings,
        }
    }

    /// Those of one verdict, in order.
    pub fn of(&self, verdict: Verdict) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(move |finding| finding.verdict == verdict)
    }
}
