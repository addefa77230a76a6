//! Prompts: a template and its inputs into a text, or an error that says what was missing.
//!
//! A template is rendered once, so braces in a posting stay what they are: text. And no value can
//! close the tags that a template puts around it, so a posting cannot step out of its place and
//! give orders.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use minijinja::{Environment, UndefinedBehavior};

use super::output::says_nothing;
use super::{Conversation, ConversationId, Output, PostingFacts, PostingField, Source, hash};
use crate::excerpt::turns_or_hides;

/// What a step works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// The posting as it is when the step starts.
    pub posting: PostingFacts,
    /// The outputs of the run's completed steps.
    pub outputs: BTreeMap<ConversationId, Output>,
}

/// A prompt ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub prompt: String,
    /// SHA-256 of the text, in hex: ties a stored interaction to what the server was sent.
    pub sha256: String,
}

/// Why there is no prompt. Asking the model again cures none of these.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A script was taken for a model step.
    #[error(
        "conversation {conversation} is a script and has no prompt; run it as a script instead"
    )]
    NoPrompt {
        /// The step.
        conversation: ConversationId,
    },
    /// Nothing to put in.
    #[error(
        "conversation {conversation}: expected a value for {{{{ {placeholder} }}}} from \
         {sources}, found none; see whether the step that should have given it ran"
    )]
    Missing {
        /// The step.
        conversation: ConversationId,
        /// The name in the template.
        placeholder: String,
        /// Where it was looked for.
        sources: String,
    },
    /// A value that would leave a section empty or fill it with the word for nothing.
    #[error(
        "conversation {conversation}: expected text for {{{{ {placeholder} }}}} from {from}, \
         found {found:?}; correct that value before the step is run again"
    )]
    SaysNothing {
        /// The step.
        conversation: ConversationId,
        /// The name in the template.
        placeholder: String,
        /// Where the value came from.
        from: Source,
        /// The value.
        found: String,
    },
    /// The template names something that is not read, or is no template.
    #[error(
        "conversation {conversation}: its prompt does not render; `batchproof workflow check` \
         says why"
    )]
    Template {
        /// The step.
        conversation: ConversationId,
        /// What the template engine says.
        source: minijinja::Error,
    },
}

/// Fills a step's template.
///
/// # Errors
/// [`RenderError`] unless every placeholder has a value that says something.
pub fn render(conversation: &Conversation, inputs: &Inputs) -> Result<Rendered, RenderError> {
    let id = conversation.id;
    let template = conversation.prompt.as_deref();
    let template = template.ok_or(RenderError::NoPrompt { conversation: id })?;
    let tags = tags_of(template);
    let mut values = BTreeMap::new();
    for (placeholder, sources) in &conversation.reads {
        let value = value_of(id, placeholder, sources, inputs)?;
        values.insert(placeholder, defused(&value, &tags));
    }
    let prompt = ENVIRONMENT
        .render_str(template, &values)
        .map_err(|source| RenderError::Template {
            conversation: id,
            source,
        })?;
    let sha256 = hash::sha256(&prompt);
    Ok(Rendered { prompt, sha256 })
}

/// The one environment for prompts: an unknown name is an error, and nothing is escaped.
pub(super) static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
});

fn value_of(
    conversation: ConversationId,
    placeholder: &str,
    sources: &[Source],
    inputs: &Inputs,
) -> Result<String, RenderError> {
    let (from, value) = first_present(sources, inputs).ok_or_else(|| RenderError::Missing {
        conversation,
        placeholder: placeholder.to_owned(),
        sources: listed(sources),
    })?;
    // A blank first choice is not passed over: it means that a step or the source went wrong.
    if value.trim().is_empty() || says_nothing(&value) {
        let placeholder = placeholder.to_owned();
        return Err(RenderError::SaysNothing {
            conversation,
            placeholder,
            from,
            found: value,
        });
    }
    Ok(value)
}

/// The first source that has a value, and the value.
pub(super) fn first_present(sources: &[Source], inputs: &Inputs) -> Option<(Source, String)> {
    sources.iter().find_map(|source| {
        let value = match source {
            Source::Posting(field) => inputs.posting.text(*field).map(|text| lined(*field, text)),
            Source::Output(id) => inputs.outputs.get(id).map(Output::as_text),
        };
        value.map(|value| (*source, value))
    })
}

/// Sources for a message.
pub(super) fn listed(sources: &[Source]) -> String {
    match sources {
        [] => "no source at all".to_owned(),
        _ => sources
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" or "),
    }
}

/// All that a reader may take for the end of a line.
const ENDS_OF_LINES: [char; 7] = [
    '\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}',
];

/// A field that stands on a line of its own stays on it: a line break in a title would let the
/// title write the prompt's next line.
fn lined(field: PostingField, text: String) -> String {
    match field {
        PostingField::JobDescription | PostingField::ExtractedSummary => text,
        _ => text.replace(ENDS_OF_LINES, " "),
    }
}

/// The names of the tags that a template puts around values.
fn tags_of(template: &str) -> BTreeSet<String> {
    let opened = template.split('<').skip(1).filter_map(tag);
    opened
        .filter(|(_, behind)| behind.starts_with('>'))
        .map(|(name, _)| name)
        .collect()
}

/// The lower-case name that follows a `<` or `</`, and what stands behind it. A model does not see what is invisible.
fn tag(rest: &str) -> Option<(String, &str)> {
    let is_blank = |c: char| c.is_whitespace() || c.is_control() || turns_or_hides(c) || c == '/';
    let rest = rest.trim_start_matches(is_blank);
    let end = rest
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(rest.len());
    let (name, behind) = rest.split_at(end);
    (!name.is_empty()).then(|| (name.to_lowercase(), behind.trim_start()))
}

/// The value with `‹` for the `<` of every tag of the template. The text stays readable; escaping
/// all of it would have the model copy `&lt;` into summaries.
fn defused(value: &str, tags: &BTreeSet<String>) -> String {
    let mut pieces = value.split('<');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let is_tag = tag(piece).is_some_and(|(name, _)| tags.contains(&name));
        text.push(if is_tag { '‹' } else { '<' });
        text.push_str(piece);
    }
    text
}

#[cfg(test)]
mod tests;
