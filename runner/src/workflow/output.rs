//! Answers into values: parsed into a type, then validated. What fails either is [`Malformed`].

mod grade;
mod ihl;
mod json;
mod skills;
mod summary;
mod text;

use std::fmt;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use ihl::{
    AnalystReport, AnalystVerdict, CandidatePool, CounterArgument, ExpertReport, IhlCategory,
    Level, Recommendation, RedFlag, SkepticReport, SkepticVerdict,
};

pub(super) use text::says_nothing;

use super::{Outcome, PostingColumn};

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

/// What a step gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutputKind {
    /// A summary under the seven headings.
    Summary,
    /// PASS or FAIL, and why.
    Grade,
    /// A note for a person.
    Ticket,
    /// A list of skills.
    Skills,
    /// The analyst's case against the posting.
    Analyst,
    /// The skeptic's answer to it.
    Skeptic,
    /// The final score.
    Expert,
    /// What a script found.
    Check,
    /// The summary on its way to its column.
    SavedSummary,
}

impl OutputKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Summary,
        Self::Grade,
        Self::Ticket,
        Self::Skills,
        Self::Analyst,
        Self::Skeptic,
        Self::Expert,
        Self::Check,
        Self::SavedSummary,
    ];

    /// The kind as definitions write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Grade => "grade",
            Self::Ticket => "ticket",
            Self::Skills => "skills",
            Self::Analyst => "analyst",
            Self::Skeptic => "skeptic",
            Self::Expert => "expert",
            Self::Check => "check",
            Self::SavedSummary => "saved_summary",
        }
    }

    /// The outcomes of a model step of this kind. Those of a script depend on the script.
    pub(super) fn outcomes(self) -> &'static [Outcome] {
        match self {
            Self::Grade => &[Outcome::Pass, Outcome::Fail],
            _ => &[],
        }
    }

    /// The posting columns that an output of this kind can fill.
    pub fn columns(self) -> &'static [PostingColumn] {
        match self {
            Self::Summary | Self::SavedSummary => &[PostingColumn::ExtractedSummary],
            Self::Skills => &[PostingColumn::SkillKeywords],
            Self::Expert => &[PostingColumn::IhlScore, PostingColumn::IhlCategory],
            Self::Grade | Self::Ticket | Self::Analyst | Self::Skeptic | Self::Check => &[],
        }
    }

    /// A model's answer as a validated value.
    ///
    /// # Errors
    /// [`Malformed`] when the answer is not of this kind or not sound. Nothing of it may be saved.
    pub fn parse(self, answer: &str) -> Result<Output, Malformed> {
        match self {
            Self::Summary => summary::parse(answer).map(|text| Output::Summary { text }),
            Self::Grade => grade::parse(answer),
            Self::Ticket => {
                text::free_text(answer, "a note for a person").map(|text| Output::Ticket {
                    text: text.to_owned(),
                })
            }
            Self::Skills => skills::parse(answer).map(|skills| Output::Skills { skills }),
            Self::Analyst => ihl::parse_analyst(answer).map(Output::Analyst),
            Self::Skeptic => ihl::parse_skeptic(answer).map(Output::Skeptic),
            Self::Expert => ihl::parse_expert(answer).map(Output::Expert),
            Self::Check | Self::SavedSummary => Err(Malformed::new(
                format!("no answer at all: a {self} is computed by a script"),
                answer,
            )),
        }
    }

    /// The JSON schema to hand to the server, for the kinds that are JSON; no `$ref` in it.
    pub fn json_schema(self) -> Option<Value> {
        match self {
            Self::Skills => Some(skills::schema()),
            Self::Analyst => Some(schema_of::<AnalystReport>()),
            Self::Skeptic => Some(schema_of::<SkepticReport>()),
            Self::Expert => Some(schema_of::<ExpertReport>()),
            Self::Summary | Self::Grade | Self::Ticket | Self::Check | Self::SavedSummary => None,
        }
    }
}

impl fmt::Display for OutputKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Inlined, because the server turns a schema into a grammar and not every version resolves `$ref`.
fn schema_of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

/// The validated output of a step, as stored with its interaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Output {
    /// A summary under the seven headings.
    Summary {
        /// Plain text.
        text: String,
    },
    /// A grader's verdict.
    Grade {
        /// [`Outcome::Pass`] or [`Outcome::Fail`].
        grade: Outcome,
        /// Never blank.
        reason: String,
    },
    /// A note for a person.
    Ticket {
        /// Plain text.
        text: String,
    },
    /// The posting's skills.
    Skills {
        /// Never empty, each once whatever its case.
        skills: Vec<String>,
    },
    /// The case against the posting.
    Analyst(AnalystReport),
    /// The answer to it.
    Skeptic(SkepticReport),
    /// The final score.
    Expert(ExpertReport),
    /// What a script found.
    Check {
        /// One of its script's outcomes.
        outcome: Outcome,
    },
    /// The summary on its way to its column.
    SavedSummary {
        /// Plain text.
        text: String,
    },
}

impl Output {
    /// What the graph may branch on.
    pub fn outcome(&self) -> Option<Outcome> {
        match self {
            Self::Grade { grade, .. } => Some(*grade),
            Self::Check { outcome } => Some(*outcome),
            Self::SavedSummary { .. } => Some(Outcome::Saved),
            _ => None,
        }
    }

    /// What a later prompt sees of it.
    pub fn as_text(&self) -> String {
        match self {
            Self::Summary { text } | Self::Ticket { text } | Self::SavedSummary { text } => {
                text.clone()
            }
            Self::Grade { grade, reason } => format!("{grade}: {reason}"),
            Self::Skills { skills } => skills.join(", "),
            Self::Analyst(report) => json::pretty(report),
            Self::Skeptic(report) => json::pretty(report),
            Self::Expert(report) => json::pretty(report),
            Self::Check { outcome } => outcome.to_string(),
        }
    }

    /// The value this output gives a posting column; `None` when it has none for it.
    pub fn column(&self, column: PostingColumn) -> Option<Value> {
        match (self, column) {
            (
                Self::Summary { text } | Self::SavedSummary { text },
                PostingColumn::ExtractedSummary,
            ) => Some(json!(text)),
            (Self::Skills { skills }, PostingColumn::SkillKeywords) => Some(json!(skills)),
            (Self::Expert(report), PostingColumn::IhlScore) => Some(json!(report.ihl_score)),
            (Self::Expert(report), PostingColumn::IhlCategory) => Some(json!(report.ihl_category)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
