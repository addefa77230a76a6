//! The slots of each model at each server: at most so many calls are at the server, however many are prepared. Pure.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::wave::ServerId;

/// A model at a server.
pub(super) type Seat = (ServerId, String);

/// The free slots of each seat. The server has the same limit; waiting here keeps our waiting out of `started_at`.
#[derive(Debug)]
pub(super) struct Slots {
    free: BTreeMap<Seat, usize>,
}

impl Slots {
    /// `slots` for each of `seats`.
    pub(super) fn new(seats: impl IntoIterator<Item = Seat>, slots: usize) -> Self {
        Self {
            free: seats.into_iter().map(|seat| (seat, slots)).collect(),
        }
    }

    /// Takes what can go now out of `waiting`, in its order, and with it a slot at each of its seats.
    ///
    /// What needs several seats goes when all are free at the same moment. Until then nobody behind it takes any of
    /// them: a pair would otherwise wait for as long as singles come. An unknown seat has no limit here.
    pub(super) fn admit<T>(
        &mut self,
        waiting: &mut VecDeque<T>,
        seats_of: impl Fn(&T) -> Vec<Seat>,
    ) -> Vec<T> {
        let mut admitted = Vec::new();
        let mut left = VecDeque::new();
        let mut spoken_for: BTreeSet<Seat> = BTreeSet::new();
        while self.free.values().any(|free| *free > 0) {
            let Some(next) = waiting.pop_front() else {
                break;
            };
            let seats = seats_of(&next);
            let can_go = seats
                .iter()
                .all(|seat| !spoken_for.contains(seat) && self.free.get(seat) != Some(&0));
            if can_go {
                for seat in &seats {
                    self.free.entry(seat.clone()).and_modify(|free| *free -= 1);
                }
                admitted.push(next);
            } else {
                spoken_for.extend(seats);
                left.push_back(next);
            }
        }
        left.append(waiting);
        *waiting = left;
        admitted
    }

    /// A call at the seat is over.
    pub(super) fn give_back(&mut self, seat: &Seat) {
        if let Some(free) = self.free.get_mut(seat) {
            *free += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(model: &str) -> Seat {
        (ServerId(0), model.to_owned())
    }

    /// Admits from calls that are named by their models, as in `gemma2+qwen2.5`.
    fn admitted(slots: &mut Slots, waiting: &[&'static str]) -> (Vec<&'static str>, usize) {
        let mut waiting: VecDeque<&str> = waiting.iter().copied().collect();
        let went = slots.admit(&mut waiting, |call| call.split('+').map(seat).collect());
        (went, waiting.len())
    }

    fn two_models(count: usize) -> Slots {
        Slots::new([seat("gemma2"), seat("qwen2.5")], count)
    }

    #[test]
    fn a_model_gives_as_many_slots_as_it_has() {
        let mut slots = two_models(2);
        let calls = ["gemma2", "gemma2", "gemma2"];
        assert_eq!(admitted(&mut slots, &calls), (vec!["gemma2", "gemma2"], 1));
        assert_eq!(admitted(&mut slots, &["gemma2"]), (vec![], 1));
        slots.give_back(&seat("gemma2"));
        assert_eq!(admitted(&mut slots, &["gemma2"]), (vec!["gemma2"], 0));
    }

    #[test]
    fn a_full_model_holds_up_no_other() {
        let mut slots = two_models(1);
        let calls = ["gemma2", "gemma2", "qwen2.5"];
        assert_eq!(admitted(&mut slots, &calls), (vec!["gemma2", "qwen2.5"], 1));
    }

    #[test]
    fn a_pair_goes_when_both_slots_are_free_and_takes_neither_before() {
        let mut slots = two_models(1);
        assert_eq!(admitted(&mut slots, &["gemma2"]).0, ["gemma2"]);
        assert_eq!(admitted(&mut slots, &["gemma2+qwen2.5"]), (vec![], 1));
        slots.give_back(&seat("gemma2"));
        assert_eq!(admitted(&mut slots, &["gemma2+qwen2.5"]).0.len(), 1);
    }

    #[test]
    fn nobody_overtakes_a_waiting_pair_at_its_seats() {
        let mut slots = two_models(1);
        assert_eq!(admitted(&mut slots, &["gemma2"]).0, ["gemma2"]);
        let calls = ["gemma2+qwen2.5", "qwen2.5"];
        assert_eq!(admitted(&mut slots, &calls), (vec![], 2));
    }
}
