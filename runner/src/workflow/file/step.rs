//! One step as it is written, and how it becomes a conversation.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::form::{Defaults, ModelDefaults};
use crate::workflow::{
    Actor, Conversation, ConversationId, ModelOptions, Outcome, OutputKind, PostingColumn, Script,
    Source, When,
};

/// One step as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConversationForm {
    id: ConversationId,
    pub(super) name: String,
    title: String,
    pub(super) model: Option<String>,
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

impl ConversationForm {
    /// The typed step. `prompt` is the template of a model step.
    pub(super) fn into_conversation(
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
