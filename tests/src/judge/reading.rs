//! What a rule reads from the evidence, before any tier is laid against it.

use std::fmt;

use serde::Serialize;

/// Where to look for the cause. A verdict names a few, never all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// A `workflow_run_id`.
    Run(i64),
    /// A `posting_id`.
    Posting(i64),
    /// An `interaction_id`.
    Interaction(i64),
    /// An `error_id` of `workflow_errors`.
    Error(i64),
}

impl fmt::Display for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(id) => write!(f, "run {id}"),
            Self::Posting(id) => write!(f, "posting {id}"),
            Self::Interaction(id) => write!(f, "interaction {id}"),
            Self::Error(id) => write!(f, "error {id}"),
        }
    }
}

/// Enough to start looking; the record has the rest.
pub(crate) const LOOK_AT_MOST: usize = 5;

/// How sure a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    /// It is the value.
    Exact,
    /// The value is this or more: some of it has not been seen. It can be red, but it cannot be a pass.
    AtLeast,
}

/// Whether the things that a reading is about are tries, each of which could fail by itself. Only tries prove
/// anything about the rate behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tries {
    /// A share in percent that comes down to whole things is one of tries; nothing else is.
    WhereItIsAShare,
    /// Each thing was a try, and the value counts some of them.
    Each,
    /// They are not, whatever the value looks like: samples of one thing over time, a share of time.
    None,
}

/// What a rule reads from the evidence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reading {
    /// There was something to measure.
    Value {
        value: f64,
        n: usize,
        certainty: Certainty,
        tries: Tries,
        note: String,
        look: Vec<Look>,
    },
    /// There was nothing to measure.
    NoData { why: String },
    /// This kind of run cannot show it, but what it measured is told.
    NotJudgeable {
        reason: String,
        value: Option<f64>,
        n: usize,
    },
}

impl Reading {
    /// A value over `n` things, and what it means.
    pub(crate) fn value(value: f64, n: usize, note: impl Into<String>) -> Self {
        Self::Value {
            value,
            n,
            certainty: Certainty::Exact,
            tries: Tries::WhereItIsAShare,
            note: note.into(),
            look: Vec::new(),
        }
    }

    /// Nothing to measure.
    pub(crate) fn no_data(why: impl Into<String>) -> Self {
        Self::NoData { why: why.into() }
    }

    /// Nothing that this kind of run could show, and nothing measured.
    pub(crate) fn cannot_show(reason: impl Into<String>) -> Self {
        Self::NotJudgeable {
            reason: reason.into(),
            value: None,
            n: 0,
        }
    }

    /// Names the first few places to look at.
    pub(crate) fn look(mut self, places: impl IntoIterator<Item = Look>) -> Self {
        if let Self::Value { look, .. } = &mut self {
            *look = places.into_iter().take(LOOK_AT_MOST).collect();
        }
        self
    }

    /// Says that the true value may be greater.
    pub(crate) fn at_least(mut self) -> Self {
        if let Self::Value { certainty, .. } = &mut self {
            *certainty = Certainty::AtLeast;
        }
        self
    }

    /// Says that each of the `n` things was a try, and that the value counts some of them.
    pub(crate) fn counts_tries(self) -> Self {
        self.with_tries(Tries::Each)
    }

    /// Says that the `n` things were no tries although the value is in percent.
    pub(crate) fn no_tries(self) -> Self {
        self.with_tries(Tries::None)
    }

    fn with_tries(mut self, new: Tries) -> Self {
        if let Self::Value { tries, .. } = &mut self {
            *tries = new;
        }
        self
    }

    /// Takes the reading out of judgement for `reason`. Missing data stays missing data.
    pub(crate) fn not_judgeable(self, reason: impl Into<String>) -> Self {
        match self {
            Self::Value { value, n, .. } => Self::NotJudgeable {
                reason: reason.into(),
                value: Some(value),
                n,
            },
            other => other,
        }
    }

    /// Takes the reading out of judgement because this kind of run cannot show it at all: data that is missing is no fault
    /// there.
    pub(crate) fn out_of_judgement(self, reason: impl Into<String>) -> Self {
        match self {
            Self::NoData { .. } => Self::cannot_show(reason),
            Self::NotJudgeable { value, n, .. } => Self::NotJudgeable {
                reason: reason.into(),
                value,
                n,
            },
            value @ Self::Value { .. } => value.not_judgeable(reason),
        }
    }
}

/// A count as a number to calculate with.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of rows stay far below 2^52"
)]
pub(crate) fn number(count: usize) -> f64 {
    count as f64
}

/// "1 run", "2 runs".
pub(crate) fn counted(count: usize, thing: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{ending}")
}
