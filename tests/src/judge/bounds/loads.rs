//! The least number of model loads that can do a batch's calls: an exact shortest path.
//!
//! A state is the set of resident models and how far every posting is; a load leads from one to the next and costs 1.
//! Two things keep the states few without losing the minimum:
//!
//! - **Ready work on a resident model is done at once.** Take a best schedule and a call that is ready while its model
//!   is resident, but is made later. Made now it costs nothing, takes nothing away and makes its dependents ready
//!   sooner; the schedule without the later call still works. So progress is not chosen: it is a closure over the
//!   resident models, and only the order of residency is searched.
//! - **Postings that took the same path move in lockstep.** After a closure all of them are equally far, whatever
//!   their number, so that 5,000 postings cost no more than one of each path.
//!
//! In the same way a load can wait until a call of that model is ready, and a model that need not go stays: keeping
//! more never hurts. A retry repeats a call right behind its first attempt, on a model that is resident then: it adds
//! work but no load, and does not have to be told here.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap},
};

/// A call of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// Which of the [`Card`]'s models answers.
    pub model: usize,
    /// The calls of the same path, by position, that have to be over before.
    pub needs: Vec<usize>,
}

/// The calls that a posting took. Their order says nothing, only what they need.
pub type Path = Vec<Step>;

/// The memory for models, and what each takes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Bytes.
    pub memory: u64,
    /// Bytes of each model.
    pub sizes: Vec<u64>,
}

impl Card {
    /// Whether these models can be resident together: whether they add up. One alone always can: what does not fit spills to
    /// the CPU.
    ///
    /// The server is stricter: it loads nothing beside others that takes more than 80 % of what is free. What it can hold
    /// adds up, so a bound by this rule is one by the server's, too; and it stays one for a server with a kinder rule.
    pub fn holds(&self, models: Models) -> bool {
        models.count_ones() <= 1
            || members(models)
                .map(|model| self.sizes.get(model).copied().unwrap_or(0))
                .fold(0, u64::saturating_add)
                <= self.memory
    }
}

/// A set of models, a bit each.
pub type Models = u32;

/// The models of a set.
pub fn members(models: Models) -> impl Iterator<Item = usize> {
    (0..Models::BITS as usize).filter(move |model| models & (1 << model) != 0)
}

/// How many loads there have to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Least {
    /// So many, and it can be done with so many.
    Exactly(usize),
    /// So many or more: the search was broken off.
    AtLeast(usize),
}

impl Least {
    /// A number that no schedule goes below, in either case.
    pub fn number(self) -> usize {
        match self {
            Self::Exactly(loads) | Self::AtLeast(loads) => loads,
        }
    }

    /// Both together, of servers that do nothing for each other.
    pub(crate) fn plus(self, other: Self) -> Self {
        let sum = self.number() + other.number();
        match (self, other) {
            (Self::Exactly(_), Self::Exactly(_)) => Self::Exactly(sum),
            _ => Self::AtLeast(sum),
        }
    }
}

/// States looked at before the search is broken off; a real workflow takes some hundred. What is still open then has
/// all been reached by the fewest possible loads, so the least that any of it still promises is a lower bound.
const STATES_AT_MOST: usize = 20_000;

/// The least number of loads for these paths, from an empty card. None where there is no schedule at all, because calls
/// need each other in a circle, or where a path or the list of models is longer than anybody's (64 and 32).
pub fn least_loads(paths: &BTreeSet<Path>, card: &Card) -> Option<Least> {
    search(paths, card, STATES_AT_MOST)
}

