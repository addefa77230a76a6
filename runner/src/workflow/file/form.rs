//! The definition as it is written, with its defaults not yet spread over the steps.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::WorkflowError;
use super::step::ConversationForm;
use crate::workflow::{Conversation, PostingColumn, Source, Workflow, hash};

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkflowForm {
    id: i32,
    name: String,
    /// The folder of the prompts, seen from the definition.
    prompts: PathBuf,
    required: Vec<PostingColumn>,
    defaults: Defaults,
    /// Read one by one, so that an error can name its conversation.
    conversation: Vec<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Defaults {
    pub(super) model: ModelDefaults,
    pub(super) script: ScriptDefaults,
}

/// What every model step has unless it says otherwise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelDefaults {
    pub(super) timeout_s: u64,
    pub(super) num_ctx: u32,
    pub(super) temperature: f32,
    pub(super) seed: u64,
    pub(super) reads: BTreeMap<String, Vec<Source>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScriptDefaults {
    pub(super) timeout_s: u64,
}

impl WorkflowForm {
    /// The typed workflow: defaults spread, prompts read, hash taken.
    pub(super) fn into_workflow(
        self,
        file: &str,
        prompt: &dyn Fn(&Path) -> io::Result<String>,
    ) -> Result<Workflow, WorkflowError> {
        let Self {
            id,
            name,
            prompts,
            required,
            defaults,
            conversation,
        } = self;
        let reader = Reader {
            file,
            prompts: &prompts,
            prompt,
            defaults: &defaults,
        };
        let conversations = conversation.into_iter().enumerate();
        let conversations = conversations
            .map(|(index, table)| reader.conversation(index, table))
            .collect::<Result<_, _>>()?;
        let mut workflow = Workflow {
            id,
            name,
            required,
            conversations,
            hash: String::new(),
        };
        workflow.hash = hash::of_workflow(&workflow);
        Ok(workflow)
    }
}

/// What reading one conversation needs to know of the rest.
struct Reader<'a> {
    file: &'a str,
    prompts: &'a Path,
    prompt: &'a dyn Fn(&Path) -> io::Result<String>,
    defaults: &'a Defaults,
}

impl Reader<'_> {
    fn conversation(
        &self,
        index: usize,
        table: toml::Table,
    ) -> Result<Conversation, WorkflowError> {
        let label = label(index, &table);
        let field = |reason: String| WorkflowError::Field {
            file: self.file.to_owned(),
            conversation: label.clone(),
            reason,
        };
        let form: ConversationForm = table
            .try_into()
            .map_err(|error: toml::de::Error| field(error.to_string()))?;
        let prompt = match form.model {
            Some(_) => Some(self.template(&form.name, &label)?),
            None => None,
        };
        form.into_conversation(self.defaults, prompt).map_err(field)
    }

    fn template(&self, name: &str, label: &str) -> Result<String, WorkflowError> {
        let path = self.prompts.join(format!("{name}.md"));
        (self.prompt)(&path).map_err(|source| WorkflowError::NoPrompt {
            file: self.file.to_owned(),
            conversation: label.to_owned(),
            path,
            source,
        })
    }
}

/// `3336 (grade_a)`, or the position where the id itself is what is wrong.
fn label(index: usize, table: &toml::Table) -> String {
    let id = table.get("id").and_then(toml::Value::as_integer);
    let id = id.map_or_else(|| format!("number {}", index + 1), |id| id.to_string());
    match table.get("name").and_then(toml::Value::as_str) {
        Some(name) => format!("{id} ({name})"),
        None => id,
    }
}
