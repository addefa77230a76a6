//! What must hold before anything runs. All findings are collected: a person corrects them in one
//! go.
//!
//! `structure` looks at how steps point at each other, `models` at how models are asked, `prompts`
//! at templates. `flow` follows every path that outcomes can open (`paths`) and sees what is there
//! when a step reads it, and what is missing at the end. Each rule remembers a bug that reached
//! production once.

mod flow;
mod models;
mod paths;
mod prompts;
mod rule;
mod structure;

use std::fmt;

pub use rule::Rule;

use super::{Conversation, ConversationId, Workflow};

/// One thing that is wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The step to correct; `None` when it is the workflow as a whole.
    pub conversation: Option<ConversationId>,
    /// The rule that does not hold.
    pub rule: Rule,
    /// What is wrong, where, and what to write instead.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.conversation {
            Some(id) => write!(f, "conversation {id}: {} [{:?}]", self.message, self.rule),
            None => write!(f, "workflow: {} [{:?}]", self.message, self.rule),
        }
    }
}

impl Workflow {
    /// Everything that is wrong with the definition; empty when it may run.
    pub fn lint(&self) -> Vec<Finding> {
        let mut findings = Findings::default();
        structure::check(self, &mut findings);
        models::check(self, &mut findings);
        prompts::check(self, &mut findings);
        // Paths exist only where the steps can be put in an order; the structure rules say why not.
        if let Some(ordered) = self.in_order() {
            flow::check(self, &ordered, &mut findings);
        }
        findings.0
    }
}

/// Findings as they are made.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn step(&mut self, step: &Conversation, rule: Rule, message: impl fmt::Display) {
        let message = format!("({}) {message}", step.name);
        self.0.push(Finding {
            conversation: Some(step.id),
            rule,
            message,
        });
    }

    fn workflow(&mut self, rule: Rule, message: impl Into<String>) {
        self.0.push(Finding {
            conversation: None,
            rule,
            message: message.into(),
        });
    }
}

/// Ids, outcomes or columns for a message.
fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<_> = items.into_iter().map(|item| item.to_string()).collect();
    if items.is_empty() {
        "none".to_owned()
    } else {
        items.join(", ")
    }
}
