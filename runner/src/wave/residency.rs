//! Which models are to be resident where.

use super::board::Board;
use super::graph::{Models, models_in};
use super::search::{Load, fewest_loads};
use super::spread::homes;

/// What may be called, and what is to go first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Residency {
    /// Of each server, the models that may be called now.
    pub(super) callable: Vec<Models>,
    /// Models to unload before that: server and model.
    pub(super) unload: Vec<(usize, usize)>,
    /// What may be loaded, server and model, in the order in which all of it has room.
    pub(super) loads: Vec<(usize, usize)>,
}

impl Residency {
    fn of(board: &Board<'_>) -> Self {
        let callable = |seats: &super::board::Seats| seats.resident & seats.usable;
        Self {
            callable: board.servers.iter().map(callable).collect(),
            unload: Vec::new(),
            loads: Vec::new(),
        }
    }

    /// What is resident on a server, the models that are on their way out included.
    fn resident(&self, board: &Board<'_>, server: usize) -> Models {
        let gone = self.unload.iter().filter(|(at, _)| *at == server);
        let gone = gone.fold(0, |gone, (_, model)| gone | 1 << model);
        (board.servers[server].resident & !gone) | self.callable[server]
    }

    /// Loads `model` where `kept` shall stay; whatever else is there goes as far as room is needed.
    fn load(&mut self, board: &Board<'_>, server: usize, model: usize, kept: Models) {
        let memory = board.servers[server].memory;
        let mut resident = self.resident(board, server);
        for other in models_in(resident & !kept & !(1 << model)) {
            if board.takes_in(memory, resident, model) {
                break;
            }
            resident &= !(1 << other);
            self.callable[server] &= !(1 << other);
            self.unload.push((server, other));
        }
        self.callable[server] |= 1 << model;
        self.loads.push((server, model));
    }
}

/// Decides the residency for the next stretch.
///
/// Where all models that are still needed have room at the same moment, each has a home and what is left over is
/// shared out ([`homes`]). Else the fewest loads decide ([`fewest_loads`]).
pub(super) fn residency(board: &Board<'_>) -> Residency {
    let mut residency = Residency::of(board);
    if let Some(kept) = homes(board) {
        move_in(board, &mut residency, &kept);
        return residency;
    }
    let ready = board.ready_models() & !board.resident();
    if ready == 0 {
        return residency;
    }
    let path = match ready & board.overdue() {
        0 => best_path(board, ready),
        overdue => fewest_loads(board, Some(overdue)),
    };
    let path = path.or_else(|| anything(board, ready));
    follow(board, &mut residency, &path.unwrap_or_default(), ready);
    residency
}

/// The best path that begins with ready work; where something is under way that leads to a better beginning, that one,
/// which is then waited for.
fn best_path(board: &Board<'_>, ready: Models) -> Option<Vec<Load>> {
    let now = fewest_loads(board, Some(ready));
    let busy = board.servers.iter().any(|seats| seats.busy() != 0);
    if !busy && !board.state.unsettled {
        return now;
    }
    let length = |path: &Option<Vec<Load>>| path.as_ref().map_or(usize::MAX, Vec::len);
    let later = fewest_loads(board, None);
    if length(&later) < length(&now) {
        later
    } else {
        now
    }
}

/// Loads what has a home and ready work, once what must go for it is idle.
fn move_in(board: &Board<'_>, residency: &mut Residency, kept: &[Models]) {
    let ready = board.ready_models();
    for (server, kept) in kept.iter().enumerate() {
        let seats = &board.servers[server];
        for model in models_in(kept & ready & !seats.resident) {
            let resident = residency.resident(board, server);
            let in_the_way = resident & !kept;
            let fits = board.takes_in(seats.memory, resident, model);
            if fits || in_the_way & seats.busy() == 0 {
                residency.load(board, server, model, *kept);
            } else {
                // It takes nothing more, so that it becomes idle.
                residency.callable[server] &= !in_the_way;
            }
        }
    }
}

/// Takes the loads that can be taken now. Where one has to wait, its server waits with it; and elsewhere nothing that
/// is still needed is given up, since the path expects the earlier load to be over then.
fn follow(board: &Board<'_>, residency: &mut Residency, path: &[Load], ready: Models) {
    let mut waiting: Vec<usize> = Vec::new();
    for load in path {
        let resident = residency.resident(board, load.server);
        let memory = board.servers[load.server].memory;
        let fits = board.takes_in(memory, resident, load.model);
        let out = if fits { 0 } else { resident & !load.resident };
        let may_go = |model: usize| {
            board.servers[load.server].is_idle(model)
                && (board.needed & (1 << model) == 0
                    || (waiting.is_empty() && board.is_drained(load, model)))
        };
        // What had to go for a larger one may come back behind it.
        let comes_back = residency.unload.iter().any(|(_, gone)| *gone == load.model);
        let is_ready = ready & (1 << load.model) != 0
            || (comes_back && board.ready_models() & (1 << load.model) != 0);
        if is_ready && !waiting.contains(&load.server) && models_in(out).all(may_go) {
            residency.load(board, load.server, load.model, load.resident);
        } else {
            waiting.push(load.server);
        }
    }
}

