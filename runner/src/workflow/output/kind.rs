//! What kinds of output there are, and how each is read.

use std::fmt;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AnalystReport, ExpertReport, Malformed, Output, SkepticReport};
use super::{grade, ihl, skills, summary, text};
use crate::workflow::{Outcome, PostingColumn};

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
    pub(in crate::workflow) fn outcomes(self) -> &'static [Outcome] {
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
        // No column of the database can hold one, written out or escaped as in JSON.
        if answer.contains('\0') || answer.contains("\\u0000") {
            return Err(Malformed::new("text without NUL characters", answer));
        }
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

/// Inlined, because the server turns a schema into a grammar and not every version resolves `$ref`; without the
/// docstrings, which no grammar can hold and which name our code.
fn schema_of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .with_transform(RecursiveTransform(bare))
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

/// Removes texts for people, and writes a choice among documented words as the plain choice that it is.
fn bare(schema: &mut Schema) {
    for text in ["description", "title"] {
        schema.remove(text);
    }
    let words: Option<Vec<Value>> =
        schema
            .get("oneOf")
            .and_then(Value::as_array)
            .and_then(|options| {
                options
                    .iter()
                    .map(|option| option.get("const").cloned())
                    .collect()
            });
    if let Some(words) = words {
        schema.remove("oneOf");
        schema.insert("type".to_owned(), "string".into());
        schema.insert("enum".to_owned(), words.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_plain_a_choice_of_words_and_no_text_for_people() {
        let schema = OutputKind::Expert.json_schema().expect("JSON is asked for");
        let categories = ["GENUINE", "BORDERLINE", "COMPLIANCE_THEATER", "FAKE"];
        assert_eq!(
            schema["properties"]["ihl_category"],
            serde_json::json!({ "type": "string", "enum": categories })
        );
        for word in ["description\":", "$ref", "oneOf"] {
            assert!(!schema.to_string().contains(word), "{word} in {schema}");
        }
    }
}
