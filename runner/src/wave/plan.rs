//! The decision: what to unload and what to send.

mod order;

use self::order::in_order;
use super::board::{Board, Pair};
use super::graph::{Models, Steps, members};
use super::residency::{Residency, by_force, residency};
use super::{ServerId, State};
use crate::workflow::ConversationId;

/// What to do next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct WavePlan {
    /// Models to unload first, each at its server; they are idle.
    pub unload: Vec<(ServerId, String)>,
    /// What to send, in this order, and what loads a model no sooner than what stands before it is at the server.
    pub dispatches: Vec<Dispatch>,
}

/// Something to claim and send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dispatch {
    /// One run's siblings, at the same moment; those that load a model in the order of the loads.
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
/// long as the slower one is the bottleneck. Siblings whose models cannot be resident at the same moment go one by one.
pub fn plan(state: &State) -> WavePlan {
    let board = Board::of(state);
    let mut residency = residency(&board);
    let mut dispatches = Admission::of(&board, &residency).admitted();
    if dispatches.is_empty()
        && let Some(forced) = by_force(&board)
    {
        dispatches = Admission::of(&board, &forced).admitted();
        residency = forced;
    }
    let named = |(server, model): (usize, usize)| {
        let name = board.graph.models[model].clone();
        (ServerId(server), name)
    };
    let mut plan = WavePlan {
        unload: residency.unload.into_iter().map(named).collect(),
        dispatches,
    };
    // An unload without a load behind it would be for nothing.
    let loads = plan.loads(state);
    plan.unload
        .retain(|(server, _)| loads.iter().any(|(at, _)| at == server));
    plan
}

impl WavePlan {
    /// The models that it loads: those that are sent something where they are not resident.
    pub fn loads(&self, state: &State) -> Vec<(ServerId, String)> {
        let mut loads = Vec::new();
        let mut asked = |server: ServerId, model: &String| {
            let known = state
                .servers
                .get(server.0)
                .and_then(|s| s.models.get(model));
            let is_there = known.is_some_and(|known| known.resident || known.in_flight > 0);
            let load = (server, model.clone());
            // What is unloaded to make room for a larger one comes back behind it.
            let is_there = is_there && !self.unload.contains(&load);
            if !is_there && !loads.contains(&load) {
                loads.push(load);
            }
        };
        for dispatch in &self.dispatches {
            match dispatch {
                Dispatch::Singles { server, model, .. } => asked(*server, model),
                Dispatch::Together(placements) => {
                    for placement in placements {
                        if let Some(model) = state.graph.model_of(placement.conversation) {
                            asked(placement.server, model);
                        }
                    }
                }
            }
        }
        loads
    }
}

/// Slots that are not taken, and what they are given.
struct Admission<'b, 's> {
    board: &'b Board<'s>,
    residency: &'b Residency,
    /// By server and model.
    free: Vec<Vec<usize>>,
    altogether: usize,
    /// What may be called anywhere.
    callable: Models,
    dispatches: Vec<Dispatch>,
}

impl<'b, 's> Admission<'b, 's> {
    fn of(board: &'b Board<'s>, residency: &'b Residency) -> Self {
        let state = board.state;
        let places = state.slots + state.ahead;
        let servers = board.servers.iter().zip(&residency.callable);
        let free = servers.map(|(seats, callable)| {
            let in_flight = seats.in_flight.iter().enumerate();
            let free = in_flight.map(|(model, in_flight)| {
                let is_callable = callable & (1 << model) != 0;
                places.saturating_sub(*in_flight) * usize::from(is_callable)
            });
            free.collect()
        });
        let in_flight = board.servers.iter().flat_map(|seats| &seats.in_flight);
        Self {
            board,
            residency,
            free: free.collect(),
            altogether: state.in_flight_cap.saturating_sub(in_flight.sum()),
            callable: residency
                .callable
                .iter()
                .fold(0, |all, models| all | models),
            dispatches: Vec::new(),
        }
    }

    /// What is sent, in the order of its loads.
    fn admitted(mut self) -> Vec<Dispatch> {
        self.admit();
        in_order(self.board, self.residency, self.dispatches)
    }

    fn admit(&mut self) {
        let board = self.board;
        let mut reserved: Models = 0;
        let waiting = board.pairs.iter().filter(|pair| pair.runs > 0);
        for pair in waiting {
            reserved |= self.admit_pairs(pair);
        }
        for model in (0..board.graph.models.len()).filter(|model| reserved & (1 << model) == 0) {
            self.admit_singles(model, board.held());
        }
    }

    /// Sends what it can; answers the models to keep free for the rest.
    fn admit_pairs(&mut self, pair: &Pair) -> Models {
        for _ in 0..pair.runs {
            let Some(placements) = self.place_each(pair.members) else {
                // Where a model is not resident, a free slot at the other would wait for a load.
                let all_there = pair.models & !self.callable == 0;
                return if all_there { pair.models } else { 0 };
            };
            self.dispatches.push(Dispatch::Together(placements));
        }
        0
    }

    /// A slot for each of the steps, or none at all.
    fn place_each(&mut self, steps: Steps) -> Option<Vec<Placement>> {
        let before = (self.free.clone(), self.altogether);
        let placements: Option<Vec<Placement>> = members(steps)
            .map(|step| {
                let step = &self.board.graph.steps[step];
                Some(Placement {
                    server: ServerId(self.take(step.model?)?),
                    conversation: step.conversation,
                })
            })
            .collect();
        if placements.is_none() {
            (self.free, self.altogether) = before;
        }
        placements
    }

    /// A slot at the server that has the most of this model free.
    fn take(&mut self, model: usize) -> Option<usize> {
        let servers = (0..self.free.len()).rev();
        let server = servers.max_by_key(|server| self.free[*server][model])?;
        if self.free[server][model] == 0 || self.altogether == 0 {
            return None;
        }
        self.free[server][model] -= 1;
        self.altogether -= 1;
        Some(server)
    }

    fn admit_singles(&mut self, model: usize, held: Steps) {
        let board = self.board;
        let is_ready = |step: &usize| board.ready[*step] > 0 && held & (1 << step) == 0;
        let steps: Vec<usize> = board.graph.steps_of(model).filter(is_ready).collect();
        let ready = steps.iter().map(|step| board.ready[*step]).sum();
        let mut limits = vec![0; self.free.len()];
        for _ in 0..ready {
            let Some(server) = self.take(model) else {
                break;
            };
            limits[server] += 1;
        }
        let conversation = |step: &usize| board.graph.steps[*step].conversation;
        for (server, limit) in limits.into_iter().enumerate().filter(|(_, n)| *n > 0) {
            self.dispatches.push(Dispatch::Singles {
                server: ServerId(server),
                model: board.graph.models[model].clone(),
                conversations: steps.iter().map(conversation).collect(),
                limit,
            });
        }
    }
}

#[cfg(test)]
mod tests;
