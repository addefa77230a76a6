//! The batch, event by event.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::time::Duration;

use thiserror::Error;

use super::books::Books;
use super::{Asked, Outcome, Plant, Postings};
use crate::wave::{Dispatch, ModelState, ServerId, ServerState, State, Waits, WavePlan, plan};

/// Work was left, nothing was under way, and the planner sent nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "expected every posting to become final, found {finished} of {postings} and a plan that sends nothing"
)]
pub struct Stalled {
    /// Postings that were final.
    pub finished: usize,
    /// All postings.
    pub postings: usize,
}

/// Takes all postings to their end.
///
/// # Errors
/// [`Stalled`] where the planner does not go on: a defect of the planner.
pub fn simulate(plant: &Plant, postings: &dyn Postings) -> Result<Outcome, Stalled> {
    simulate_before(plant, postings, &mut |_, _| {})
}

/// As [`simulate`], and tells a witness all that the servers are asked for.
///
/// # Errors
/// [`Stalled`], as there.
pub fn simulate_before<'p>(
    plant: &'p Plant,
    postings: &'p dyn Postings,
    witness: &'p mut dyn FnMut(ServerId, Asked<'_>),
) -> Result<Outcome, Stalled> {
    let mut run = Run::of(plant, postings, witness);
    for posting in 0..postings.count() {
        run.at(postings.arrives(posting), Happens::Arrival { posting });
    }
    while let Some(Reverse((now, _, happens))) = run.events.pop() {
        run.now = now;
        run.take(happens);
        // All that happens at one moment is one state.
        while let Some(Reverse((next, _, _))) = run.events.peek() {
            if *next > now {
                break;
            }
            if let Some(Reverse((_, _, happens))) = run.events.pop() {
                run.take(happens);
            }
        }
        run.decide();
    }
    if run.books.finished < postings.count() {
        return Err(Stalled {
            finished: run.books.finished,
            postings: postings.count(),
        });
    }
    let count = u32::try_from(postings.count().max(1)).unwrap_or(u32::MAX);
    run.outcome.mean_finished = run.finished_sum / count;
    Ok(run.outcome)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    Arrival {
        posting: usize,
    },
    Loaded {
        seat: usize,
    },
    Answered {
        seat: usize,
        posting: usize,
        step: usize,
    },
}

/// Calls that begin together: each with its posting, step and seat.
type Group = Vec<(usize, usize, usize)>;

#[derive(Debug, Default)]
struct Seat {
    computing: usize,
    in_flight: usize,
    /// Groups that wait for a slot here, by number.
    waiting: VecDeque<usize>,
    resident: bool,
    loaded: bool,
}

struct Run<'p> {
    plant: &'p Plant,
    postings: &'p dyn Postings,
    books: Books<'p>,
    /// By server and model: `server * models + model`.
    seats: Vec<Seat>,
    groups: BTreeMap<usize, Group>,
    numbers: usize,
    events: BinaryHeap<Reverse<(Duration, usize, Happens)>>,
    now: Duration,
    waits: Waits,
    finished_sum: Duration,
    outcome: Outcome,
    witness: &'p mut dyn FnMut(ServerId, Asked<'_>),
}

