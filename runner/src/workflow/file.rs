//! A workflow from its files: one TOML definition, and one Markdown prompt for each model step,
//! named after the step.

mod form;
mod step;

use std::io;
use std::path::{Path, PathBuf};

use super::Workflow;

/// The definition that this crate carries.
const BUILTIN: &str = include_str!("../../workflows/3001.toml");
/// Its file's name, for messages.
const BUILTIN_FILE: &str = "workflows/3001.toml";

/// Why a definition could not be read. What it says wrongly is the lint's business.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    /// No definition there.
    #[error(
        "{}: expected a workflow definition, a .toml file or a folder with exactly one, found \
         {found} of them",
        path.display()
    )]
    NoDefinition {
        /// What was asked for.
        path: PathBuf,
        /// How many it holds.
        found: usize,
    },
    /// A file that could not be read.
    #[error(
        "{}: expected a readable workflow definition; correct the path or its permissions",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Not TOML, or not the fields of a workflow.
    #[error("{file}: not a workflow definition: {reason}")]
    Syntax {
        /// The definition.
        file: String,
        /// What the TOML reader says, with the line.
        reason: String,
    },
    /// A conversation with a wrong field.
    #[error("{file}, conversation {conversation}: {reason}")]
    Field {
        /// The definition.
        file: String,
        /// Id and name, as far as the file gives them.
        conversation: String,
        /// The field, what was expected and what was found.
        reason: String,
    },
    /// A model step without its prompt.
    #[error(
        "{file}, conversation {conversation}: expected its prompt in {}; write it, or correct \
         `prompts`",
        path.display()
    )]
    NoPrompt {
        /// The definition.
        file: String,
        /// Id and name.
        conversation: String,
        /// Where the prompt was looked for.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl Workflow {
    /// Workflow 3001 as this crate carries it. It has no findings; a test holds that.
    ///
    /// # Panics
    /// Never: the text is embedded, and the same test reads it.
    pub fn builtin() -> Self {
        #[expect(clippy::expect_used, reason = "embedded text, read by a test")]
        Self::from_toml(BUILTIN, BUILTIN_FILE, &builtin_prompt)
            .expect("the embedded workflow is valid")
    }

    /// A workflow from a `.toml` file, or from a folder that holds exactly one.
    ///
    /// Whether it may run is for [`Workflow::lint`] to say.
    ///
    /// # Errors
    /// [`WorkflowError`], naming file, conversation and field.
    pub fn load(dir_or_toml: &Path) -> Result<Self, WorkflowError> {
        let path = definition_in(dir_or_toml)?;
        let text = std::fs::read_to_string(&path).map_err(|source| WorkflowError::Unreadable {
            path: path.clone(),
            source,
        })?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let prompt = |name: &Path| std::fs::read_to_string(folder.join(name));
        Self::from_toml(&text, &path.display().to_string(), &prompt)
    }

    /// A workflow from a definition's text. `file` names it in messages; `prompt` is asked for each
    /// model step's template, by its path as seen from the definition.
    ///
    /// # Errors
    /// [`WorkflowError`], naming file, conversation and field.
    pub fn from_toml(
        definition: &str,
        file: &str,
        prompt: &dyn Fn(&Path) -> io::Result<String>,
    ) -> Result<Self, WorkflowError> {
        let syntax = |error: toml::de::Error| WorkflowError::Syntax {
            file: file.to_owned(),
            reason: error.to_string(),
        };
        let form: form::WorkflowForm = toml::from_str(definition).map_err(syntax)?;
        form.into_workflow(file, prompt)
    }
}

/// The definition that a path means.
fn definition_in(path: &Path) -> Result<PathBuf, WorkflowError> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let unreadable = |source| WorkflowError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let entries = path
        .read_dir()
        .and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(unreadable)?;
    let is_toml = |path: &PathBuf| {
        path.extension()
            .is_some_and(|extension| extension == "toml")
    };
    let mut found: Vec<_> = entries
        .iter()
        .map(std::fs::DirEntry::path)
        .filter(is_toml)
        .collect();
    match (found.pop(), found.len()) {
        (Some(definition), 0) => Ok(definition),
        (last, others) => Err(WorkflowError::NoDefinition {
            path: path.to_owned(),
            found: others + usize::from(last.is_some()),
        }),
    }
}

/// The prompts of the built-in definition, by the name of their step.
const PROMPTS: [(&str, &str); 11] = [
    ("extract", include_str!("../../prompts/3001/extract.md")),
    ("grade_a", include_str!("../../prompts/3001/grade_a.md")),
    ("grade_b", include_str!("../../prompts/3001/grade_b.md")),
    ("improve", include_str!("../../prompts/3001/improve.md")),
    ("regrade", include_str!("../../prompts/3001/regrade.md")),
    ("ticket", include_str!("../../prompts/3001/ticket.md")),
    ("format", include_str!("../../prompts/3001/format.md")),
    ("skills", include_str!("../../prompts/3001/skills.md")),
    (
        "ihl_analyst",
        include_str!("../../prompts/3001/ihl_analyst.md"),
    ),
    (
        "ihl_skeptic",
        include_str!("../../prompts/3001/ihl_skeptic.md"),
    ),
    (
        "ihl_expert",
        include_str!("../../prompts/3001/ihl_expert.md"),
    ),
];

fn builtin_prompt(path: &Path) -> io::Result<String> {
    let embedded = PROMPTS
        .iter()
        .find(|(name, _)| path.file_stem().is_some_and(|s| s == *name));
    let (_, text) = embedded.ok_or(io::ErrorKind::NotFound)?;
    Ok((*text).to_owned())
}

#[cfg(test)]
mod tests;
