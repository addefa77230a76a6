//! The steps that ask no model.

use serde::{Deserialize, Serialize};

use super::{
    Conversation, Inputs, Malformed, Outcome, Output, OutputKind, PostingColumn, PostingFacts,
    content_hash, prompt,
};

/// A description below this many characters says too little to be summarised: the plan's lower
/// bound.
const SHORTEST_DESCRIPTION: usize = 100;

/// What a script step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Script {
    /// Is the posting still what was fetched?
    VerifyStagedDetail,
    /// Is there enough text to work on?
    CheckDescription,
    /// Has the posting a summary?
    CheckSummary,
    /// Hands the formatted summary to its column.
    SaveSummary,
    /// Has the posting skills?
    CheckSkills,
}

impl Script {
    /// The script's name in definitions and among the actors.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VerifyStagedDetail => "verify_staged_detail",
            Self::CheckDescription => "check_description",
            Self::CheckSummary => "check_summary",
            Self::SaveSummary => "save_summary",
            Self::CheckSkills => "check_skills",
        }
    }

    /// Every outcome it can have.
    pub fn outcomes(self) -> &'static [Outcome] {
        match self {
            Self::VerifyStagedDetail => &[Outcome::Verified, Outcome::Altered],
            Self::CheckDescription => &[Outcome::Valid, Outcome::TooShort, Outcome::NoDescription],
            Self::CheckSummary | Self::CheckSkills => &[Outcome::Run, Outcome::Skip],
            Self::SaveSummary => &[Outcome::Saved],
        }
    }

    /// The type of its output.
    pub fn output(self) -> OutputKind {
        match self {
            Self::SaveSummary => OutputKind::SavedSummary,
            _ => OutputKind::Check,
        }
    }

    /// The placeholders it reads, as a prompt does. The checks look at the posting itself.
    pub fn placeholders(self) -> &'static [&'static str] {
        match self {
            Self::SaveSummary => &["summary"],
            _ => &[],
        }
    }

    /// The column that is known to be filled once the script has found this.
    pub fn proves(self, outcome: Outcome) -> Option<PostingColumn> {
        match (self, outcome) {
            (Self::CheckSummary, Outcome::Skip) => Some(PostingColumn::ExtractedSummary),
            (Self::CheckSkills, Outcome::Skip) => Some(PostingColumn::SkillKeywords),
            _ => None,
        }
    }
}

/// Does a script step.
///
/// # Errors
/// [`Malformed`] when what the script has to hand on is missing or not sound.
pub fn run_script(
    script: Script,
    inputs: &Inputs,
    conversation: &Conversation,
) -> Result<Output, Malformed> {
    let posting = &inputs.posting;
    let outcome = match script {
        Script::VerifyStagedDetail => verify(posting),
        Script::CheckDescription => description(&posting.job_description),
        Script::CheckSummary => run_unless(posting.extracted_summary.is_some()),
        Script::CheckSkills => run_unless(posting.skill_keywords.is_some()),
        Script::SaveSummary => return save_summary(inputs, conversation),
    };
    Ok(Output::Check { outcome })
}

fn verify(posting: &PostingFacts) -> Outcome {
    let location = posting.location_city.as_deref().unwrap_or_default();
    let hash = content_hash(
        &posting.external_id,
        &posting.job_title,
        location,
        &posting.job_description,
    );
    if hash == posting.staged_content_hash {
        Outcome::Verified
    } else {
        Outcome::Altered
    }
}

fn description(text: &str) -> Outcome {
    match text.trim().chars().count() {
        0 => Outcome::NoDescription,
        1..SHORTEST_DESCRIPTION => Outcome::TooShort,
        _ => Outcome::Valid,
    }
}

fn run_unless(present: bool) -> Outcome {
    if present { Outcome::Skip } else { Outcome::Run }
}

/// Parsed once more: what goes into a column is checked where it is saved, whoever produced it.
fn save_summary(inputs: &Inputs, conversation: &Conversation) -> Result<Output, Malformed> {
    let sources = conversation
        .reads
        .get("summary")
        .map_or(&[][..], Vec::as_slice);
    let Some((_, text)) = prompt::first_present(sources, inputs) else {
        let sources = prompt::listed(sources);
        return Err(Malformed::nothing(format!("a summary from {sources}")));
    };
    match OutputKind::Summary.parse(&text)? {
        Output::Summary { text } => Ok(Output::SavedSummary { text }),
        other => Err(Malformed::nothing(format!(
            "a summary instead of {other:?}"
        ))),
    }
}

#[cfg(test)]
mod tests;
