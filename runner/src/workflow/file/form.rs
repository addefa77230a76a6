//! The definition as it is written, with its defaults not yet spread over the steps.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::WorkflowError;
use crate::workflow::{
    Actor, Conversation, ConversationId, ModelOptions, Outcome, OutputKind, PostingColumn, Script,
    Source, When, Workflow, hash,
};

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
struct Defaults {
    model: ModelDefaults,
    script: ScriptDefaults,
}

/// What every model step has unless it says otherwise.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModelDefaults {
    timeout_s: u64,
    num_ctx: u32,
    temperature: f32,
    seed: u64,
    reads: BTreeMap<String, Vec<Source>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScriptDefaults {
    timeout_s: u64,
}

/// One step as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConversationForm {
    id: ConversationId,
    name: String,
    title: String,
    model: Option<String>,
    script: Option<Script>,
    #[serde(default)]
    needs: Vec<ConversationId>,
    when: Option<When>,
    #[serde(default)]
    reads: BTreeMap<String, Vec<Source>>,
    #[serde(default)]
    writes: Vec<PostingColumn>,
    output: Option<OutputKind>,
    timeout_s: Option<u64>,
    num_ctx: Option<u32>,
    num_predict: Option<u32>,
    temperature: Option<f32>,
    seed: Option<u64>,
    together: Option<String>,
    #[serde(default)]
    continues_on: Vec<Outcome>,
    #[serde(default)]
    fails_on: Vec<Outcome>,
    #[serde(default)]
    for_people: bool,
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

impl ConversationForm {
    fn into_conversation(
        mut self,
        defaults: &Defaults,
        prompt: Option<String>,
    ) -> Result<Conversation, String> {
        let (actor, output, options, timeout_s) = match (self.model.take(), self.script) {
            (Some(name), None) => {
                let output = self
                    .output
                    .ok_or("field `output`: expected the kind of its answer")?;
                let options = self.options(&defaults.model)?;
                for (placeholder, sources) in &defaults.model.reads {
                    self.reads
                        .entry(placeholder.clone())
                        .or_insert_with(|| sources.clone());
                }
                (
                    Actor::Model { name },
                    output,
                    options,
                    defaults.model.timeout_s,
                )
            }
            (None, Some(script)) => {
                self.refuse_model_fields()?;
                let timeout_s = defaults.script.timeout_s;
                (
                    Actor::Script(script),
                    script.output(),
                    ModelOptions::default(),
                    timeout_s,
                )
            }
            (Some(_), Some(_)) => return Err("expected `model` or `script`, found both".into()),
            (None, None) => return Err("expected `model` or `script`, found neither".into()),
        };
        Ok(Conversation {
            id: self.id,
            name: self.name,
            title: self.title,
            actor,
            needs: self.needs,
            when: self.when,
            reads: self.reads,
            writes: self.writes,
            prompt,
            output,
            timeout: Duration::from_secs(self.timeout_s.unwrap_or(timeout_s)),
            options,
            together: self.together,
            continues_on: self.continues_on,
            fails_on: self.fails_on,
            for_people: self.for_people,
        })
    }

    fn options(&self, defaults: &ModelDefaults) -> Result<ModelOptions, String> {
        let num_predict = self.num_predict.ok_or(
            "field `num_predict`: expected the most tokens its answer may have, found none; \
             without it a degenerate answer runs until the timeout",
        )?;
        Ok(ModelOptions {
            num_ctx: self.num_ctx.unwrap_or(defaults.num_ctx),
            num_predict,
            temperature: self.temperature.unwrap_or(defaults.temperature),
            seed: self.seed.unwrap_or(defaults.seed),
        })
    }

    /// A script's output type is its own, and options for a model that is not asked would mislead.
    fn refuse_model_fields(&self) -> Result<(), String> {
        let given = [
            ("output", self.output.is_some()),
            ("num_ctx", self.num_ctx.is_some()),
            ("num_predict", self.num_predict.is_some()),
            ("temperature", self.temperature.is_some()),
            ("seed", self.seed.is_some()),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((field, _)) => Err(format!("field `{field}`: a script has none; leave it out")),
            None => Ok(()),
        }
    }
}
