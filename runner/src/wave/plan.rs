//! The decision: what to unload and what to send.

use std::collections::BTreeMap;

use super::residency::{fit_together, residency};
use super::{Ready, ServerId, Siblings, State};
use crate::workflow::ConversationId;

/// What to do next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct WavePlan {
    /// Models to unload first, each at its server; they are idle.
    pub unload: Vec<(ServerId, String)>,
    /// What to send, in this order.
    pub dispatches: Vec<Dispatch>,
}

/// Something to claim and send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dispatch {
    /// One run's siblings, at the same moment.
    Together(Vec<Placement>),
    /// Up to `limit` ready interactions of any of these conversations, all of one model.
    Singles {
        /// Where to.
        server: ServerId,
        /// The model.
        model: String,
        /// The conversations to choose from, oldest interaction first.
        conversations: Vec<ConversationId>,
        /// How many at most.
        limit: usize,
    },
}

/// A conversation and the server that is to answer it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    /// Where to.
    pub server: ServerId,
    /// What.
    pub conversation: ConversationId,
}

/// Decides what to send next.
///
/// Siblings come first, and while some wait, their models take nothing else: a pair needs a free slot at each of its
/// models at the same moment. The slot that idles meanwhile belongs to the faster of the two, so nothing is lost as
/// long as the slower one is the bottleneck. Siblings whose models cannot be resident together go one by one.
pub fn plan(state: &State) -> WavePlan {
    let mut rest = state.clone();
    let mut plan = WavePlan::default();
    for server in 0..state.servers.len() {
        plan_server(&mut rest, ServerId(server), &mut plan);
    }
    plan
}

/// Plans for one server and takes what it gets out of the ready work.
fn plan_server(state: &mut State, server: ServerId, plan: &mut WavePlan) {
    let residency = residency(state, server);
    let mut free = FreeSlots::of(state, server);
    let mut held: Vec<ConversationId> = Vec::new();
    let mut reserved: Vec<String> = Vec::new();
    let mut groups = std::mem::take(&mut state.siblings);
    for siblings in groups
        .iter_mut()
        .filter(|s| s.runs > 0 && can_go_together(state, server, s))
    {
        held.extend(siblings.members.iter().map(|member| member.0));
        let models: Vec<&str> = siblings.members.iter().map(|(_, model)| &**model).collect();
        if !models
            .iter()
            .all(|model| residency.resident.contains(*model))
        {
            continue;
        }
        while siblings.runs > 0 && free.take_each(&models) {
            let place = |member: &(ConversationId, String)| Placement {
                server,
                conversation: member.0,
            };
            plan.dispatches.push(Dispatch::Together(
                siblings.members.iter().map(place).collect(),
            ));
            siblings.runs -= 1;
        }
        if siblings.runs > 0 {
            reserved.extend(models.into_iter().map(str::to_owned));
        }
    }
    state.siblings = groups;
    for model in residency
        .resident
        .iter()
        .filter(|model| !reserved.contains(model))
    {
        let is_ready =
            |r: &&mut Ready| r.model == *model && r.count > 0 && !held.contains(&r.conversation);
        let mut ready: Vec<&mut Ready> = state.ready.iter_mut().filter(is_ready).collect();
        let limit = free.take_up_to(model, ready.iter().map(|r| r.count).sum());
        if limit == 0 {
            continue;
        }
        plan.dispatches.push(Dispatch::Singles {
            server,
            model: model.clone(),
            conversations: ready.iter().map(|r| r.conversation).collect(),
            limit,
        });
        let mut taken = limit;
        for ready in &mut ready {
            let some = taken.min(ready.count);
            ready.count -= some;
            taken -= some;
        }
    }
    plan.unload
        .extend(residency.unload.into_iter().map(|model| (server, model)));
}

fn can_go_together(state: &State, server: ServerId, siblings: &Siblings) -> bool {
    siblings.members.len() <= state.in_flight_cap
        && fit_together(
            state,
            &state.servers[server.0],
            siblings.members.iter().map(|(_, model)| &**model),
        )
}

/// Slots that are not taken: per model, and altogether.
struct FreeSlots {
    per_model: BTreeMap<String, usize>,
    altogether: usize,
}

impl FreeSlots {
    fn of(state: &State, server: ServerId) -> Self {
        let servers = state.servers.iter();
        let in_flight: usize = servers
            .flat_map(|server| server.models.values())
            .map(|model| model.in_flight)
            .sum();
        Self {
            per_model: state.servers[server.0]
                .models
                .iter()
                .filter(|(_, model)| !model.barred)
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
