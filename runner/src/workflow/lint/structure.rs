//! How steps point at each other.

use std::collections::BTreeSet;

use super::{Findings, Rule, list};
use crate::workflow::{Clause, Conversation, Outcome, OutputKind, Source, Workflow};

pub(super) fn check(workflow: &Workflow, findings: &mut Findings) {
    duplicates(workflow, findings);
    needs(workflow, findings);
    for step in &workflow.conversations {
        conditions(workflow, step, findings);
        outcomes(workflow, step, findings);
        dead_end(workflow, step, findings);
    }
}

fn duplicates(workflow: &Workflow, findings: &mut Findings) {
    let (mut ids, mut names) = (BTreeSet::new(), BTreeSet::new());
    for step in &workflow.conversations {
        if !ids.insert(step.id) {
            findings.step(
                step,
                Rule::DuplicateId,
                "the id stands for another step too; give one of them another id",
            );
        }
        if !names.insert(&step.name) {
            findings.step(
                step,
                Rule::DuplicateName,
                "another step has this name too; give one of them another name and prompt file",
            );
        }
    }
}

fn needs(workflow: &Workflow, findings: &mut Findings) {
    for step in &workflow.conversations {
        let unknown = step
            .needs
            .iter()
            .filter(|need| workflow.conversation(**need).is_none());
        for need in unknown {
            findings.step(
                step,
                Rule::UnknownNeed,
                format_args!(
                    "needs {need}, which does not exist; expected the id of a step of this \
                     workflow"
                ),
            );
        }
    }
    for step in &workflow.conversations {
        if workflow.ancestors(step.id).contains(&step.id) {
            findings.step(
                step,
                Rule::Cycle,
                format_args!(
                    "waits for itself by way of its needs ({}); take one of them out",
                    list(&step.needs)
                ),
            );
        }
    }
}

/// What the step's own `when` names.
fn conditions(workflow: &Workflow, step: &Conversation, findings: &mut Findings) {
    let upstream = workflow.ancestors(step.id);
    for Clause { of, is } in step.when.iter().flat_map(|when| &when.any) {
        if !upstream.contains(of) {
            findings.step(
                step,
                Rule::WhenNotUpstream,
                format_args!(
                    "its `when` looks at {of}, which need not be over by then; add {of} to \
                     `needs`, of this step or of one before it"
                ),
            );
        }
        let known = workflow.conversation(*of);
        if let Some(known) = known.filter(|known| !known.outcomes().contains(is)) {
            findings.step(
                step,
                Rule::ImpossibleOutcome,
                format_args!(
                    "its `when` waits for {of} to be {is}, which it never is; expected one of: {}",
                    list(known.outcomes())
                ),
            );
        }
    }
}

/// What becomes of the step's outcomes.
fn outcomes(workflow: &Workflow, step: &Conversation, findings: &mut Findings) {
    let possible = step.outcomes();
    for outcome in step.continues_on.iter().chain(&step.fails_on) {
        if !possible.contains(outcome) {
            findings.step(
                step,
                Rule::ImpossibleOutcome,
                format_args!(
                    "names its outcome {outcome}, which it never has; expected one of: {}",
                    list(possible)
                ),
            );
        }
    }
    for outcome in possible.iter().filter(|_| possible.len() > 1) {
        let decides = step.fails_on.contains(outcome) || is_branched_on(workflow, step, *outcome);
        if !decides && !step.continues_on.contains(outcome) {
            findings.step(
                step,
                Rule::UnhandledOutcome,
                format_args!(
                    "nothing says what happens on {outcome}; name it in a later step's `when`, in \
                     `fails_on` or in `continues_on`"
                ),
            );
        }
        if !decides && (step.output, *outcome) == (OutputKind::Grade, Outcome::Fail) {
            findings.step(
                step,
                Rule::UnusedVerdict,
                "its FAIL changes nothing; name it in a later step's `when`, or in `fails_on`",
            );
        }
    }
}

fn is_branched_on(workflow: &Workflow, step: &Conversation, outcome: Outcome) -> bool {
    let mut clauses = workflow
        .conversations
        .iter()
        .filter_map(|other| other.when.as_ref())
        .flat_map(|when| &when.any);
    clauses.any(|clause| clause.of == step.id && clause.is == outcome)
}

fn dead_end(workflow: &Workflow, step: &Conversation, findings: &mut Findings) {
    let is_read = workflow.conversations.iter().any(|other| {
        other
            .reads
            .values()
            .flatten()
            .any(|source| *source == Source::Output(step.id))
    });
    let gates = !step.fails_on.is_empty()
        || step
            .outcomes()
            .iter()
            .any(|outcome| is_branched_on(workflow, step, *outcome));
    if !is_read && !gates && step.writes.is_empty() && !step.for_people {
        findings.step(
            step,
            Rule::DeadEnd,
            "nobody reads its output, it writes no column and decides nothing; let a later step \
             read it, give it `writes`, or say `for_people = true`",
        );
    }
}
