//! The wedge and its cure. Pure.
//!
//! A server that needs room marks a model to go when it is idle. A request to that model with a `keep_alive` of its own, a
//! stranger's (ours have none), overwrites the mark: the model stays, and nothing that is not loaded is loaded any more,
//! for as long as that `keep_alive` lasts, which may be for ever. The server looks healthy and says nothing. A request to
//! unload the model marks it anew, and harms nobody: what is computing there is finished first.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::time::Instant;

use super::residents::{Look, Residents, is_named};
use super::slots::Seat;
use crate::wave::has_room;

/// How long calls go without an answer before somebody is taken to be in their way, in the workflow's time. A load takes
/// seconds, a minute from a slow disk; a call is cut after ten minutes.
pub(super) const PATIENCE: Duration = Duration::from_mins(4);

/// Since when calls in flight have had no answer, seat by seat, and whether they were helped.
#[derive(Debug, Default)]
pub(super) struct Silences(BTreeMap<Seat, Silence>);

#[derive(Debug)]
struct Silence {
    since: Instant,
    helped: bool,
}

/// What has to be known of a server to tell a wedge.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) look: &'a Look,
    pub(super) memory: Option<u64>,
    /// What is known of our models.
    pub(super) residents: &'a Residents,
    /// How long a silence has to last.
    pub(super) patience: Duration,
    /// When it is.
    pub(super) now: DateTime<Utc>,
}

/// A model to unload, and the one whose calls wait for it to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cure {
    pub(super) unload: String,
    pub(super) waiting: String,
    pub(super) waited: Duration,
}

impl Silences {
    /// A call is claimed for the seat.
    pub(super) fn asked(&mut self, seat: &Seat, at: Instant) {
        let begins = Silence {
            since: at,
            helped: false,
        };
        self.0.entry(seat.clone()).or_insert(begins);
    }

    /// One of the seat's calls is over; `left` are not.
    pub(super) fn broken(&mut self, seat: &Seat, left: usize, at: Instant) {
        self.0.remove(seat);
        if left > 0 {
            self.asked(seat, at);
        }
    }

    /// What to unload, if anything: once for each silence.
    pub(super) fn cure(&mut self, scene: &Scene<'_>) -> Option<Cure> {
        let here = |seat: &Seat| seat.0 == scene.look.server;
        let ours: BTreeSet<String> = self
            .0
            .keys()
            .filter(|s| here(s))
            .map(|s| s.1.clone())
            .collect();
        let silent = self.0.iter_mut().filter(|(seat, _)| here(seat));
        for ((_, model), silence) in silent.filter(|(_, silence)| !silence.helped) {
            let waited = scene.look.asked_at.saturating_duration_since(silence.since);
            if let Some(unload) = scene.in_the_way_of(model, waited, &ours) {
                silence.helped = true;
                return Some(Cure {
                    unload: unload.to_owned(),
                    waiting: model.clone(),
                    waited,
                });
            }
        }
        None
    }
}

impl Scene<'_> {
    /// The model that has to go for another, whose calls have had no answer for so long; `ours` are the models with calls
    /// of ours in flight.
    ///
    /// A model that is listed is loaded: its calls wait for something else. Where there is room it is being loaded, and a
    /// slow load is waited for. A model that should have expired is at work: its `expires_at` is renewed when it is idle.
    fn in_the_way_of(
        &self,
        model: &str,
        waited: Duration,
        ours: &BTreeSet<String>,
    ) -> Option<&str> {
        let loaded = &self.look.loaded;
        let taken = loaded.iter().map(|loaded| loaded.size_vram);
        if waited < self.patience
            || self.look.listed(model).is_some()
            || has_room(self.memory, taken, self.residents.size(model))
        {
            return None;
        }
        let may_go = loaded.iter().filter(|it| {
            let in_use = ours.iter().any(|model| is_named(it, model));
            !in_use && it.expires_at.is_none_or(|expires| expires > self.now)
        });
        may_go
            .max_by_key(|it| it.expires_at.unwrap_or(DateTime::<Utc>::MAX_UTC))
            .map(|it| it.name.as_str())
    }
}

#[cfg(test)]
mod tests;
