//! The state in numbers: names become positions and sets become bits, once a decision.

use super::graph::{Graph, Models, Steps, members, models_in};
use super::{Phase, State};

/// What a call takes where nobody has measured it, in seconds.
const CALL_UNKNOWN: f64 = 1.0;
/// How much of the work that may never come is counted as coming, where shares are weighed.
const CONDITIONAL: f64 = 0.25;

/// All that a decision looks at. None of it grows with the number of postings.
#[derive(Debug)]
pub(super) struct Board<'s> {
    pub(super) state: &'s State,
    pub(super) graph: &'s Graph,
    pub(super) servers: Vec<Seats>,
    pub(super) fronts: Vec<Sight>,
    /// Ready interactions of each step.
    pub(super) ready: Vec<usize>,
    /// Siblings that can be computed at the same moment.
    pub(super) pairs: Vec<Pair>,
    /// Models that no server takes calls for now: what waits for them holds nobody else.
    pub(super) closed: Models,
    /// Models that some run may still ask.
    pub(super) needed: Models,
    /// Seconds of computing that each model may still be asked for.
    pub(super) work: Vec<f64>,
    sizes: Vec<u64>,
}

/// One server.
#[derive(Debug)]
pub(super) struct Seats {
    pub(super) memory: Option<u64>,
    pub(super) resident: Models,
    /// Models that it takes calls for.
    pub(super) usable: Models,
    pub(super) in_flight: Vec<usize>,
}

/// Runs that are equally far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    /// What is over or was skipped.
    pub(super) over: Steps,
    /// What is open, but not ours to work on: others hold it, or it waits for a retry.
    pub(super) elsewhere: Steps,
    /// What others hold.
    pub(super) theirs: Steps,
    pub(super) ready: Steps,
    pub(super) runs: usize,
}

/// Siblings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) members: Steps,
    pub(super) models: Models,
    /// In how many runs all of them are ready.
    pub(super) runs: usize,
}

impl Seats {
    pub(super) fn is_idle(&self, model: usize) -> bool {
        self.in_flight[model] == 0
    }

    /// Models that it is computing for.
    pub(super) fn busy(&self) -> Models {
        let busy = self.in_flight.iter().enumerate().filter(|(_, n)| **n > 0);
        busy.fold(0, |models, (model, _)| models | 1 << model)
    }
}

impl<'s> Board<'s> {
    pub(super) fn of(state: &'s State) -> Self {
        let graph: &Graph = &state.graph;
        let servers: Vec<Seats> = state.servers.iter().map(|s| seats(graph, s)).collect();
        let fronts: Vec<Sight> = state.fronts.iter().map(|f| sight(graph, f)).collect();
        let usable = servers.iter().fold(0, |all, server| all | server.usable);
        let size = |model: &String| state.sizes.get(model).copied().unwrap_or(0);
        let mut board = Self {
            state,
            graph,
            ready: vec![0; graph.steps.len()],
            pairs: Vec::new(),
            closed: graph.models_of(graph.all()) & !usable,
            needed: 0,
            work: vec![0.0; graph.models.len()],
            sizes: graph.models.iter().map(size).collect(),
            servers,
            fronts,
        };
        board.count();
        board.pairs = board.pairs();
        board
    }

    pub(super) fn size(&self, model: usize) -> u64 {
        self.sizes[model]
    }

    /// Seconds that a load of this model takes; 0 where nobody knows.
    pub(super) fn load_seconds(&self, model: usize) -> f64 {
        let known = self.state.load_time.get(&self.graph.models[model]);
        known.map_or(0.0, std::time::Duration::as_secs_f64)
    }

    /// Ready interactions of one model, but those that wait for their siblings' moment.
    pub(super) fn ready_alone(&self, model: usize) -> usize {
        let held = self.held();
        let steps = self.graph.steps_of(model);
        steps
            .filter(|step| held & (1 << step) == 0)
            .map(|step| self.ready[step])
            .sum()
    }

    /// Models with ready work.
    pub(super) fn ready_models(&self) -> Models {
        let ready = self.ready.iter().enumerate().filter(|(_, n)| **n > 0);
        let steps = ready.fold(0, |steps, (step, _)| steps | 1 << step);
        self.graph.models_of(steps) & !self.closed
    }

    /// Steps that are sent with their siblings or not at all, as long as whole groups are ready.
    pub(super) fn held(&self) -> Steps {
        let waiting = self.pairs.iter().filter(|pair| pair.runs > 0);
        waiting.fold(0, |held, pair| held | pair.members)
    }

    /// All models that are resident somewhere and take calls there.
    pub(super) fn resident(&self) -> Models {
        let servers = self.servers.iter();
        servers.fold(0, |all, server| all | server.resident & server.usable)
    }

