//! Templates and what is put into them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, Rule, list};
use crate::workflow::{Actor, Conversation, OutputKind, PostingColumn, Source, Workflow, prompt};

pub(super) fn check(workflow: &Workflow, findings: &mut Findings) {
    for step in &workflow.conversations {
        if let Some(template) = &step.prompt {
            first_line(step, template, findings);
            literal_placeholders(step, template, findings);
        }
        placeholders(step, findings);
        repeated_reads(step, findings);
        kinds(workflow, step, findings);
    }
}

fn first_line(step: &Conversation, template: &str, findings: &mut Findings) {
    let expected = format!("Task: {}", step.name);
    let found = template.lines().next().unwrap_or_default();
    if found != expected {
        findings.step(
            step,
            Rule::TaskLine,
            format_args!(
                "its prompt begins with {found:?}; expected the first line {expected:?}, by which \
                 logs and stand-ins know the step"
            ),
        );
    }
}

/// `{name}`: other systems' placeholders, which this one would send as they stand.
fn literal_placeholders(step: &Conversation, template: &str, findings: &mut Findings) {
    for (start, _) in template.match_indices('{') {
        let inside = template[start + 1..].split('}').next().unwrap_or_default();
        let is_name = !inside.is_empty() && inside.chars().all(|c| c.is_alphanumeric() || c == '_');
        if is_name && !template[..start].ends_with('{') {
            findings.step(
                step,
                Rule::LiteralPlaceholder,
                format_args!(
                    "its prompt says {{{inside}}}, which would be sent as it stands; write {{{{ \
                     {inside} }}}} and give it a source in `reads`"
                ),
            );
        }
    }
}

/// Names in the template, or those the script asks for, against names in `reads`.
fn placeholders(step: &Conversation, findings: &mut Findings) {
    let named: BTreeSet<String> = match (&step.actor, &step.prompt) {
        (Actor::Script(script), _) => script
            .placeholders()
            .iter()
            .map(ToString::to_string)
            .collect(),
        (Actor::Model { .. }, None) => BTreeSet::new(),
        (Actor::Model { .. }, Some(template)) => {
            match prompt::ENVIRONMENT.template_from_str(template) {
                Ok(template) => template.undeclared_variables(false).into_iter().collect(),
                Err(error) => {
                    findings.step(
                        step,
                        Rule::BrokenTemplate,
                        format_args!(
                            "its prompt cannot be read as a template: {error}; a placeholder is \
                             written {{{{ name }}}}"
                        ),
                    );
                    return;
                }
            }
        }
    };
    for name in named.iter().filter(|name| !step.reads.contains_key(*name)) {
        findings.step(
            step,
            Rule::UnknownPlaceholder,
            format_args!(
                "asks for {{{{ {name} }}}}, which it does not read; add `reads.{name}`, or use \
                 one of: {}",
                list(step.reads.keys())
            ),
        );
    }
    for name in step.reads.keys().filter(|name| !named.contains(*name)) {
        findings.step(
            step,
            Rule::UnusedRead,
            format_args!(
                "reads {name:?} but never shows it; put {{{{ {name} }}}} into the prompt, or take \
                 `reads.{name}` out"
            ),
        );
    }
}

/// Two names for one text are a copied line in which the source was forgotten.
fn repeated_reads(step: &Conversation, findings: &mut Findings) {
    let mut seen: BTreeMap<&[Source], &str> = BTreeMap::new();
    for (name, sources) in &step.reads {
        if let Some(other) = seen.insert(sources, name) {
            findings.step(
                step,
                Rule::RepeatedRead,
                format_args!(
                    "shows {} as {other:?} and as {name:?}; give one of them its own source",
                    prompt::listed(sources)
                ),
            );
        }
    }
}

/// `summary`, `grade_a` and the like promise a kind; a grade under the name of a summary is not
/// seen by any other rule.
fn kinds(workflow: &Workflow, step: &Conversation, findings: &mut Findings) {
    for (name, sources) in &step.reads {
        let Some(promised) = promised_kind(name) else {
            continue;
        };
        for source in sources {
            let Some(given) = kind_of(workflow, *source).filter(|given| *given != promised) else {
                continue;
            };
            findings.step(
                step,
                Rule::SourceOfAnotherKind,
                format_args!(
                    "shows {source}, a {given}, as {name:?}; expected a source that is a \
                     {promised}"
                ),
            );
        }
    }
}

/// The kind whose name the placeholder bears, alone or before an underscore.
fn promised_kind(placeholder: &str) -> Option<OutputKind> {
    OutputKind::ALL.into_iter().find(|kind| {
        let rest = placeholder.strip_prefix(kind.as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    })
}

/// The kind of text a source gives, as far as it has one.
fn kind_of(workflow: &Workflow, source: Source) -> Option<OutputKind> {
    match source {
        Source::Output(id) => match workflow.conversation(id)?.output {
            OutputKind::SavedSummary => Some(OutputKind::Summary),
            kind => Some(kind),
        },
        Source::Posting(field) => match field.written_as() {
            Some(PostingColumn::ExtractedSummary) => Some(OutputKind::Summary),
            Some(PostingColumn::SkillKeywords) => Some(OutputKind::Skills),
            _ => None,
        },
    }
}
