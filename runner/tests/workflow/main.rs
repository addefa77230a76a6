//! The lint of workflow definitions: the built-in one is clean, and each way to wire it wrongly,
//! the original system's among them, is found, and found where it is.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a test says what it expects by failing"
)]

mod flow;
mod models;
mod prompts;
mod structure;
mod the_originals_bugs;

use std::collections::BTreeSet;

use wave_runner::workflow::{
    Clause, Conversation, ConversationId, Outcome, Rule, Source, When, Workflow,
};

fn output(id: i32) -> Source {
    Source::Output(ConversationId(id))
}

fn when(clauses: &[(i32, Outcome)]) -> When {
    let clause = |&(of, is): &(i32, Outcome)| Clause {
        of: ConversationId(of),
        is,
    };
    When {
        any: clauses.iter().map(clause).collect(),
    }
}

fn ids(numbers: &[i32]) -> Vec<ConversationId> {
    numbers.iter().copied().map(ConversationId).collect()
}

fn read(step: &mut Conversation, name: &str, source: Source) {
    step.reads.insert(name.to_owned(), vec![source]);
}

fn reword(step: &mut Conversation, found: &str, instead: &str) {
    let prompt = step.prompt.as_mut().unwrap();
    assert!(prompt.contains(found), "{found:?} is not in the prompt");
    *prompt = prompt.replace(found, instead);
}

fn step_of(workflow: &mut Workflow, id: i32) -> &mut Conversation {
    let mut steps = workflow.conversations.iter_mut();
    steps.find(|step| step.id == ConversationId(id)).unwrap()
}

/// A copy of a step, to be put beside it.
fn twin(workflow: &Workflow, id: i32, twin_id: i32) -> Conversation {
    let mut twin = workflow.conversation(ConversationId(id)).unwrap().clone();
    twin.id = ConversationId(twin_id);
    twin.name = format!("{}_{twin_id}", twin.name);
    twin
}

/// The built-in workflow with one step changed.
fn with(id: i32, change: impl FnOnce(&mut Conversation)) -> Workflow {
    let mut workflow = Workflow::builtin();
    change(step_of(&mut workflow, id));
    workflow
}

/// Exactly these findings: the step (0 for the workflow) and the rule. Returns them as a person
/// reads them.
#[track_caller]
fn finds(workflow: &Workflow, expected: &[(i32, Rule)]) -> String {
    let findings = workflow.lint();
    let text: Vec<_> = findings.iter().map(ToString::to_string).collect();
    let text = text.join("\n");
    let found: BTreeSet<_> = findings
        .iter()
        .map(|finding| (finding.conversation.map_or(0, |id| id.0), finding.rule))
        .collect();
    assert_eq!(found, expected.iter().copied().collect(), "\n{text}");
    text
}

/// Whether a rule is broken anywhere, where one fault breaks many.
fn breaks(workflow: &Workflow, rule: Rule) -> bool {
    workflow.lint().iter().any(|finding| finding.rule == rule)
}

#[test]
fn the_builtin_workflow_is_clean() {
    finds(&Workflow::builtin(), &[]);
}
