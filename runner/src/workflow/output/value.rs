//! The outputs themselves.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AnalystReport, ExpertReport, SkepticReport, json};
use crate::workflow::{Outcome, PostingColumn};

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
            ) => Some(serde_json::json!(text)),
            (Self::Skills { skills }, PostingColumn::SkillKeywords) => {
                Some(serde_json::json!(skills))
            }
            (Self::Expert(report), PostingColumn::IhlScore) => {
                Some(serde_json::json!(report.ihl_score))
            }
            (Self::Expert(report), PostingColumn::IhlCategory) => {
                Some(serde_json::json!(report.ihl_category))
            }
            _ => None,
        }
    }
}
