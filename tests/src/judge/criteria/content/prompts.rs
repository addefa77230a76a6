//! Whether each model was shown what it was to read.

use crate::{
    judge::{
        answers::says_nothing,
        conversations::{Reads, owed, reads},
        criterion::{Criterion, EVERYWHERE, Enforcement, Rule, Scaling},
        evidence::Evidence,
        reading::{Look, Reading, counted, number},
        tiers::Tiers,
    },
    record::{ActorType, Quotes, Run, Status, Texts},
};

/// The predecessor's expert decided without the analyst's report, and its regrade read a literal placeholder.
pub(in crate::judge::criteria) const PROMPTS_ARE_WHOLE: Rule = Rule {
    criterion: Criterion {
        id: "prompts_are_whole",
        name: "Prompts are whole",
        sentence: "The prompt of each model's step quotes, word for word, the description and the earlier answers \
                   that the step is to read, and has no unfilled placeholder.",
        judged_in: EVERYWHERE,
        also: &["prompts not whole"],
    },
    enforcement: Enforcement::Must,
    tiers: Tiers::none(),
    scaling: Scaling::Fixed,
    read,
};

fn read(evidence: &Evidence<'_>) -> Reading {
    let mut sight = Sight::default();
    for run in evidence.runs() {
        sight.take(evidence, run);
    }
    if sight.seen == 0 && sight.unseen == 0 {
        return Reading::no_data("no model has been asked anything");
    }
    if sight.seen == 0 {
        return Reading::cannot_show("no prompt was kept");
    }
    let mut note = format!(
        "{} of {} whole",
        sight.seen - sight.faulty.len(),
        counted(sight.seen, "prompt")
    );
    if let Some((interaction, fault)) = sight.faulty.first() {
        note = format!("{note}; interaction {interaction} {fault}");
    }
    if sight.unseen > 0 {
        note = format!(
            "{note}; {} not in the record",
            counted(sight.unseen, "prompt")
        );
    }
    let looks = sight.faulty.iter().map(|(id, _)| Look::Interaction(*id));
    let reading = Reading::value(number(sight.faulty.len()), sight.seen, note)
        .counts_tries()
        .look(looks);
    if sight.unseen > 0 {
        reading.at_least()
    } else {
        evidence.unless_runs_missing(reading)
    }
}

/// What was seen of the prompts.
#[derive(Default)]
struct Sight {
    seen: usize,
    /// Prompts that were sent, or were owed by a completed run, and are not in the record.
    unseen: usize,
    faulty: Vec<(i64, String)>,
}

impl Sight {
    fn take(&mut self, evidence: &Evidence<'_>, run: &Run) {
        for step in evidence.steps_of(run) {
            let Some(reads) = reads(evidence, run, step.conversation_id) else {
                continue;
            };
            match step.input.as_ref().map(|input| input.quotes.as_ref()) {
                Some(Some(quotes)) => {
                    self.seen += 1;
                    let fault =
                        fault(&reads, quotes).or_else(|| shown_nothing(evidence, run, &reads));
                    self.faulty
                        .extend(fault.map(|fault| (step.interaction_id, fault)));
                }
                Some(None) => self.unseen += 1,
                None if step.actor_type == ActorType::AiModel && step.completed_at.is_some() => {
                    self.unseen += 1;
                }
                None => {}
            }
        }
        self.unseen += lost(evidence, run);
    }
}

/// The model's steps that a completed run owes and does not have.
fn lost(evidence: &Evidence<'_>, run: &Run) -> usize {
    if run.status != Status::Completed {
        return 0;
    }
    owed(evidence, run)
        .into_iter()
        .filter(|conversation| evidence.step(run, *conversation).is_none())
        .filter(|conversation| reads(evidence, run, *conversation).is_some())
        .count()
}

fn fault(reads: &Reads, quotes: &Quotes) -> Option<String> {
    if let Some(placeholder) = &quotes.placeholder {
        return Some(format!("was sent with {placeholder} in it"));
    }
    if reads.description && !quotes.description {
        return Some("was asked without the posting's description".to_owned());
    }
    let missing = reads
        .outputs
        .iter()
        .find(|conversation| !quotes.outputs.contains(conversation))?;
    Some(format!("was asked without what {missing} answered"))
}

/// An answer that says nothing stands in every prompt: it was quoted, and nothing was shown.
fn shown_nothing(evidence: &Evidence<'_>, run: &Run, reads: &Reads) -> Option<String> {
    if evidence.record.texts == Texts::Unknown {
        return None;
    }
    let empty = reads.outputs.iter().find(|conversation| {
        let read = evidence.step(run, **conversation);
        read.is_some_and(says_nothing)
    })?;
    Some(format!("was shown an answer of {empty} that says nothing"))
}

#[cfg(test)]
mod tests;
