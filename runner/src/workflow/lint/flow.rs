//! What is there when a step reads it, and what is missing at the end, on every path.

use std::collections::BTreeSet;

use super::paths::{self, Path};
use super::{Findings, Rule, list};
use crate::workflow::{Conversation, ConversationId, PostingColumn, Source, Workflow, prompt};

pub(super) fn check(workflow: &Workflow, ordered: &[&Conversation], findings: &mut Findings) {
    let Some(paths) = paths::all(ordered) else {
        findings.workflow(
            Rule::TooManyPaths,
            "its outcomes open more than 4096 paths, too many to follow each; split it into two \
             workflows",
        );
        return;
    };
    for step in &workflow.conversations {
        let to_step: Vec<_> = paths.iter().filter(|path| path.has(step.id)).collect();
        if to_step.is_empty() {
            unreachable_step(step, findings);
        } else {
            reads(workflow, step, &to_step, findings);
        }
        columns_without_value(step, findings);
    }
    required_columns(workflow, &paths, findings);
    two_writers(&paths, findings);
}

fn unreachable_step(step: &Conversation, findings: &mut Findings) {
    findings.step(
        step,
        Rule::Unreachable,
        "no outcome of earlier steps ever lets it run; correct its `when`, or the `fails_on` of a \
         step before it",
    );
}

fn reads(workflow: &Workflow, step: &Conversation, to_step: &[&Path<'_>], findings: &mut Findings) {
    let upstream = workflow.ancestors(step.id);
    for (name, sources) in &step.reads {
        let mut never = sources
            .iter()
            .filter(|source| {
                !to_step
                    .iter()
                    .any(|path| is_there(path, &upstream, **source))
            })
            .peekable();
        if sources.is_empty() || never.peek().is_some() {
            findings.step(
                step,
                Rule::UnwrittenRead,
                format_args!(
                    "reads {name:?} from {}, but no step that is over by then gives it; read from \
                     one of: {}",
                    prompt::listed(&never.copied().collect::<Vec<_>>()),
                    list(&upstream)
                ),
            );
            continue;
        }
        let lacking = to_step.iter().find(|path| {
            !sources
                .iter()
                .any(|source| is_there(path, &upstream, *source))
        });
        if let Some(path) = lacking {
            findings.step(
                step,
                Rule::MissingRead,
                format_args!(
                    "reads {name:?} from {}, but {} none of them has a value; add a source, or a \
                     `when` that keeps the step off that path",
                    prompt::listed(sources),
                    path.describe()
                ),
            );
        }
    }
}

/// Whether the source has a value when a step behind these others reads it. A step that merely ran
/// on the same path does not count: it may still be at work.
fn is_there(path: &Path<'_>, upstream: &BTreeSet<ConversationId>, source: Source) -> bool {
    match source {
        Source::Output(id) => upstream.contains(&id) && path.has(id),
        Source::Posting(field) => field
            .written_as()
            .is_none_or(|column| upstream.iter().any(|id| path.fills(*id, column))),
    }
}

fn columns_without_value(step: &Conversation, findings: &mut Findings) {
    let held = step.output.columns();
    for column in step.writes.iter().filter(|column| !held.contains(column)) {
        findings.step(
            step,
            Rule::ColumnWithoutValue,
            format_args!(
                "writes {column}, for which a {} has no value; expected one of: {}",
                step.output,
                list(held)
            ),
        );
    }
}

fn required_columns(workflow: &Workflow, paths: &[Path<'_>], findings: &mut Findings) {
    for column in &workflow.required {
        let empty = |path: &&Path<'_>| {
            !path.failed && !path.steps().any(|step| path.fills(step.id, *column))
        };
        if let Some(path) = paths.iter().find(empty) {
            findings.workflow(
                Rule::UnwrittenColumn,
                format!(
                    "{column} is required, but {} a run completes without it; give a step on that \
                     path `writes = [\"{column}\"]`",
                    path.describe()
                ),
            );
        }
    }
}

fn two_writers(paths: &[Path<'_>], findings: &mut Findings) {
    for column in PostingColumn::ALL {
        let mut writers = paths.iter().map(|path| (path, writers(path, column)));
        if let Some((path, found)) = writers.find(|(_, found)| found.len() > 1) {
            let ids = list(found.iter().map(|step| step.id));
            findings.step(
                found[1],
                Rule::TwoWriters,
                format_args!(
                    "{} {column} is written by each of {ids}; take it out of the `writes` of all \
                     but one",
                    path.describe()
                ),
            );
        }
    }
}

fn writers<'a>(path: &Path<'a>, column: PostingColumn) -> Vec<&'a Conversation> {
    path.steps()
        .filter(|step| step.writes.contains(&column))
        .collect()
}
