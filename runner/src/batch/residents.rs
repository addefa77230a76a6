//! Residents: which models are believed to be loaded where, and what a look at the server makes of the belief. Pure.
//!
//! A model that was asked for is believed to be there until it is unloaded. A stranger may have it evicted and a server may
//! be started anew, and then the planner would count on models that are gone.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::slots::Seat;
use crate::llm::Loaded;
use crate::wave::ServerId;

/// What is believed to be loaded.
#[derive(Debug, Default)]
pub(super) struct Residents {
    /// Each with the moment at which it was last asked for, or last known to be there.
    there: BTreeMap<Seat, Instant>,
    /// When something was last loaded or unloaded at each server, at our word.
    changed: BTreeMap<ServerId, Instant>,
    /// Bytes of each model: those of its file, until it is seen loaded; it takes more then.
    sizes: BTreeMap<String, u64>,
}

/// What a server says that it has loaded.
#[derive(Debug)]
pub(super) struct Look {
    pub(super) server: ServerId,
    /// When it was asked.
    pub(super) asked_at: Instant,
    pub(super) loaded: Vec<Loaded>,
}

impl Residents {
    /// Nothing is there yet of models whose files have so many bytes.
    pub(super) fn of<'m>(on_disk: impl IntoIterator<Item = (&'m str, u64)>) -> Self {
        let sizes = on_disk.into_iter();
        Self {
            sizes: sizes
                .map(|(model, size)| (model.to_owned(), size))
                .collect(),
            ..Self::default()
        }
    }

    pub(super) fn has(&self, seat: &Seat) -> bool {
        self.there.contains_key(seat)
    }

    /// Bytes that the model takes, as far as known; 0 where nobody knows.
    pub(super) fn size(&self, model: &str) -> u64 {
        self.sizes.get(model).copied().unwrap_or(0)
    }

    /// A call for the seat is claimed; answers whether it has its model loaded.
    pub(super) fn ask(&mut self, seat: &Seat, at: Instant) -> bool {
        let loads = self.there.insert(seat.clone(), at).is_none();
        if loads {
            self.changed.insert(seat.0, at);
        }
        loads
    }

    /// A call at the seat is over.
    pub(super) fn answered(&mut self, seat: &Seat, at: Instant) {
        if let Some(last) = self.there.get_mut(seat) {
            *last = at;
        }
    }

    /// The model is unloaded.
    pub(super) fn let_go(&mut self, seat: &Seat, at: Instant) {
        self.there.remove(seat);
        self.changed.insert(seat.0, at);
    }

    /// Forgets servers that are no longer ours.
    pub(super) fn keep_only(&mut self, is_ours: impl Fn(ServerId) -> bool) {
        self.there.retain(|(server, _), _| is_ours(*server));
    }

    /// Takes a look for true, as far as it concerns these models; answers whether it could be. One that we have
    /// overtaken says nothing: a model that is being loaded is not listed, and one that is on its way out may be. A model
    /// with calls of ours in flight is there or will be.
    pub(super) fn learn(
        &mut self,
        look: &Look,
        models: &[&str],
        in_flight: &BTreeMap<Seat, usize>,
    ) -> bool {
        let changed = self.changed.get(&look.server);
        if changed.is_some_and(|changed| *changed >= look.asked_at) {
            return false;
        }
        for model in models {
            let seat = (look.server, (*model).to_owned());
            if let Some(listed) = look.listed(model) {
                self.sizes.insert(seat.1.clone(), listed.size);
                self.there.entry(seat).or_insert(look.asked_at);
                continue;
            }
            let is_in_use = in_flight.get(&seat).is_some_and(|calls| *calls > 0);
            let asked_since = |last: &Instant| *last >= look.asked_at;
            if !is_in_use && !self.there.get(&seat).is_some_and(asked_since) {
                self.there.remove(&seat);
            }
        }
        true
    }
}

