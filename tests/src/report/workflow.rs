//! The workflow as a Mermaid flowchart, which GitHub, GitLab and most editors draw.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use wave_runner::workflow::{Actor, Clause, Conversation, ConversationId, Workflow};

/// A flowchart: a node a step, an arrow a need, conditions on the arrows, steps that go together in a box. The same
/// workflow always gives the same text.
pub fn mermaid(workflow: &Workflow) -> String {
    let mut text = String::new();
    // Writing to a string fails only if a `Display` does, and none of ours does.
    let _ = write_chart(&mut text, workflow);
    text
}

fn write_chart(text: &mut String, workflow: &Workflow) -> fmt::Result {
    writeln!(
        text,
        "---\ntitle: \"{} {}\"\n---",
        workflow.id,
        quoted_in_yaml(&workflow.name)
    )?;
    writeln!(text, "flowchart TD")?;
    for step in workflow
        .conversations
        .iter()
        .filter(|step| step.together.is_none())
    {
        writeln!(text, "    {}", node(step))?;
    }
    for together in groups(workflow) {
        writeln!(
            text,
            "    subgraph together_{} [\"at the same time: {}\"]",
            together.0,
            escaped(together.1)
        )?;
        let members = workflow.conversations.iter();
        for step in members.filter(|step| step.together.as_deref() == Some(together.1)) {
            writeln!(text, "        {}", node(step))?;
        }
        writeln!(text, "    end")?;
    }
    for missing in undefined(workflow) {
        writeln!(text, "    {}[\"{missing}<br>is not defined\"]", id(missing))?;
    }
    for step in &workflow.conversations {
        for need in &step.needs {
            writeln!(
                text,
                "    {} {} {}",
                id(*need),
                arrow(step, *need),
                id(step.id)
            )?;
        }
    }
    Ok(())
}

/// A script has round ends, a model's step does not.
fn node(step: &Conversation) -> String {
    let (open, close) = match step.actor {
        Actor::Model { .. } => ("[", "]"),
        Actor::Script(_) => ("([", "])"),
    };
    format!(
        "{}{open}\"{} {}<br>{}\"{close}",
        id(step.id),
        step.id,
        escaped(&step.name),
        escaped(step.actor.name())
    )
}

/// Each word that steps share, with its place, in the order of the file.
fn groups(workflow: &Workflow) -> Vec<(usize, &str)> {
    let mut seen = BTreeSet::new();
    let words = workflow
        .conversations
        .iter()
        .filter_map(|step| step.together.as_deref());
    (1..).zip(words.filter(|word| seen.insert(*word))).collect()
}

/// Needs that no step answers: the lint says so, and the picture does.
fn undefined(workflow: &Workflow) -> BTreeSet<ConversationId> {
    let needs = workflow.conversations.iter().flat_map(|step| &step.needs);
    needs
        .filter(|need| workflow.conversation(**need).is_none())
        .copied()
        .collect()
}

/// What a step needs and, where its condition is about just that, with which outcome. A condition on another step is
/// named with it, and stands on every arrow, because the step is skipped without it.
fn arrow(step: &Conversation, need: ConversationId) -> String {
    let clauses = step.when.as_ref().map_or(&[][..], |when| &when.any);
    let about_need: Vec<String> = clauses
        .iter()
        .filter(|clause| clause.of == need)
        .map(|clause| outcome(*clause))
        .collect();
    let label = if about_need.is_empty() {
        let others: Vec<String> = clauses
            .iter()
            .map(|clause| format!("{} {}", clause.of, outcome(*clause)))
            .collect();
        others.join(" or ")
    } else {
        about_need.join(" or ")
    };
    if label.is_empty() {
        "-->".to_owned()
    } else {
        format!("-->|\"{label}\"|")
    }
}

fn outcome(clause: Clause) -> String {
    escaped(&clause.is.to_string())
}

/// A node's name in the text. An id may be negative, and a sign is an arrow's.
fn id(id: ConversationId) -> String {
    format!("step{id}").replace('-', "_")
}

/// A text between quotes. What means something to Mermaid, to HTML or to Markdown is written as its number.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' | ';' | '*' => {
                let _ = write!(escaped, "#{};", u32::from(letter));
            }
            letter if letter.is_control() => escaped.push(' '),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A title is YAML.
fn quoted_in_yaml(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    plain.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workflow_is_a_flowchart() {
        insta::assert_snapshot!(mermaid(&Workflow::builtin()));
    }

    #[test]
    fn names_from_outside_cannot_break_out_of_their_quotes() {
        let mut workflow = Workflow::builtin();
        workflow.name = "a \"title\"\n---\nflowchart".to_owned();
        workflow.conversations[0].name = "x\"] --> y<script>`\n".to_owned();
        let text = mermaid(&workflow);
        assert!(
            text.starts_with("---\ntitle: \"3001 a \\\"title\\\" --- flowchart\"\n---\n"),
            "{text}"
        );
        assert!(
            text.contains("[\"9144 x#34;] --#62; y#60;script#62;#96; <br>"),
            "{text}"
        );
    }

    #[test]
    fn a_need_that_nobody_answers_is_drawn_as_undefined() {
        let mut workflow = Workflow::builtin();
        workflow.conversations[1].needs.push(ConversationId(-7));
        let text = mermaid(&workflow);
        assert!(text.contains("step_7[\"-7<br>is not defined\"]"), "{text}");
        assert!(text.contains("step_7 --> step9193"), "{text}");
    }
}
