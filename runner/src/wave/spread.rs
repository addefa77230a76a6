//! Models spread over servers that have room for all of them at the same moment.

use super::board::{Board, as_f64};
use super::graph::{Models, models_in};

/// Of each server, the models that live there; None where there is no room for all that are still needed.
///
/// First each model has one home, where nothing has to go for it, whichever of a server's models is asked for first: where
/// their order decides, the search knows it. Room that is left goes to copies, each to the model
/// that has the most work for each of its homes, as long as a copy saves more time than its load takes. The models are
/// weighed by all the work that may still come, not by what is ready: every stage then runs at the pace of the others,
/// and hardly anything moves later.
pub(super) fn homes(board: &Board<'_>) -> Option<Vec<Models>> {
    let mut homes = Homes::of(board);
    let mut homeless: Vec<usize> = models_in(board.needed)
        .filter(|model| homes.seats[*model] == 0)
        .collect();
    homeless.sort_by_key(|model| std::cmp::Reverse(board.size(*model)));
    for model in homeless {
        let server = homes.roomiest(model).or_else(|| homes.clear_for(model))?;
        homes.move_in(model, server);
    }
    homes.release_the_idle();
    while let Some((model, server)) = homes.next_copy() {
        homes.move_in(model, server);
    }
    Some(homes.kept)
}

struct Homes<'b, 's> {
    board: &'b Board<'s>,
    kept: Vec<Models>,
    /// Of each model, the number of its homes.
    seats: Vec<usize>,
}

impl<'b, 's> Homes<'b, 's> {
    fn of(board: &'b Board<'s>) -> Self {
        let kept = |seats: &super::board::Seats| {
            (seats.resident & seats.usable & board.needed) | seats.busy()
        };
        let mut homes = Self {
            board,
            kept: board.servers.iter().map(kept).collect(),
            seats: vec![0; board.graph.models.len()],
        };
        for (kept, seats) in homes.kept.iter().zip(&board.servers) {
            for model in models_in(kept & seats.usable) {
                homes.seats[model] += 1;
            }
        }
        homes
    }

    fn move_in(&mut self, model: usize, server: usize) {
        self.kept[server] |= 1 << model;
        self.seats[model] += 1;
    }

    /// The server with room for it where the fewest live.
    fn roomiest(&self, model: usize) -> Option<usize> {
        let bit: Models = 1 << model;
        let has_room = |server: &usize| {
            let (seats, kept) = (&self.board.servers[*server], self.kept[*server]);
            let has_room = || {
                let there = kept & seats.resident;
                self.board
                    .holds_in_any_order(seats.memory, kept | bit, there)
            };
            seats.usable & bit != 0 && kept & bit == 0 && has_room()
        };
        let servers = (0..self.kept.len()).filter(has_room);
        servers.min_by_key(|server| self.kept[*server].count_ones())
    }

    /// A server where nothing but copies live; the fewest calls are lost where the fewest are in flight.
    fn clear_for(&mut self, model: usize) -> Option<usize> {
        let only_copies = |server: &usize| {
            let usable = self.board.servers[*server].usable;
            usable & (1 << model) != 0
                && models_in(self.kept[*server]).all(|other| self.seats[other] > 1)
        };
        let in_flight = |server: &usize| {
            let seats = &self.board.servers[*server];
            seats.in_flight.iter().sum::<usize>()
        };
        let servers = (0..self.kept.len()).filter(only_copies);
        let server = servers.min_by_key(in_flight)?;
        self.clear(server);
        Some(server)
    }

    fn clear(&mut self, server: usize) {
        for other in models_in(self.kept[server] & self.board.servers[server].usable) {
            self.seats[other] -= 1;
        }
        self.kept[server] = 0;
    }

    /// Seconds of work for each home.
    fn load_of(&self, model: usize, homes: usize) -> f64 {
        self.board.work[model] / as_f64(homes.max(1))
    }

    /// What a further copy would save, beyond what its load costs.
    fn gain(&self, model: usize) -> f64 {
        let homes = self.seats[model];
        self.load_of(model, homes) - self.load_of(model, homes + 1) - self.board.load_seconds(model)
    }

    /// Copies that nothing is ready for make room where another model is the bottleneck even then.
    fn release_the_idle(&mut self) {
        let ready = self.board.ready_models();
        for server in 0..self.kept.len() {
            let (kept, seats) = (self.kept[server], &self.board.servers[server]);
            let idle = kept != 0 && seats.busy() == 0 && kept & ready == 0;
            if !idle || models_in(kept).any(|model| self.seats[model] < 2) {
                continue;
            }
            let slower = |model: usize| {
                let left = models_in(kept)
                    .map(|other| self.load_of(other, self.seats[other] - 1))
                    .fold(0.0, f64::max);
                self.gain(model) > 0.0 && self.load_of(model, self.seats[model] + 1) > left
            };
            if models_in(ready & seats.usable).any(slower) {
                self.clear(server);
            }
        }
    }

    fn next_copy(&self) -> Option<(usize, usize)> {
        let mut models: Vec<usize> = models_in(self.board.needed).collect();
        models.sort_by(|a, b| {
            let load = |model: usize| self.load_of(model, self.seats[model]);
            load(*b).total_cmp(&load(*a))
        });
        let mut worth_it = models.into_iter().filter(|model| self.gain(*model) > 0.0);
        worth_it.find_map(|model| Some((model, self.roomiest(model)?)))
    }
}
