//! The types of a workflow definition.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Outcome, OutputKind, PostingColumn, PostingField, Script, hash};

/// The id of a conversation: the plan's number, such as 3336 for the first grader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConversationId(pub i32);

impl fmt::Display for ConversationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who does a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A model of the model server.
    Model {
        /// As the server lists it, such as `qwen2.5:7b`.
        name: String,
    },
    /// Code of this crate.
    Script(Script),
}

impl Actor {
    /// The name under which the actor is registered.
    pub fn name(&self) -> &str {
        match self {
            Self::Model { name } => name,
            Self::Script(script) => script.as_str(),
        }
    }
}

/// How a model is asked. A script is asked nothing: its options are all zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ModelOptions {
    /// Tokens of context. One value a model: the server reloads a model whose context changes.
    pub num_ctx: u32,
    /// The most tokens an answer may have; without it a degenerate answer runs for minutes.
    pub num_predict: u32,
    /// 0 always takes the likeliest token.
    pub temperature: f32,
    /// Makes an answer repeatable.
    pub seed: u64,
}

/// Where a prompt's value comes from. Written `posting.job_title` or `output.3335`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Source {
    /// A field of the posting.
    Posting(PostingField),
    /// What an earlier step answered.
    Output(ConversationId),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Posting(field) => write!(f, "posting.{field}"),
            Self::Output(id) => write!(f, "output.{id}"),
        }
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        source.to_string()
    }
}

impl TryFrom<String> for Source {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = match text.split_once('.') {
            Some(("posting", name)) => PostingField::ALL
                .into_iter()
                .find(|field| field.as_str() == name)
                .map(Self::Posting),
            Some(("output", id)) => id.parse().ok().map(|id| Self::Output(ConversationId(id))),
            _ => None,
        };
        parsed.ok_or_else(|| {
            let fields = PostingField::ALL.map(PostingField::as_str).join(", ");
            format!("expected posting.FIELD (one of {fields}) or output.ID, found {text:?}")
        })
    }
}

/// One earlier outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clause {
    /// The earlier step.
    pub of: ConversationId,
    /// What it must have found.
    pub is: Outcome,
}

/// A condition on earlier outcomes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// One of these is enough.
    pub any: Vec<Clause>,
}

impl When {
    /// Whether the condition holds. A step that was skipped has no outcome.
    pub fn holds(&self, outcome_of: impl Fn(ConversationId) -> Option<Outcome>) -> bool {
        self.any
            .iter()
            .any(|clause| outcome_of(clause.of) == Some(clause.is))
    }
}

/// The definition of one step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Conversation {
    /// The plan's number.
    pub id: ConversationId,
    /// In snake case, such as `grade_a`; the prompt's first line repeats it.
    pub name: String,
    /// For people.
    pub title: String,
    /// Who does it.
    pub actor: Actor,
    /// The steps that must be over (completed or skipped) before this one.
    pub needs: Vec<ConversationId>,
    /// Skipped unless this holds.
    pub when: Option<When>,
    /// Placeholder to sources in order of preference: the first that exists wins.
    pub reads: BTreeMap<String, Vec<Source>>,
    /// The posting columns that its output fills.
    pub writes: Vec<PostingColumn>,
    /// The template's text; `None` for a script.
    pub prompt: Option<String>,
    /// The type of its output.
    pub output: OutputKind,
    /// The longest an attempt may take, queue and model load included.
    pub timeout: Duration,
    /// How the model is asked.
    pub options: ModelOptions,
    /// Siblings with the same word here are sent at the same moment.
    pub together: Option<String>,
    /// Outcomes after which the run simply goes on, so that no outcome is forgotten in silence.
    pub continues_on: Vec<Outcome>,
    /// Outcomes that end the run as failed.
    pub fails_on: Vec<Outcome>,
    /// The output is for people: no later step has to read it.
    pub for_people: bool,
}

impl Conversation {
    /// Every outcome the step can have; the graph can branch where there are two or more.
    pub fn outcomes(&self) -> &'static [Outcome] {
        match &self.actor {
            Actor::Model { .. } => self.output.outcomes(),
            Actor::Script(script) => script.outcomes(),
        }
    }
}

/// A workflow: steps, and what they must leave behind.
#[derive(Clone, Debug, PartialEq)]
pub struct Workflow {
    /// The plan's number, such as 3001.
    pub id: i32,
    /// For people.
    pub name: String,
    /// The columns that a completed run has filled.
    pub required: Vec<PostingColumn>,
    /// In the order of the file.
    pub conversations: Vec<Conversation>,
    /// SHA-256, in hex, over all of the above, prompts included.
    pub hash: String,
}

impl Workflow {
    /// A step by its id.
    pub fn conversation(&self, id: ConversationId) -> Option<&Conversation> {
        self.conversations
            .iter()
            .find(|conversation| conversation.id == id)
    }

    /// The models it asks, sorted, each once.
    pub fn models(&self) -> Vec<&str> {
        let mut models: Vec<_> = self
            .conversations
            .iter()
            .filter(|conversation| matches!(conversation.actor, Actor::Model { .. }))
            .map(|conversation| conversation.actor.name())
            .collect();
        models.sort_unstable();
        models.dedup();
        models
    }

    /// The same workflow with other models for some steps, and a hash that says so.
    ///
    /// An id that names no model step changes nothing: whoever takes such ids from a person checks
    /// them against [`Workflow::conversation`] first. The result has to pass [`Workflow::lint`]
    /// again.
    #[must_use]
    pub fn with_models(mut self, models: &BTreeMap<ConversationId, String>) -> Self {
        for conversation in &mut self.conversations {
            if let (Actor::Model { name }, Some(model)) =
                (&mut conversation.actor, models.get(&conversation.id))
            {
                name.clone_from(model);
            }
        }
        self.hash = hash::of_workflow(&self);
        self
    }
}
