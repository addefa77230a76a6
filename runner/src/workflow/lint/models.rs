//! How models are asked.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Findings, Rule, list};
use crate::workflow::{Actor, Conversation, Workflow};

/// When the plan's watchdog fails an interaction.
const WATCHDOG: Duration = Duration::from_mins(15);

pub(super) fn check(workflow: &Workflow, findings: &mut Findings) {
    for step in &workflow.conversations {
        limits(step, findings);
    }
    contexts(workflow, findings);
    together(workflow, findings);
}

fn is_model(step: &Conversation) -> bool {
    matches!(step.actor, Actor::Model { .. })
}

fn limits(step: &Conversation, findings: &mut Findings) {
    let (most, context) = (step.options.num_predict, step.options.num_ctx);
    if is_model(step) && (most == 0 || most >= context) {
        findings.step(
            step,
            Rule::UnboundedAnswer,
            format_args!(
                "`num_predict` is {most}; expected 1 or more, and less than its `num_ctx` of \
                 {context}, which prompt and answer share"
            ),
        );
    }
    if step.timeout.is_zero() || step.timeout >= WATCHDOG {
        findings.step(
            step,
            Rule::TimeoutBeyondWatchdog,
            format_args!(
                "its timeout is {} s; expected 1 to {} s, so that its own limit cuts it before \
                 the watchdog does",
                step.timeout.as_secs(),
                WATCHDOG.as_secs() - 1
            ),
        );
    }
}

fn contexts(workflow: &Workflow, findings: &mut Findings) {
    let mut first: BTreeMap<&str, &Conversation> = BTreeMap::new();
    for step in workflow.conversations.iter().filter(|step| is_model(step)) {
        let other = *first.entry(step.actor.name()).or_insert(step);
        let (mine, theirs) = (step.options.num_ctx, other.options.num_ctx);
        if mine != theirs {
            findings.step(
                step,
                Rule::MixedContext,
                format_args!(
                    "asks {} with a `num_ctx` of {mine}, {} asks it with {theirs}; write the same \
                     value, or the server loads the model anew at each change",
                    step.actor.name(),
                    other.id
                ),
            );
        }
    }
}

/// Each group is compared with its first member.
fn together(workflow: &Workflow, findings: &mut Findings) {
    let mut groups: BTreeMap<&str, Vec<&Conversation>> = BTreeMap::new();
    for step in &workflow.conversations {
        if let Some(word) = &step.together {
            groups.entry(word).or_default().push(step);
        }
    }
    for (word, members) in groups {
        if let [alone] = members[..] {
            findings.step(
                alone,
                Rule::TogetherNotSiblings,
                format_args!(
                    "is alone in `together = {word:?}`; give its sibling the same word, or leave \
                     it out"
                ),
            );
        }
        let mut models: BTreeMap<&str, &Conversation> = BTreeMap::new();
        for step in &members {
            if step.needs != members[0].needs || step.when != members[0].when {
                findings.step(
                    step,
                    Rule::TogetherNotSiblings,
                    format_args!(
                        "is to be sent together with {}, but becomes ready apart from it; give \
                         both the same `needs` ({}) and the same `when`",
                        members[0].id,
                        list(&members[0].needs)
                    ),
                );
            }
            if let Some(other) = models.insert(step.actor.name(), step) {
                findings.step(
                    step,
                    Rule::TogetherSharesModel,
                    format_args!(
                        "is to be sent together with {}, but both ask {}, which takes one after \
                         the other; give one of them another model, or take `together` out",
                        other.id,
                        step.actor.name()
                    ),
                );
            }
        }
    }
}
