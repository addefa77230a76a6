//! The survey: what the database and the loop know, put together into the state that the planner decides on. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::breaker::Breakers;
use super::custody::Custody;
use super::residents::Residents;
use super::slots::Seat;
use super::{ExecuteSettings, Server};
use crate::store::{Hold, OpenRuns, OpenWork};
use crate::wave::{Front, Graph, ModelState, Phase, ServerId, ServerState, State, Waits};
use crate::workflow::{Actor, Conversation, ConversationId, Workflow};

/// What a load is taken to cost, in the workflow's time: so long a retry is waited for before its model is given up.
const LOAD: Duration = Duration::from_secs(3);

/// Everything there is to know at one moment.
#[derive(Debug)]
pub(super) struct Survey<'a> {
    pub(super) workflow: &'a Workflow,
    pub(super) graph: &'a Arc<Graph>,
    /// Who asks: what others hold is not ours to wait for.
    pub(super) runner: &'a str,
    pub(super) settings: &'a ExecuteSettings,
    pub(super) servers: &'a [Server],
    /// Which of them are this worker's now.
    pub(super) custody: &'a Custody,
    pub(super) breakers: &'a Breakers,
    pub(super) open: &'a OpenWork,
    /// Calls claimed and not answered.
    pub(super) in_flight: &'a BTreeMap<Seat, usize>,
    /// What is believed to be loaded where.
    pub(super) residents: &'a Residents,
    /// Who was passed over by the loads so far.
    pub(super) waits: &'a Waits,
    /// How long each server has had nothing in flight.
    pub(super) idle: &'a [Duration],
    /// Calls whose results are not written yet, those in flight included.
    pub(super) unsettled: usize,
    /// Whether a round of scripts is under way.
    pub(super) scripts: bool,
    /// Calls to prepare for each model beyond its slots.
    pub(super) ahead: usize,
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
            graph: Arc::clone(self.graph),
            fronts: self.open.fronts.iter().map(|f| self.front(f)).collect(),
            servers: self.server_states(),
            sizes: self.sizes(),
            load_time: self.load_time(),
            call_time: BTreeMap::new(),
            passed_over: self.waits.passed_over(),
            slots: settings.slots,
            ahead: self.ahead,
            in_flight_cap: settings.max_in_flight.unwrap_or(usize::MAX),
            unsettled: self.scripts
                || self.unsettled > in_flight
                || !self.ready_scripts().is_empty(),
        }
    }

    fn sizes(&self) -> BTreeMap<String, u64> {
        self.workflow
            .models()
            .into_iter()
            .map(|model| (model.to_owned(), self.residents.size(model)))
            .collect()
    }

    fn server_states(&self) -> Vec<ServerState> {
        let model_state = |server: usize, model: &str| {
            let seat = (ServerId(server), model.to_owned());
            let state = ModelState {
                resident: self.residents.has(&seat),
                in_flight: self.in_flight.get(&seat).copied().unwrap_or(0),
                barred: !self.custody.holds(seat.0)
                    || self.breakers.admits(&seat, self.in_flight) == 0,
            };
            (seat.1, state)
        };
        let models = self.workflow.models();
        let server_state = |(index, server): (usize, &Server)| ServerState {
            memory: server.gpu_memory,
            models: models.iter().map(|m| model_state(index, m)).collect(),
            idle: self.idle.get(index).copied().unwrap_or_default(),
        };
        self.servers.iter().enumerate().map(server_state).collect()
    }

    fn load_time(&self) -> BTreeMap<String, Duration> {
        let load = self.settings.limit(LOAD);
        let models = self.workflow.models().into_iter();
        models.map(|model| (model.to_owned(), load)).collect()
    }

    fn front(&self, open: &OpenRuns) -> Front {
        let phase = |hold: &Hold| match hold {
            Hold::Ready => Phase::Ready,
            Hold::Waiting => Phase::Waiting,
            Hold::Leased { by } if by == self.runner => Phase::Ours,
            Hold::Leased { .. } => Phase::Theirs,
        };
        let steps = open.steps.iter().map(|(id, hold)| (*id, phase(hold)));
        Front {
            steps: steps.collect(),
            runs: open.runs,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The state for runs with these conversations open, some of them held.
    fn state(fronts: &[(&[(i32, Hold)], usize)], in_flight: usize, unsettled: usize) -> State {
        let front = |(steps, runs): &(&[(i32, Hold)], usize)| OpenRuns {
            steps: steps
                .iter()
                .map(|(id, hold)| (ConversationId(*id), hold.clone()))
                .collect(),
            runs: *runs,
        };
        let open = OpenWork {
            fronts: fronts.iter().map(front).collect(),
            ..OpenWork::default()
        };
        let workflow = Workflow::builtin();
        let survey = Survey {
            graph: &Arc::new(Graph::of(&workflow).expect("no more steps than the sets hold")),
            workflow: &workflow,
            runner: "runner-1",
            settings: &ExecuteSettings::default(),
            servers: &[],
            custody: &Custody::default(),
            breakers: &Breakers::new(0, Duration::ZERO, Duration::ZERO),
            open: &open,
            in_flight: &BTreeMap::from([((ServerId(0), "qwen2.5:7b".to_owned()), in_flight)]),
            residents: &Residents::default(),
            waits: &Waits::default(),
            idle: &[],
            unsettled,
            scripts: false,
            ahead: 1,
        };
        survey.state()
    }

    fn leased_by(runner: &str) -> Hold {
        Hold::Leased {
            by: runner.to_owned(),
        }
    }

    #[test]
    fn what_we_hold_is_ours_and_what_others_hold_is_theirs() {
        let steps = [
            (3336, leased_by("runner-1")),
            (3337, leased_by("runner-2")),
            (9161, Hold::Ready),
            (9163, Hold::Waiting),
        ];
        let state = state(&[(&steps, 3)], 0, 0);
        let phases: Vec<Phase> = state.fronts[0].steps.iter().map(|(_, p)| *p).collect();
        let wanted = [Phase::Ours, Phase::Theirs, Phase::Ready, Phase::Waiting];
        assert_eq!((phases.as_slice(), state.fronts[0].runs), (&wanted[..], 3));
    }

    #[test]
    fn scripts_may_bring_work_for_the_models_and_their_absence_does_not() {
        assert!(state(&[(&[(9144, Hold::Ready)], 4)], 0, 0).unsettled);
        assert!(!state(&[(&[(9161, Hold::Ready)], 4)], 0, 0).unsettled);
    }

    #[test]
    fn answers_that_are_being_written_may_bring_work_and_calls_in_flight_are_another_matter() {
        assert!(state(&[], 1, 2).unsettled);
        assert!(!state(&[], 1, 1).unsettled);
    }
}
