//! Models: which are at work, what waits for them, how often they were loaded, and which are resident.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::ending::{card_of, models};
use super::remaining::Prospect;
use crate::judge::bounds::loads::{Least, Path, Step, least_loads};
use crate::judge::bounds::paths::among;
use crate::judge::{Seen, tagged};
use crate::monitor::Printable;
use crate::monitor::snapshot::{KnownBy, Resident, Snapshot};

/// The models of a batch.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Waves {
    /// The models that are at work.
    pub current: Vec<Printable>,
    /// Each model's work.
    pub models: Vec<ModelWork>,
    /// Loads that can be proven so far, all models together; absent where nobody witnessed a call.
    pub loads: Option<usize>,
    /// The least number of loads that would have done for what is answered so far.
    pub least_so_far: Option<usize>,
    /// The least number of loads that does for the whole workflow.
    pub least_in_all: Option<usize>,
    /// Why the least is not known, where it is not.
    pub least_unknown: Option<&'static str>,
    /// What is resident, server by server.
    pub resident: Vec<ResidentView>,
}

/// One model's work.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelWork {
    /// The model.
    pub name: Printable,
    /// Calls at work.
    pub running: u32,
    /// Its queue: interactions that are known and not begun.
    pub queued: u32,
    /// Interactions that are likely to come after those.
    pub to_come: f64,
    /// Interactions that are completed.
    pub completed: u32,
    /// Loads that can be proven so far; absent where nobody witnessed a call.
    pub loads: Option<usize>,
    /// Whether it is resident on any server.
    pub is_resident: bool,
}

/// What is in the memory of a server.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResidentView {
    /// The server.
    pub server: Printable,
    /// When a worker sampled it; absent where the server was asked just now.
    pub sampled_at: Option<DateTime<Utc>>,
    /// Why nothing is known, where the server gave no answer.
    pub unknown: Option<Printable>,
    /// The models, and the bytes of each on the graphics card.
    pub models: Vec<(Printable, u64)>,
}

pub(super) fn waves(snapshot: &Snapshot) -> Waves {
    let models = models(&snapshot.conversations);
    let seats = seats(snapshot);
    let loads: BTreeMap<String, usize> = loads(snapshot, &seats);
    let work: Vec<ModelWork> = models
        .iter()
        .map(|model| work(snapshot, model, &loads))
        .collect();
    let (least_so_far, least_unknown) = match least_so_far(snapshot, &models, &seats) {
        Ok(least) => (Some(least.number()), None),
        Err(reason) => (None, Some(reason)),
    };
    Waves {
        current: work
            .iter()
            .filter(|model| model.running > 0)
            .map(|model| model.name.clone())
            .collect(),
        models: work,
        loads: (!seats.is_empty()).then(|| loads.values().sum()),
        least_so_far,
        least_in_all: least_in_all(snapshot, &models),
        least_unknown,
        resident: snapshot.resident.iter().map(resident).collect(),
    }
}

fn work(snapshot: &Snapshot, model: &str, loads: &BTreeMap<String, usize>) -> ModelWork {
    let steps: Vec<i32> = snapshot
        .conversations
        .iter()
        .filter(|it| snapshot.model_of(it.id) == Some(model))
        .map(|it| it.id)
        .collect();
    let rows = || steps.iter().filter_map(|id| snapshot.step(*id));
    let (running, queued) = (
        rows().map(|row| row.running).sum(),
        rows().map(|row| row.pending).sum(),
    );
    let prospect = Prospect::of(&snapshot.conversations, &snapshot.ways);
    let coming = snapshot.ways.iter().map(|way| {
        let ours = prospect.of_way(way).into_iter();
        let ours = ours.filter(|it| steps.contains(&it.conversation));
        let ours = ours.filter(|it| !way.open.contains(&it.conversation));
        ours.map(|it| it.chance).sum::<f64>() * f64::from(way.runs)
    });
    let resident = snapshot.resident.iter().flat_map(|server| &server.models);
    ModelWork {
        name: model.into(),
        running,
        queued,
        // Of nothing the sum is -0.
        to_come: coming.sum::<f64>() + 0.0,
        completed: rows().map(|row| row.completed).sum(),
        // Where calls were witnessed and none of this model's, it was not loaded.
        loads: (!loads.is_empty()).then(|| loads.get(&tagged(model)).copied().unwrap_or(0)),
        is_resident: resident
            .into_iter()
            .any(|it| tagged(it.name.as_str()) == tagged(model)),
    }
}

/// Which model answered on which server.
fn seats(snapshot: &Snapshot) -> BTreeSet<(String, String)> {
    let answered = snapshot.exchanges.iter().filter(|it| it.answered());
    let answered = answered.filter(|it| it.prompt_sha256.is_some());
    answered
        .map(|it| (it.server.clone(), tagged(&it.model)))
        .collect()
}

/// The loads of each model, counted as the judge counts them.
fn loads(snapshot: &Snapshot, seats: &BTreeSet<(String, String)>) -> BTreeMap<String, usize> {
    let mut loads = BTreeMap::new();
    for (server, model) in seats {
        let seen = Seen {
            exchanges: &snapshot.exchanges,
            residency: &snapshot.residency,
            time_scale: snapshot.time_scale(),
            is_here: &|name| name == server,
        };
        *loads.entry(model.clone()).or_insert(0) += seen.loads_of(model).max(1);
    }
    loads
}

