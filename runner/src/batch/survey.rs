//! The survey: what the database and the loop know, put together into the state that the planner decides on. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::breaker::Breakers;
use super::slots::Seat;
use super::{ExecuteSettings, Server};
use crate::store::OpenWork;
use crate::wave::{ModelState, Ready, ServerId, ServerState, Siblings, State};
use crate::workflow::{Actor, Conversation, ConversationId, Workflow};

/// Calls prepared for each model beyond its slots: one is enough as long as preparing takes less time than a call.
const AHEAD: usize = 1;

/// Everything there is to know at one moment.
#[derive(Debug)]
pub(super) struct Survey<'a> {
    pub(super) workflow: &'a Workflow,
    pub(super) settings: &'a ExecuteSettings,
    pub(super) servers: &'a [Server],
    pub(super) breakers: &'a Breakers,
    pub(super) open: &'a OpenWork,
    /// Calls claimed and not answered.
    pub(super) in_flight: &'a BTreeMap<Seat, usize>,
    /// Models that were asked for and not unloaded since.
    pub(super) resident: &'a BTreeSet<Seat>,
    /// Calls whose results are not written yet, those in flight included.
    pub(super) unsettled: usize,
    /// Whether a round of scripts is under way.
    pub(super) scripts: bool,
}

impl Survey<'_> {
    /// The script steps that have ready work.
    pub(super) fn ready_scripts(&self) -> Vec<ConversationId> {
        let ready = self.open.per_conversation();
        let is_ready_script =
            |c: &&Conversation| matches!(c.actor, Actor::Script(_)) && ready.contains_key(&c.id);
        self.workflow
            .conversations
            .iter()
            .filter(is_ready_script)
            .map(|c| c.id)
            .collect()
    }

    /// What the planner decides on.
    pub(super) fn state(&self) -> State {
        let settings = self.settings;
        let in_flight: usize = self.in_flight.values().sum();
        State {
            sizes: self.sizes(),
            servers: self.server_states(),
            ready: self.ready_model_work(),
            siblings: self.siblings(),
            slots: settings.slots,
            ahead: AHEAD,
            in_flight_cap: settings.max_in_flight.unwrap_or(usize::MAX),
            unsettled: self.scripts
                || self.unsettled > in_flight
                || !self.ready_scripts().is_empty(),
        }
    }

    fn sizes(&self) -> BTreeMap<String, u64> {
        let installed = &self.settings.models;
        let size = |model: &str| installed.get(model).map_or(0, |installed| installed.size);
        self.workflow
            .models()
            .into_iter()
            .map(|model| (model.to_owned(), size(model)))
            .collect()
    }

    fn server_states(&self) -> Vec<ServerState> {
        let model_state = |server: usize, model: &str| {
            let seat = (ServerId(server), model.to_owned());
            let state = ModelState {
                resident: self.resident.contains(&seat),
                in_flight: self.in_flight.get(&seat).copied().unwrap_or(0),
                barred: self.breakers.admits(&seat, self.in_flight) == 0,
            };
            (seat.1, state)
        };
        let models = self.workflow.models();
        let server_state = |(index, server): (usize, &Server)| ServerState {
            memory: server.gpu_memory,
            models: models.iter().map(|m| model_state(index, m)).collect(),
        };
        self.servers.iter().enumerate().map(server_state).collect()
    }

    fn ready_model_work(&self) -> Vec<Ready> {
        let counts = self.open.per_conversation();
        let ready = |conversation: &Conversation| match &conversation.actor {
            Actor::Model { name } => counts.get(&conversation.id).map(|count| Ready {
                conversation: conversation.id,
                model: name.clone(),
                count: *count,
            }),
            Actor::Script(_) => None,
        };
        self.workflow
            .conversations
            .iter()
            .filter_map(ready)
            .collect()
    }

    fn siblings(&self) -> Vec<Siblings> {
        let mut groups: BTreeMap<&str, Vec<(ConversationId, String)>> = BTreeMap::new();
        for conversation in &self.workflow.conversations {
            if let (Some(group), Actor::Model { name }) =
                (&conversation.together, &conversation.actor)
            {
                groups
                    .entry(group)
                    .or_default()
                    .push((conversation.id, name.clone()));
            }
        }
        groups
            .into_values()
            .map(|members| {
                let ids: Vec<ConversationId> = members.iter().map(|(id, _)| *id).collect();
                Siblings {
                    runs: self.open.runs_with_all(&ids),
                    members,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::ReadyWork;

    /// The state for conversations that are ready in the same run, with the number of such runs.
    fn state(ready: &[(&[i32], usize)], in_flight: usize, unsettled: usize) -> State {
        let work = |(ids, runs): &(&[i32], usize)| ReadyWork {
            conversations: ids.iter().copied().map(ConversationId).collect(),
            runs: *runs,
        };
        let open = OpenWork {
            ready: ready.iter().map(work).collect(),
            ..OpenWork::default()
        };
        let survey = Survey {
            workflow: &Workflow::builtin(),
            settings: &ExecuteSettings::default(),
            servers: &[],
            breakers: &Breakers::new(0, Duration::ZERO, Duration::ZERO),
            open: &open,
            in_flight: &BTreeMap::from([((ServerId(0), "qwen2.5:7b".to_owned()), in_flight)]),
            resident: &BTreeSet::new(),
            unsettled,
            scripts: false,
        };
        survey.state()
    }

    #[test]
    fn graders_count_as_a_pair_only_in_runs_where_both_are_ready() {
        let state = state(&[(&[3336, 3337, 9161], 3), (&[3337], 2)], 0, 0);
        assert_eq!(state.siblings.len(), 1);
        assert_eq!(state.siblings[0].runs, 3);
        let grade_b = state
            .ready
            .iter()
            .find(|r| r.conversation == ConversationId(3337));
        assert_eq!(grade_b.map(|r| r.count), Some(5));
    }

    #[test]
    fn scripts_are_no_work_for_a_model_but_may_bring_some() {
        let state = state(&[(&[9144], 4)], 0, 0);
        assert!(state.ready.is_empty());
        assert!(state.unsettled);
    }

    #[test]
    fn answers_that_are_being_written_may_bring_work_and_calls_in_flight_are_another_matter() {
        assert!(state(&[], 1, 2).unsettled);
        assert!(!state(&[], 1, 1).unsettled);
    }
}
