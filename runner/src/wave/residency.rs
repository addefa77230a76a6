//! Which models are to be resident.

use std::collections::BTreeSet;

use super::{ServerId, ServerState, State};

/// The models to keep and to load, and those to unload first.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Residency {
    /// Models that may be called now.
    pub(super) resident: BTreeSet<String>,
    /// Models to unload before that.
    pub(super) unload: Vec<String>,
}

/// Decides the residency for the next stretch.
///
/// A model is drained before it is given up: nothing is unloaded while anything is in flight or unsettled, since
/// that may still make work for it. What fits beside the residents is loaded at once.
pub(super) fn residency(state: &State, server: ServerId) -> Residency {
    let server = &state.servers[server.0];
    let mut resident: BTreeSet<String> = server
        .models
        .iter()
        .filter(|(_, model)| model.resident || model.in_flight > 0)
        .map(|(name, _)| name.clone())
        .collect();
    let mut unload = Vec::new();
    let quiet = !state.unsettled && server.models.values().all(|model| model.in_flight == 0);
    for wanted in wanted_models(state, &resident) {
        if quiet {
            make_room(state, server, &mut resident, &mut unload, &wanted);
        }
        if fits(state, server, &resident, &wanted) {
            resident.insert(wanted);
        }
    }
    Residency { resident, unload }
}

/// Whether all of `models` can be resident at the same time.
pub(super) fn fit_together<'a>(
    state: &State,
    server: &ServerState,
    models: impl IntoIterator<Item = &'a str>,
) -> bool {
    let models: BTreeSet<&str> = models.into_iter().collect();
    match server.memory {
        None => models.len() <= 1,
        Some(memory) => models.iter().map(|model| size(state, model)).sum::<u64>() <= memory,
    }
}

/// Models with ready work that are not resident: the one with the most work first, and among equals the one whose
/// work stands earlier in the workflow, since more waits for it.
fn wanted_models(state: &State, resident: &BTreeSet<String>) -> Vec<String> {
    let mut wanted: Vec<(usize, &str)> = Vec::new();
    for ready in state
        .ready
        .iter()
        .filter(|r| r.count > 0 && !resident.contains(&r.model))
    {
        match wanted.iter_mut().find(|(_, model)| *model == ready.model) {
            Some((count, _)) => *count += ready.count,
            None => wanted.push((ready.count, &ready.model)),
        }
    }
    wanted.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    wanted
        .into_iter()
        .map(|(_, model)| model.to_owned())
        .collect()
}

/// Gives up drained residents until `wanted` fits; leaves everything as it is where that would not do.
fn make_room(
    state: &State,
    server: &ServerState,
    resident: &mut BTreeSet<String>,
    unload: &mut Vec<String>,
    wanted: &str,
) {
    let drained: Vec<String> = resident
        .iter()
        .filter(|model| {
            !state
                .ready
                .iter()
                .any(|r| r.model == **model && r.count > 0)
        })
        .cloned()
        .collect();
    let mut remaining = resident.clone();
    let mut given_up = Vec::new();
    for model in drained {
        if fits(state, server, &remaining, wanted) {
            break;
        }
        remaining.remove(&model);
        given_up.push(model);
    }
    if fits(state, server, &remaining, wanted) {
        *resident = remaining;
        unload.extend(given_up);
    }
}

/// A model larger than the whole memory is loaded all the same when nothing else is: the server spills it.
fn fits(state: &State, server: &ServerState, resident: &BTreeSet<String>, wanted: &str) -> bool {
    resident.is_empty()
        || fit_together(
            state,
            server,
            resident
                .iter()
                .map(String::as_str)
                .chain(std::iter::once(wanted)),
        )
}

fn size(state: &State, model: &str) -> u64 {
    state.sizes.get(model).copied().unwrap_or(0)
}