impl Look {
    /// The model, if it is loaded.
    pub(super) fn listed(&self, model: &str) -> Option<&Loaded> {
        let mut loaded = self.loaded.iter();
        loaded.find(|loaded| is_named(loaded, model))
    }
}

/// A name without a tag means the latest.
pub(super) fn is_named(loaded: &Loaded, model: &str) -> bool {
    let latest = || loaded.name.strip_suffix(":latest") == Some(model);
    loaded.name == model || latest()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock;

    const MODELS: [&str; 2] = ["gemma2", "qwen2.5:7b"];

    fn seat(model: &str) -> Seat {
        (ServerId(0), model.to_owned())
    }

    fn look(names: &[&str], asked_at: Instant) -> Look {
        let loaded = |name: &&str| Loaded {
            name: (*name).to_owned(),
            digest: String::new(),
            size: 7,
            size_vram: 7,
            context_length: None,
            expires_at: None,
        };
        Look {
            server: ServerId(0),
            asked_at,
            loaded: names.iter().map(loaded).collect(),
        }
    }

    /// Qwen is believed to be there for a second; a look says that this is what there is.
    fn after_a_look(names: &[&str], in_flight: usize) -> Residents {
        let start = clock::instant();
        let mut residents = Residents::default();
        assert!(residents.ask(&seat("qwen2.5:7b"), start));
        let in_flight = BTreeMap::from([(seat("qwen2.5:7b"), in_flight)]);
        let look = look(names, start + Duration::from_secs(1));
        assert!(residents.learn(&look, &MODELS, &in_flight));
        residents
    }

    #[test]
    fn the_first_call_loads_and_the_next_does_not() {
        let mut residents = Residents::default();
        let now = clock::instant();
        assert!(residents.ask(&seat("gemma2"), now));
        assert!(!residents.ask(&seat("gemma2"), now));
        residents.let_go(&seat("gemma2"), now);
        assert!(residents.ask(&seat("gemma2"), now));
    }

    #[test]
    fn a_model_that_is_gone_is_no_longer_believed_in_unless_its_calls_are_under_way() {
        assert!(!after_a_look(&[], 0).has(&seat("qwen2.5:7b")));
        assert!(after_a_look(&[], 1).has(&seat("qwen2.5:7b")));
        assert!(after_a_look(&["qwen2.5:7b"], 0).has(&seat("qwen2.5:7b")));
    }

    #[test]
    fn a_model_that_somebody_has_loaded_is_there_and_takes_what_it_was_seen_to_take() {
        let residents = after_a_look(&["gemma2:latest", "mistral:latest"], 0);
        assert!(residents.has(&seat("gemma2")));
        assert_eq!(residents.size("gemma2"), 7);
        assert!(!residents.has(&seat("mistral:latest")), "a stranger's");
    }

    #[test]
    fn a_look_from_before_a_load_or_an_unload_of_ours_says_nothing() {
        let start = clock::instant();
        let mut residents = Residents::default();
        residents.ask(&seat("gemma2"), start);
        assert!(!residents.learn(&look(&[], start), &MODELS, &BTreeMap::new()));
        assert!(residents.has(&seat("gemma2")));
        residents.let_go(&seat("gemma2"), start);
        let stale = look(&["gemma2:latest"], start);
        assert!(!residents.learn(&stale, &MODELS, &BTreeMap::new()));
        assert!(!residents.has(&seat("gemma2")));
    }

    #[test]
    fn a_model_that_has_answered_since_the_look_stays() {
        let start = clock::instant();
        let later = start + Duration::from_secs(2);
        let mut residents = Residents::default();
        residents.ask(&seat("gemma2"), start);
        residents.answered(&seat("gemma2"), later);
        let look = look(&[], start + Duration::from_secs(1));
        assert!(residents.learn(&look, &MODELS, &BTreeMap::new()));
        assert!(residents.has(&seat("gemma2")));
    }
}