fn search(paths: &BTreeSet<Path>, card: &Card, states_at_most: usize) -> Option<Least> {
    let puzzle = Puzzle::of(paths, card)?;
    let start = puzzle.start();
    let mut fewest = HashMap::from([(start.clone(), 0)]);
    let mut open = BinaryHeap::from([Reverse((puzzle.still(&start), Reverse(0), start))]);
    let mut looked_at = 0;
    // Cheapest promise first: `still` never promises too much, so the first finished state is a best one.
    while let Some(Reverse((promise, Reverse(loads), state))) = open.pop() {
        if puzzle.is_done(&state) {
            return Some(Least::Exactly(loads));
        }
        looked_at += 1;
        if looked_at > states_at_most {
            return Some(Least::AtLeast(promise));
        }
        for next in puzzle.after_a_load(&state) {
            let known = fewest.entry(next.clone()).or_insert(usize::MAX);
            if loads + 1 < *known {
                *known = loads + 1;
                let promise = loads + 1 + puzzle.still(&next);
                open.push(Reverse((promise, Reverse(loads + 1), next)));
            }
        }
    }
    None
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct State {
    resident: Models,
    /// Of each path, the calls that are over, a bit each.
    done: Vec<u64>,
}

struct Puzzle<'p> {
    paths: Vec<Vec<Call>>,
    card: &'p Card,
}

/// A step with its needs as bits.
struct Call {
    model: Models,
    needs: u64,
}

impl<'p> Puzzle<'p> {
    fn of(paths: &BTreeSet<Path>, card: &'p Card) -> Option<Self> {
        let call = |step: &Step| {
            Some(Call {
                model: 1_u32.checked_shl(u32::try_from(step.model).ok()?)?,
                needs: step
                    .needs
                    .iter()
                    .map(|need| 1_u64.checked_shl(u32::try_from(*need).ok()?))
                    .try_fold(0, |needs, need| Some(needs | need?))?,
            })
        };
        let paths = paths
            .iter()
            .map(|path| {
                let fits = path.len() < u64::BITS as usize;
                fits.then(|| path.iter().map(call).collect::<Option<Vec<_>>>())?
            })
            .collect::<Option<_>>()?;
        Some(Self { paths, card })
    }

    fn start(&self) -> State {
        State {
            resident: 0,
            done: vec![0; self.paths.len()],
        }
    }

    fn is_done(&self, state: &State) -> bool {
        self.undone(state).next().is_none()
    }

    /// Loads that cannot be avoided from here: one for each model that has work left and is not there.
    fn still(&self, state: &State) -> usize {
        let wanted = self
            .undone(state)
            .fold(0, |models, (call, _)| models | call.model);
        (wanted & !state.resident).count_ones() as usize
    }

    /// Calls that are not over, each with what is over of its path.
    fn undone(&self, state: &State) -> impl Iterator<Item = (&Call, u64)> {
        self.paths
            .iter()
            .zip(state.done.iter().copied())
            .flat_map(|(path, done)| {
                let open = path
                    .iter()
                    .enumerate()
                    .filter(move |(position, _)| done & (1 << position) == 0);
                open.map(move |(_, call)| (call, done))
            })
    }

    /// Every state that one load leads to: each model with ready work, with as many others kept as there is room for.
    fn after_a_load(&self, state: &State) -> Vec<State> {
        let ready = self
            .undone(state)
            .filter(|(call, done)| call.needs & !done == 0)
            .fold(0, |models, (call, _)| models | call.model);
        members(ready & !state.resident)
            .flat_map(|model| self.residencies_with(state.resident, 1 << model))
            .map(|resident| self.closure(resident, state.done.clone()))
            .collect()
    }

    /// The largest sets of residents that hold the loaded model and some of those that were there.
    fn residencies_with(&self, resident: Models, loaded: Models) -> Vec<Models> {
        let mut largest: Vec<Models> = Vec::new();
        let mut kept = resident;
        // All subsets, a set before its own subsets.
        loop {
            let candidate = kept | loaded;
            let contained = largest.iter().any(|larger| candidate & !larger == 0);
            if !contained && self.card.holds(candidate) {
                largest.push(candidate);
            }
            if kept == 0 {
                return largest;
            }
            kept = (kept - 1) & resident;
        }
    }

    /// Does all that the residents can do.
    fn closure(&self, resident: Models, mut done: Vec<u64>) -> State {
        for (path, done) in self.paths.iter().zip(&mut done) {
            loop {
                let before = *done;
                for (position, call) in path.iter().enumerate() {
                    if call.model & resident != 0 && call.needs & !*done == 0 {
                        *done |= 1 << position;
                    }
                }
                if *done == before {
                    break;
                }
            }
        }
        State { resident, done }
    }
}

#[cfg(test)]
mod tests;
