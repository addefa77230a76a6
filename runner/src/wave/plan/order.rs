//! The order of a plan's loads: a server loads in the order in which it is asked, and in another one it may evict the
//! first for the second.

use super::{Dispatch, Placement};
use crate::wave::board::Board;
use crate::wave::graph::Models;
use crate::wave::residency::Residency;

/// Puts what loads a model into the order of the loads, behind what loads none, and leaves out what has no room when its
/// turn comes, because something before it is not sent after all: the next decision has it again.
pub(super) fn in_order(
    board: &Board<'_>,
    residency: &Residency,
    mut dispatches: Vec<Dispatch>,
) -> Vec<Dispatch> {
    let turn = |seat: (usize, usize)| residency.loads.iter().position(|load| *load == seat);
    for dispatch in &mut dispatches {
        if let Dispatch::Together(placements) = dispatch {
            placements.sort_by_key(|placement| turn(seat(board, placement)?));
        }
    }
    let first = |dispatch: &Dispatch| {
        let seats = seats(board, dispatch).into_iter();
        seats.filter_map(turn).min()
    };
    dispatches.sort_by_key(first);
    let mut resident = left(board, residency);
    dispatches.retain(|dispatch| {
        let Some(after) = loaded(board, &resident, &seats(board, dispatch)) else {
            return false;
        };
        resident = after;
        true
    });
    dispatches
}

/// What is resident on each server when the plan's unloads are done.
fn left(board: &Board<'_>, residency: &Residency) -> Vec<Models> {
    let mut left: Vec<Models> = board.servers.iter().map(|seats| seats.resident).collect();
    for (server, model) in &residency.unload {
        left[*server] &= !(1 << model);
    }
    left
}

/// What is resident when what of these is not there has been loaded, one after the other; none where one has no room.
fn loaded(board: &Board<'_>, resident: &[Models], seats: &[(usize, usize)]) -> Option<Vec<Models>> {
    let mut after = resident.to_vec();
    for (server, model) in seats {
        let (there, memory) = (after[*server], board.servers[*server].memory);
        if there & (1 << model) == 0 && !board.takes_in(memory, there, *model) {
            return None;
        }
        after[*server] |= 1 << model;
    }
    Some(after)
}

/// Server and model of everything that a dispatch asks.
fn seats(board: &Board<'_>, dispatch: &Dispatch) -> Vec<(usize, usize)> {
    match dispatch {
        Dispatch::Singles { server, model, .. } => {
            let place = board.graph.models.binary_search(model);
            place.map(|model| (server.0, model)).into_iter().collect()
        }
        Dispatch::Together(placements) => {
            let seats = placements.iter();
            seats
                .filter_map(|placement| seat(board, placement))
                .collect()
        }
    }
}

fn seat(board: &Board<'_>, placement: &Placement) -> Option<(usize, usize)> {
    let step = board.graph.position(placement.conversation)?;
    Some((placement.server.0, board.graph.steps[step].model?))
}
