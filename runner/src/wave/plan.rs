//! The decision: what to unload and what to send.

use std::collections::BTreeMap;

use super::residency::{fit_together, residency};
use super::{Ready, Siblings, State};
use crate::workflow::ConversationId;

/// What to do next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct WavePlan {
    /// Models to unload first; they are idle.
    pub unload: Vec<String>,
    /// What to send, in this order.
    pub dispatches: Vec<Dispatch>,
}

/// Something to claim and send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dispatch {
    /// One run's siblings, at the same moment.
    Together(Vec<ConversationId>),
    /// Up to `limit` ready interactions of any of these conversations, all of one model.
    Singles {
        /// The model.
        model: String,
        /// The conversations to choose from, oldest interaction first.
        conversations: Vec<ConversationId>,
        /// How many at most.
        limit: usize,
    },
}

/// Decides what to send next.
///
/// Siblings come first, and while some wait, their models take nothing else: a pair needs a free slot at each of its
/// models at the same moment. The slot that idles meanwhile belongs to the faster of the two, so nothing is lost as
/// long as the slower one is the bottleneck. Siblings whose models cannot be resident together go one by one.
pub fn plan(state: &State) -> WavePlan {
    let residency = residency(state);
    let mut free = FreeSlots::of(state);
    let mut dispatches = Vec::new();
    let mut held: Vec<ConversationId> = Vec::new();
    let mut reserved: Vec<&str> = Vec::new();
    for siblings in state
        .siblings
        .iter()
        .filter(|s| s.runs > 0 && can_go_together(state, s))
    {
        held.extend(
            siblings
                .members
                .iter()
                .map(|(conversation, _)| *conversation),
        );
        let models: Vec<&str> = siblings.members.iter().map(|(_, model)| &**model).collect();
        if !models
            .iter()
            .all(|model| residency.resident.contains(*model))
        {
            continue;
        }
        let mut waiting = siblings.runs;
        while waiting > 0 && free.take_each(&models) {
            dispatches.push(Dispatch::Together(
                siblings.members.iter().map(|m| m.0).collect(),
            ));
            waiting -= 1;
        }
        if waiting > 0 {
            reserved.extend(models);
        }
    }
    for model in residency
        .resident
        .iter()
        .filter(|model| !reserved.contains(&&***model))
    {
        let ready: Vec<&Ready> = state
            .ready
            .iter()
            .filter(|r| r.model == *model && r.count > 0 && !held.contains(&r.conversation))
            .collect();
        let limit = free.take_up_to(model, ready.iter().map(|r| r.count).sum());
        if limit > 0 {
            dispatches.push(Dispatch::Singles {
                model: model.clone(),
                conversations: ready.iter().map(|r| r.conversation).collect(),
                limit,
            });
        }
    }
    WavePlan {
        unload: residency.unload,
        dispatches,
    }
}

fn can_go_together(state: &State, siblings: &Siblings) -> bool {
    siblings.members.len() <= state.in_flight_cap
        && fit_together(state, siblings.members.iter().map(|(_, model)| &**model))
}

/// Slots that are not taken: per model, and altogether.
struct FreeSlots {
    per_model: BTreeMap<String, usize>,
    altogether: usize,
}

impl FreeSlots {
    fn of(state: &State) -> Self {
        let in_flight: usize = state.models.values().map(|model| model.in_flight).sum();
        Self {
            per_model: state
                .models
                .iter()
                .map(|(name, model)| {
                    (
                        name.clone(),
                        (state.slots + state.ahead).saturating_sub(model.in_flight),
                    )
                })
                .collect(),
            altogether: state.in_flight_cap.saturating_sub(in_flight),
        }
    }

    fn take_up_to(&mut self, model: &str, wanted: usize) -> usize {
        let Some(free) = self.per_model.get_mut(model) else {
            return 0;
        };
        let taken = wanted.min(*free).min(self.altogether);
        *free -= taken;
        self.altogether -= taken;
        taken
    }

    /// One slot at each of `models`, or none at all.
    fn take_each(&mut self, models: &[&str]) -> bool {
        let free = models
            .iter()
            .all(|model| self.per_model.get(*model).is_some_and(|f| *f > 0));
        if !free || self.altogether < models.len() {
            return false;
        }
        for model in models {
            self.take_up_to(model, 1);
        }
        true
    }
}

#[cfg(test)]
mod tests;