/// Each server's least for what was answered by models that answered there. Where copies of a model answer on several,
/// all of its work counts on each: in a batch, every way through the workflow soon comes by each copy.
fn least_so_far(
    snapshot: &Snapshot,
    models: &[String],
    seats: &BTreeSet<(String, String)>,
) -> Result<Least, &'static str> {
    if snapshot.servers.is_empty() {
        return Err("no worker has described its model servers");
    }
    let mut sum = Least::Exactly(0);
    for server in &snapshot.servers {
        let card = card_of(server, models).ok_or(MEMORY_UNKNOWN)?;
        let is_here = |step: &i32| {
            snapshot.model_of(*step).is_some_and(|model| {
                let seat = (server.name.clone(), tagged(model));
                snapshot.servers.len() == 1 || seats.contains(&seat)
            })
        };
        let done = snapshot.ways.iter().map(|way| {
            let here: Vec<i32> = way.done.iter().copied().filter(is_here).collect();
            path(snapshot, models, &here)
        });
        let paths: BTreeSet<Path> = done.filter(|path| !path.is_empty()).collect();
        sum = sum.plus(least_loads(&paths, &card).ok_or(IN_A_CIRCLE)?);
    }
    Ok(sum)
}

const MEMORY_UNKNOWN: &str = "the memory of the GPU is unknown";
const IN_A_CIRCLE: &str = "the steps need each other in a circle";

/// The least for a posting that takes every step. Of several servers no more is known than that each model has to be
/// loaded on one of them.
fn least_in_all(snapshot: &Snapshot, models: &[String]) -> Option<usize> {
    let [server] = &snapshot.servers[..] else {
        return (snapshot.servers.len() > 1).then_some(models.len());
    };
    let card = card_of(server, models)?;
    let steps = snapshot.conversations.iter().map(|it| it.id);
    let all: Vec<i32> = steps
        .filter(|id| snapshot.model_of(*id).is_some())
        .collect();
    let paths = BTreeSet::from([path(snapshot, models, &all)]);
    Some(least_loads(&paths, &card)?.number())
}

fn path(snapshot: &Snapshot, models: &[String], steps: &[i32]) -> Path {
    let needs = |id: i32| {
        let mut known = snapshot.conversations.iter();
        let step = known.find(|it| it.id == id);
        step.and_then(|it| it.needs.clone()).unwrap_or_default()
    };
    let place = |id| steps.iter().position(|step| *step == id);
    let step = |id: &i32| {
        let name = snapshot.model_of(*id)?;
        Some(Step {
            model: models.iter().position(|model| model == name)?,
            needs: among(*id, needs, place),
        })
    };
    steps.iter().filter_map(step).collect()
}

fn resident(server: &Resident) -> ResidentView {
    let (sampled_at, unknown) = match &server.known_by {
        KnownBy::Asking => (None, None),
        KnownBy::Sample(at) => (Some(*at), None),
        KnownBy::Nothing(why) => (None, Some(why.clone())),
    };
    let models = server.models.iter();
    ResidentView {
        server: server.server.clone(),
        sampled_at,
        unknown,
        models: models.map(|it| (it.name.clone(), it.size_vram)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::scenes;

    #[test]
    fn the_models_at_work_are_the_current_wave_and_each_has_its_queue() {
        let waves = waves(&scenes::middle());
        let current: Vec<&str> = waves.current.iter().map(Printable::as_str).collect();
        assert_eq!(current, ["gemma2:latest", "qwen2.5:7b"]);
        let queues: Vec<_> = waves
            .models
            .iter()
            .map(|it| (it.running, it.queued))
            .collect();
        // gemma2: 14 grades and 24 to format; llama3.2: nothing; qwen2.5: 14 grades and 3 to improve.
        assert_eq!(queues, [(2, 38), (0, 0), (1, 17)]);
    }

    #[test]
    fn loads_stand_beside_the_least_for_what_was_done_and_for_all() {
        let waves = waves(&scenes::middle());
        assert_eq!(
            (waves.loads, waves.least_so_far, waves.least_in_all),
            (Some(3), Some(3), Some(3))
        );
    }

    #[test]
    fn where_one_model_fits_more_loads_are_needed() {
        let mut snapshot = scenes::middle();
        snapshot.servers[0].gpu_memory = Some(5 << 30);
        assert_eq!(waves(&snapshot).least_in_all, Some(5));
    }

    #[test]
    fn a_model_that_was_waited_for_twice_was_loaded_twice() {
        let mut snapshot = scenes::middle();
        let mut again = snapshot.exchanges[1].clone();
        again.sent_at += chrono::TimeDelta::seconds(1);
        snapshot.exchanges.push(again);
        assert_eq!(waves(&snapshot).loads, Some(4));
    }

    #[test]
    fn without_witnesses_or_memory_nothing_is_made_up() {
        let waves = waves(&scenes::nothing_sampled());
        assert_eq!(
            (waves.loads, waves.least_so_far, waves.least_in_all),
            (None, None, None)
        );
        assert!(waves.models.iter().all(|model| model.loads.is_none()));
        assert!(waves.least_unknown.is_some());
        let mut snapshot = scenes::middle();
        snapshot.servers[0].gpu_memory = None;
        assert_eq!(super::waves(&snapshot).least_unknown, Some(MEMORY_UNKNOWN));
    }

    #[test]
    fn a_model_is_resident_where_the_server_says_so_and_not_because_it_is_used() {
        let waves = waves(&scenes::middle());
        let resident: Vec<bool> = waves.models.iter().map(|it| it.is_resident).collect();
        assert_eq!(resident, [true, false, true]);
    }
}