    /// Takes a run as far as the residents can, without the steps of `blocked`.
    pub(super) fn closure(&self, over: Steps, resident: Models, blocked: Steps) -> Steps {
        let mut over = over;
        loop {
            let before = over;
            for step in members(self.graph.all() & !over & !blocked) {
                let due = self.graph.steps[step].needs & !over == 0;
                if due && self.asks(step, over) & !resident == 0 {
                    over |= 1 << step;
                }
            }
            if over == before {
                return over;
            }
        }
    }

    /// The models that have to be resident for this step: with siblings that are not over, theirs, too.
    pub(super) fn asks(&self, step: usize, over: Steps) -> Models {
        let Some(model) = self.graph.steps[step].model else {
            return 0;
        };
        let bit: Steps = 1 << step;
        let with = self.pairs.iter().find(|pair| pair.members & bit != 0);
        let models = match with {
            Some(pair) if pair.members & !over & !bit != 0 => pair.models,
            _ => 1 << model,
        };
        models & !self.closed
    }

    fn count(&mut self) {
        for front in &self.fronts {
            for step in members(self.graph.all() & !front.over) {
                let Some(model) = self.graph.steps[step].model else {
                    continue;
                };
                self.needed |= 1 << model;
                self.work[model] += self.seconds(step) * as_f64(front.runs);
            }
            for step in members(front.ready) {
                self.ready[step] += front.runs;
            }
        }
        self.needed &= !self.closed;
    }

    fn seconds(&self, step: usize) -> f64 {
        let step = &self.graph.steps[step];
        let known = self.state.call_time.get(&step.conversation);
        let seconds = known.map_or(CALL_UNKNOWN, std::time::Duration::as_secs_f64);
        if step.conditional {
            seconds * CONDITIONAL
        } else {
            seconds
        }
    }

    fn pairs(&self) -> Vec<Pair> {
        let pair = |members: &Steps| Pair {
            members: *members,
            models: self.graph.models_of(*members),
            runs: self
                .fronts
                .iter()
                .filter(|front| members & !front.ready == 0)
                .map(|front| front.runs)
                .sum(),
        };
        let groups = self.graph.groups.iter().map(pair);
        groups.filter(|pair| self.can_meet(pair)).collect()
    }

    /// Whether all members can be in flight at the same moment: their models resident, and a place for each.
    fn can_meet(&self, pair: &Pair) -> bool {
        let state = self.state;
        let places = state.slots + state.ahead;
        let steps = |model: usize| {
            let steps = self.graph.steps_of(model);
            steps.filter(|step| pair.members & (1 << step) != 0).count()
        };
        pair.members.count_ones() as usize <= state.in_flight_cap
            && pair.models & self.closed == 0
            && models_in(pair.models).all(|model| steps(model) <= places)
            && self.can_be_resident(pair.models, &mut vec![0; self.servers.len()])
    }

    /// Whether these models can be resident at the same moment beside those `placed`; then they are placed.
    pub(super) fn can_be_resident(&self, models: Models, placed: &mut [Models]) -> bool {
        let Some(model) = models_in(models).next() else {
            return true;
        };
        let bit: Models = 1 << model;
        for server in 0..placed.len() {
            let seats = &self.servers[server];
            let has_room = self.holds(seats.memory, placed[server] | bit);
            if seats.usable & bit != 0 && has_room {
                placed[server] |= bit;
                if self.can_be_resident(models & !bit, placed) {
                    return true;
                }
                placed[server] &= !bit;
            }
        }
        false
    }
}

fn seats(graph: &Graph, server: &super::ServerState) -> Seats {
    let mut seats = Seats {
        memory: server.memory,
        resident: 0,
        usable: 0,
        in_flight: vec![0; graph.models.len()],
    };
    for (model, name) in graph.models.iter().enumerate() {
        let Some(known) = server.models.get(name) else {
            continue;
        };
        let bit: Models = 1 << model;
        seats.in_flight[model] = known.in_flight;
        if known.resident || known.in_flight > 0 {
            seats.resident |= bit;
        }
        if !known.barred {
            seats.usable |= bit;
        }
    }
    seats
}

fn sight(graph: &Graph, front: &super::Front) -> Sight {
    let of_phase = |wanted: &[Phase]| {
        let steps = front
            .steps
            .iter()
            .filter(|(_, phase)| wanted.contains(phase));
        steps
            .filter_map(|(conversation, _)| graph.position(*conversation))
            .fold(0, |steps: Steps, step| steps | 1 << step)
    };
    let (ready, ours) = (of_phase(&[Phase::Ready]), of_phase(&[Phase::Ours]));
    let (theirs, waiting) = (of_phase(&[Phase::Theirs]), of_phase(&[Phase::Waiting]));
    let open = ready | ours | theirs | waiting;
    Sight {
        over: graph.all() & !open & !graph.behind(open),
        elsewhere: theirs | waiting,
        theirs,
        ready,
        runs: front.runs,
    }
}

#[expect(clippy::cast_precision_loss, reason = "no batch has 2^52 postings")]
pub(super) fn as_f64(count: usize) -> f64 {
    count as f64
}
