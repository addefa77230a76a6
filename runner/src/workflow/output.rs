//! Answers into values: parsed into a type, then validated. What fails either is [`Malformed`].

mod grade;
mod ihl;
mod json;
mod kind;
mod skills;
mod summary;
mod text;
mod value;

pub use ihl::{
    AnalystReport, AnalystVerdict, CandidatePool, CounterArgument, ExpertReport, IhlCategory,
    Level, Recommendation, RedFlag, SkepticReport, SkepticVerdict,
};
pub use kind::OutputKind;
pub(super) use text::says_nothing;
pub use value::Output;

/// An answer that is not what its step had to give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed answer: expected {expected}, found {found}")]
pub struct Malformed {
    /// What the step had to give.
    pub expected: String,
    /// What came, shortened.
    pub found: String,
}

impl Malformed {
    /// Some 200 characters of the answer are enough to recognise it; all of it lies with the
    /// attempt.
    const FOUND_CHARS: usize = 200;

    fn new(expected: impl Into<String>, found: &str) -> Self {
        let mut shortened: String = found.chars().take(Self::FOUND_CHARS).collect();
        if shortened.len() < found.len() {
            shortened.push('…');
        }
        Self {
            expected: expected.into(),
            found: format!("{shortened:?}"),
        }
    }

    /// For a value that is absent rather than wrong.
    pub(super) fn nothing(expected: impl Into<String>) -> Self {
        Self {
            expected: expected.into(),
            found: "nothing".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
