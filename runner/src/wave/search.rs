//! The fewest loads from here: a shortest path over what is resident where and how far the runs are.
//!
//! Nobody knows yet how the grades will turn out, so each step that may still come is taken to come. That is the worst
//! case: a schedule of residents that serves the whole path of a run serves every path that leaves some of it out, no
//! later. In the same way a run that is at least as far as another needs no schedule of its own. So of all runs only the
//! hindmost count, whatever their number.
//!
//! Between two loads the residents do all that they can: what can be done without a load is never worth putting off.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

use super::board::Board;
use super::graph::{Models, Steps, members, models_in};

/// States looked at before the most promising path so far is taken. A real workflow takes some dozen.
const STATES_AT_MOST: usize = 400;

/// One load of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Load {
    pub(super) server: usize,
    pub(super) model: usize,
    /// What is resident there afterwards.
    pub(super) resident: Models,
}

/// Ordered by what is promised; of equals the one that is farthest on, and then the one that was found first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Node {
    promise: usize,
    loads: Reverse<usize>,
    found: usize,
    resident: Vec<Models>,
    over: Vec<Steps>,
    path: Vec<Load>,
}

/// The loads that lead to the end by the fewest, the first of them one of `first` where that is given. None where there
/// is no way.
pub(super) fn fewest_loads(board: &Board<'_>, first: Option<Models>) -> Option<Vec<Load>> {
    let resident: Vec<Models> = board.servers.iter().map(|s| s.resident).collect();
    let over = board.fronts.iter().map(|front| front.over | front.theirs);
    let mut found = 0;
    let start = node(board, resident, over.collect(), Vec::new(), found);
    let mut seen = HashSet::new();
    let mut open = BinaryHeap::from([Reverse(start)]);
    while let Some(Reverse(at)) = open.pop() {
        let is_over = at.over.iter().all(|over| *over == board.graph.all());
        if is_over || (seen.len() >= STATES_AT_MOST && !at.path.is_empty()) {
            return Some(at.path);
        }
        if !at.path.is_empty() && !seen.insert((at.resident.clone(), at.over.clone())) {
            continue;
        }
        let there = present(board, &at.resident);
        let wanted = match first {
            Some(first) if at.path.is_empty() => first,
            _ => due(board, &at),
        };
        for load in loads(board, &at, wanted & !there) {
            found += 1;
            let mut resident = at.resident.clone();
            resident[load.server] = load.resident;
            let mut path = at.path.clone();
            path.push(load);
            open.push(Reverse(node(board, resident, at.over.clone(), path, found)));
        }
    }
    None
}

/// Where this leads when the residents have done all they can.
fn node(
    board: &Board<'_>,
    resident: Vec<Models>,
    over: Vec<Steps>,
    path: Vec<Load>,
    found: usize,
) -> Node {
    let there = present(board, &resident);
    let over = over.into_iter().map(|over| board.closure(over, there, 0));
    let over = hindmost(over.collect());
    let left = over.iter().fold(0, |left, over| left | !over);
    let wanted = board.graph.models_of(left & board.graph.all()) & !board.closed;
    Node {
        promise: path.len() + (wanted & !there).count_ones() as usize,
        loads: Reverse(path.len()),
        found,
        // What nobody will ask again makes no difference.
        resident: resident.into_iter().map(|r| r & wanted).collect(),
        over,
        path,
    }
}

/// Models that take calls somewhere.
fn present(board: &Board<'_>, resident: &[Models]) -> Models {
    let servers = board.servers.iter().zip(resident);
    servers.fold(0, |all, (server, resident)| all | resident & server.usable)
}

/// Runs that none is behind.
fn hindmost(mut over: Vec<Steps>) -> Vec<Steps> {
    over.sort_unstable_by_key(|over| (over.count_ones(), *over));
    let mut kept: Vec<Steps> = Vec::new();
    for over in over {
        if !kept.iter().any(|behind| behind & !over == 0) {
            kept.push(over);
        }
    }
    kept
}

/// The models that something due waits for.
fn due(board: &Board<'_>, at: &Node) -> Models {
    let mut due = 0;
    for over in &at.over {
        for step in members(board.graph.all() & !over) {
            if board.graph.steps[step].needs & !over == 0 {
                due |= board.asks(step, *over);
            }
        }
    }
    due
}

/// The loads of these models that make sense from here, those with the most work first: on each server, with as much
/// kept beside it as there is room for.
fn loads(board: &Board<'_>, at: &Node, wanted: Models) -> Vec<Load> {
    let mut models: Vec<usize> = models_in(wanted).collect();
    models.sort_by(|a, b| board.work[*b].total_cmp(&board.work[*a]));
    let mut loads = Vec::new();
    for model in models {
        let mut alike = HashSet::new();
        for (server, seats) in board.servers.iter().enumerate() {
            let resident = at.resident[server];
            let is_new = alike.insert((resident, seats.memory, seats.usable, seats.busy()));
            if seats.usable & (1 << model) == 0 || !is_new {
                continue;
            }
            for resident in largest_with(board, seats.memory, resident, model) {
                loads.push(Load {
                    server,
                    model,
                    resident,
                });
            }
        }
    }
    loads
}

/// The largest sets that hold the loaded model and some of those that were there, beside which it has room.
fn largest_with(
    board: &Board<'_>,
    memory: Option<u64>,
    resident: Models,
    loaded: usize,
) -> Vec<Models> {
    let mut largest: Vec<Models> = Vec::new();
    let mut kept = resident;
    // All subsets, a set before its own subsets.
    loop {
        let candidate = kept | 1 << loaded;
        let contained = largest.iter().any(|larger| candidate & !larger == 0);
        if !contained && board.takes_in(memory, kept, loaded) {
            largest.push(candidate);
        }
        if kept == 0 {
            return largest;
        }
        kept = (kept - 1) & resident;
    }
}