/// Where no path leads to the end, because models are barred: something that is ready.
fn anything(board: &Board<'_>, ready: Models) -> Option<Vec<Load>> {
    let model = models_in(ready).next()?;
    let mut servers = board.servers.iter();
    let server = servers.position(|seats| seats.usable & (1 << model) != 0)?;
    Some(vec![Load {
        server,
        model,
        resident: 1 << model,
    }])
}

/// Where nothing is under way and the careful way sends nothing: room for one thing that is ready, whatever has to go.
/// None as long as something may still come by itself.
pub(super) fn by_force(board: &Board<'_>) -> Option<Residency> {
    let busy = board.servers.iter().any(|seats| seats.busy() != 0);
    if busy || board.state.unsettled || board.is_worth_waiting() {
        return None;
    }
    let waiting = board.pairs.iter().filter(|pair| pair.runs > 0);
    let alone = (0..board.graph.models.len()).filter(|model| board.ready_alone(*model) > 0);
    let mut ready: Vec<Models> = waiting.map(|pair| pair.models).collect();
    ready.extend(
        alone
            .map(|model| 1 << model)
            .filter(|m| m & board.closed == 0),
    );
    let overdue = board.overdue();
    let models = ready
        .iter()
        .find(|models| **models & overdue != 0)
        .or(ready.first())?;
    let mut callable = vec![0; board.servers.len()];
    if !board.can_be_resident(*models, &mut callable) {
        return None;
    }
    let (mut unload, mut loads) = (Vec::new(), Vec::new());
    for (server, wanted) in callable.iter().enumerate().filter(|(_, set)| **set != 0) {
        let resident = board.servers[server].resident;
        let stays = board.stays(server, *wanted);
        unload.extend(models_in(resident & !stays).map(|model| (server, model)));
        let comes = board.largest_first(wanted & !stays);
        loads.extend(comes.into_iter().map(|model| (server, model)));
    }
    Some(Residency {
        callable,
        unload,
        loads,
    })
}

impl Board<'_> {
    /// What of `wanted` is there and can stay while the rest is loaded beside it; nothing where only another order of
    /// loads has room for all.
    fn stays(&self, server: usize, wanted: Models) -> Models {
        let seats = &self.servers[server];
        let there = seats.resident & wanted;
        let mut resident = there;
        for model in self.largest_first(wanted & !there) {
            if !self.takes_in(seats.memory, resident, model) {
                return 0;
            }
            resident |= 1 << model;
        }
        there
    }

    /// Models whose ready work other loads were preferred to for too long.
    fn overdue(&self) -> Models {
        let patience = self.graph.more_than_any_plan();
        let is_overdue = |model: &usize| {
            let waits = self.state.passed_over.get(&self.graph.models[*model]);
            waits.is_some_and(|loads| *loads >= patience)
        };
        let models = (0..self.graph.models.len()).filter(is_overdue);
        models.fold(0, |overdue, model| overdue | 1 << model)
    }

    /// Whether nothing more comes for a model, as things are, so that it can be given up for this load.
    ///
    /// What our own calls bring is waited for. What others and retries bring is waited for as long as a load takes:
    /// then waiting has cost as much as coming back would.
    fn is_drained(&self, load: &Load, model: usize) -> bool {
        let resident = self.resident();
        let comes = |over, blocked| {
            let reached = self.closure(over, resident, blocked) & !over;
            self.graph.models_of(reached) & (1 << model) != 0
        };
        let is_ours = self.fronts.iter().any(|f| comes(f.over, f.elsewhere));
        // Others have their own residents: what they hold is over once they are.
        let is_coming = || self.fronts.iter().any(|f| comes(f.over | f.theirs, 0));
        let idle = self.state.servers[load.server].idle.as_secs_f64();
        !self.state.unsettled
            && self.ready_alone(model) == 0
            && !is_ours
            && (idle >= self.load_seconds(load.model) || !is_coming())
    }

    /// Whether others or retries may bring work, and nobody has waited for it yet for as long as a load takes.
    fn is_worth_waiting(&self) -> bool {
        let models = 0..self.graph.models.len();
        let load = models.map(|m| self.load_seconds(m)).fold(0.0, f64::max);
        let mut servers = self.state.servers.iter();
        self.fronts.iter().any(|front| front.elsewhere != 0)
            && servers.any(|server| server.idle.as_secs_f64() < load)
    }
}