impl<'p> Run<'p> {
    fn of(
        plant: &'p Plant,
        postings: &'p dyn Postings,
        witness: &'p mut dyn FnMut(ServerId, Asked<'_>),
    ) -> Self {
        let seats = plant.servers.len() * plant.graph.models.len();
        Self {
            plant,
            postings,
            books: Books::of(&plant.graph, postings.count()),
            seats: (0..seats).map(|_| Seat::default()).collect(),
            groups: BTreeMap::new(),
            numbers: 0,
            events: BinaryHeap::new(),
            now: Duration::ZERO,
            waits: Waits::default(),
            finished_sum: Duration::ZERO,
            outcome: Outcome::default(),
            witness,
        }
    }

    fn at(&mut self, when: Duration, happens: Happens) {
        self.numbers += 1;
        self.events.push(Reverse((when, self.numbers, happens)));
    }

    fn take(&mut self, happens: Happens) {
        match happens {
            Happens::Arrival { posting } => self.advance(posting, None),
            Happens::Loaded { seat } => {
                self.seats[seat].loaded = true;
                self.begin(seat);
            }
            Happens::Answered {
                seat,
                posting,
                step,
            } => {
                self.seats[seat].computing -= 1;
                self.seats[seat].in_flight -= 1;
                let call = (posting, self.plant.graph.steps[step].conversation);
                self.tell(seat, |_| Asked::End { call });
                self.advance(posting, Some(step));
                self.begin(seat);
            }
        }
    }

    fn advance(&mut self, posting: usize, step: Option<usize>) {
        if self.books.advance(self.postings, posting, step) {
            self.finished_sum += self.now;
            self.outcome.makespan = self.now;
        }
    }

    /// Begins what waits at a seat and finds a slot at every seat that it needs.
    fn begin(&mut self, seat: usize) {
        let waiting: Vec<usize> = self.seats[seat].waiting.iter().copied().collect();
        for number in waiting {
            let Some(group) = self.groups.get(&number).cloned() else {
                continue;
            };
            let has_slot = |(_, _, seat): &(usize, usize, usize)| {
                let seat = &self.seats[*seat];
                seat.loaded && seat.computing < self.plant.slots
            };
            if !group.iter().all(has_slot) {
                continue;
            }
            self.groups.remove(&number);
            self.outcome.together += usize::from(group.len() > 1);
            for (posting, step, seat) in group {
                self.seats[seat].waiting.retain(|other| *other != number);
                self.seats[seat].computing += 1;
                self.outcome.calls += 1;
                let conversation = self.plant.graph.steps[step].conversation;
                let call = (posting, conversation);
                self.tell(seat, |model| Asked::Begin { model, call });
                let end = self.now + self.postings.computes(posting, conversation);
                self.at(
                    end,
                    Happens::Answered {
                        seat,
                        posting,
                        step,
                    },
                );
            }
        }
    }

    fn decide(&mut self) {
        let state = self.state();
        let plan = plan(&state);
        self.outcome.decisions += 1;
        self.waits.note(&state, &plan);
        let waited = self.waits.passed_over().into_values().max();
        self.outcome.longest_wait = self.outcome.longest_wait.max(waited.unwrap_or(0));
        self.carry_out(plan);
    }

    fn carry_out(&mut self, plan: WavePlan) {
        for (server, model) in plan.unload {
            if let Some(seat) = self.seat_of(server, &model) {
                self.seats[seat].resident = false;
                self.seats[seat].loaded = false;
                self.tell(seat, |model| Asked::Unload { model });
            }
        }
        for dispatch in plan.dispatches {
            match dispatch {
                Dispatch::Together(placements) => self.send_together(&placements),
                Dispatch::Singles {
                    server,
                    model,
                    conversations,
                    limit,
                } => {
                    let steps = conversations
                        .iter()
                        .filter_map(|c| self.plant.graph.position(*c));
                    let steps: Vec<usize> = steps.collect();
                    for _ in 0..limit {
                        let claim = self.books.claim(&steps);
                        if let (Some((posting, step)), Some(seat)) =
                            (claim, self.seat_of(server, &model))
                        {
                            self.send(vec![(posting, step, seat)]);
                        }
                    }
                }
            }
        }
    }

    fn send_together(&mut self, placements: &[crate::wave::Placement]) {
        let graph = &self.plant.graph;
        let place = |p: &crate::wave::Placement| {
            let step = graph.position(p.conversation)?;
            Some((
                step,
                p.server.0 * graph.models.len() + graph.steps[step].model?,
            ))
        };
        let placed: Vec<(usize, usize)> = placements.iter().filter_map(place).collect();
        let steps: Vec<usize> = placed.iter().map(|(step, _)| *step).collect();
        if let Some(posting) = self.books.claim_together(&steps) {
            let group = placed.into_iter().map(|(step, seat)| (posting, step, seat));
            self.send(group.collect());
        }
    }

    fn send(&mut self, group: Group) {
        self.numbers += 1;
        let number = self.numbers;
        let seats: Vec<usize> = group.iter().map(|(_, _, seat)| *seat).collect();
        self.groups.insert(number, group);
        for seat in &seats {
            self.seats[*seat].waiting.push_back(number);
            self.seats[*seat].in_flight += 1;
            if !self.seats[*seat].resident {
                self.load(*seat);
            }
        }
        self.begin(seats[0]);
    }

    fn load(&mut self, seat: usize) {
        self.tell(seat, |model| Asked::Load { model });
        let models = &self.plant.graph.models;
        self.seats[seat].resident = true;
        self.outcome.loads += 1;
        let model = &models[seat % models.len()];
        let takes = self.plant.load_time.get(model).copied().unwrap_or_default();
        self.at(self.now + takes, Happens::Loaded { seat });
        let server = seat / models.len();
        let there = (0..models.len()).filter(|m| self.seats[server * models.len() + m].resident);
        let there: Vec<u64> = there
            .filter_map(|m| self.plant.sizes.get(&models[m]))
            .copied()
            .collect();
        if there.len() > 1 {
            let over = there
                .iter()
                .sum::<u64>()
                .saturating_sub(self.plant.servers[server]);
            self.outcome.over_budget = self.outcome.over_budget.max(over);
        }
    }

    fn tell(&mut self, seat: usize, asked: impl Fn(&'p str) -> Asked<'p>) {
        let models = &self.plant.graph.models;
        let server = ServerId(seat / models.len());
        (self.witness)(server, asked(&models[seat % models.len()]));
    }

    fn seat_of(&self, server: ServerId, model: &String) -> Option<usize> {
        let models = &self.plant.graph.models;
        let model = models.binary_search(model).ok()?;
        Some(server.0 * models.len() + model)
    }

    fn state(&self) -> State {
        let plant = self.plant;
        let models = &plant.graph.models;
        let server = |(at, memory): (usize, &u64)| {
            let model = |(place, name): (usize, &String)| {
                let seat = &self.seats[at * models.len() + place];
                let state = ModelState {
                    resident: seat.resident,
                    in_flight: seat.in_flight,
                    barred: false,
                };
                (name.clone(), state)
            };
            ServerState {
                memory: Some(*memory),
                models: models.iter().enumerate().map(model).collect(),
                idle: Duration::ZERO,
            }
        };
        State {
            graph: std::sync::Arc::clone(&plant.graph),
            fronts: self.books.fronts(),
            servers: plant.servers.iter().enumerate().map(server).collect(),
            sizes: plant.sizes.clone(),
            load_time: plant.load_time.clone(),
            call_time: plant.call_time.clone(),
            passed_over: self.waits.passed_over(),
            slots: plant.slots,
            ahead: plant.ahead,
            in_flight_cap: usize::MAX,
            unsettled: false,
        }
    }
}
