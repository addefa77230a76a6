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
mod tests {
    use super::*;
    use crate::clock;
    use crate::llm::Loaded;
    use crate::wave::ServerId;

    const GIB: u64 = 1 << 30;
    const LATER: i64 = 3600;

    fn seat(model: &str) -> Seat {
        (ServerId(0), model.to_owned())
    }

    /// A call for qwen has waited so many minutes on a server with so many gibibytes, where these models are loaded, each
    /// with the seconds until it expires; of `ours` we have calls in flight, too.
    struct Ward {
        minutes: u64,
        gibibytes: Option<u64>,
        loaded: Vec<(&'static str, i64)>,
        ours: Vec<&'static str>,
    }

    fn wedged() -> Ward {
        Ward {
            minutes: 5,
            gibibytes: Some(6),
            loaded: vec![("mistral:latest", LATER)],
            ours: vec![],
        }
    }

    impl Ward {
        fn silences(&self, start: Instant) -> Silences {
            let mut silences = Silences::default();
            silences.asked(&seat("qwen2.5:7b"), start);
            for model in &self.ours {
                silences.asked(&seat(model), start + Duration::from_mins(self.minutes));
            }
            silences
        }

        fn look_into(&self, silences: &mut Silences, start: Instant) -> Option<String> {
            let now = clock::now();
            let loaded = |(name, expires): &(&str, i64)| Loaded {
                name: (*name).to_owned(),
                digest: String::new(),
                size: 5 * GIB,
                size_vram: 5 * GIB,
                context_length: None,
                expires_at: Some(now + chrono::TimeDelta::seconds(*expires)),
            };
            let look = Look {
                server: ServerId(0),
                asked_at: start + Duration::from_mins(self.minutes),
                loaded: self.loaded.iter().map(loaded).collect(),
            };
            let residents = Residents::of([("qwen2.5:7b", 5 * GIB)]);
            let scene = Scene {
                look: &look,
                memory: self.gibibytes.map(|gibibytes| gibibytes * GIB),
                residents: &residents,
                patience: PATIENCE,
                now,
            };
            silences.cure(&scene).map(|cure| cure.unload)
        }

        fn cure(&self) -> Option<String> {
            let start = clock::instant();
            self.look_into(&mut self.silences(start), start)
        }
    }

    #[test]
    fn what_leaves_no_room_and_is_not_in_use_is_unloaded() {
        assert_eq!(wedged().cure().as_deref(), Some("mistral:latest"));
        let unknown = Ward {
            gibibytes: None,
            ..wedged()
        };
        assert_eq!(unknown.cure().as_deref(), Some("mistral:latest"));
    }

    #[test]
    fn nobody_is_in_the_way_of_a_call_that_has_waited_no_longer_than_a_load_may_take() {
        let early = Ward {
            minutes: 3,
            ..wedged()
        };
        assert_eq!(early.cure(), None);
    }

    #[test]
    fn a_slow_load_is_waited_for() {
        let beside_another = Ward {
            gibibytes: Some(16),
            ..wedged()
        };
        assert_eq!(beside_another.cure(), None);
        let alone = Ward {
            loaded: vec![],
            ..wedged()
        };
        assert_eq!(alone.cure(), None);
    }

    #[test]
    fn a_call_whose_model_is_loaded_waits_for_something_else() {
        let loaded = Ward {
            loaded: vec![("mistral:latest", LATER), ("qwen2.5:7b", LATER)],
            ..wedged()
        };
        assert_eq!(loaded.cure(), None);
    }

    #[test]
    fn a_model_with_calls_of_ours_in_flight_is_never_unloaded() {
        let ours = Ward {
            loaded: vec![("gemma2:latest", LATER)],
            ours: vec!["gemma2"],
            ..wedged()
        };
        assert_eq!(ours.cure(), None);
    }

    #[test]
    fn a_model_that_should_have_expired_is_at_work_and_left_alone() {
        let busy = Ward {
            loaded: vec![("mistral:latest", -1)],
            ..wedged()
        };
        assert_eq!(busy.cure(), None);
    }

    #[test]
    fn of_several_the_one_that_would_stay_the_longest_goes() {
        let several = Ward {
            loaded: vec![("mistral:latest", LATER), ("gemma3:1b", 2 * LATER)],
            ..wedged()
        };
        assert_eq!(several.cure().as_deref(), Some("gemma3:1b"));
    }

    #[test]
    fn a_wait_is_helped_once_and_the_next_one_again() {
        let ward = wedged();
        let start = clock::instant();
        let mut silences = ward.silences(start);
        assert!(ward.look_into(&mut silences, start).is_some());
        assert_eq!(ward.look_into(&mut silences, start), None);
        silences.broken(&seat("qwen2.5:7b"), 1, start);
        assert!(ward.look_into(&mut silences, start).is_some());
    }
}
