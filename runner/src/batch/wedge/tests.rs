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
