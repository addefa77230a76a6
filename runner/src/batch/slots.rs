//! The slots of each model at each server: at most so many calls are at the server, however many are prepared.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::wave::ServerId;

/// A model at a server.
pub(super) type Seat = (ServerId, String);

/// One semaphore a seat. The server has the same limit; waiting here keeps our waiting out of `started_at`.
#[derive(Debug)]
pub(super) struct Slots(BTreeMap<Seat, Arc<Semaphore>>);

impl Slots {
    /// `slots` for each of `seats`.
    pub(super) fn new(seats: impl IntoIterator<Item = Seat>, slots: usize) -> Self {
        Self(
            seats
                .into_iter()
                .map(|seat| (seat, Arc::new(Semaphore::new(slots))))
                .collect(),
        )
    }

    /// Waits for a slot at each of `seats` and answers them in that order.
    ///
    /// They are taken in the order of the names, by everyone: two pairs that each hold what the other waits for
    /// would wait for ever. An unknown seat has no limit here.
    pub(super) async fn take(&self, seats: &[Seat]) -> Vec<Option<OwnedSemaphorePermit>> {
        let mut order: Vec<usize> = (0..seats.len()).collect();
        order.sort_by_key(|place| &seats[*place]);
        let mut taken: Vec<_> = seats.iter().map(|_| None).collect();
        for place in order {
            if let Some(slots) = self.0.get(&seats[place]) {
                // The semaphore is never closed, so this is always a permit.
                taken[place] = Arc::clone(slots).acquire_owned().await.ok();
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn seat(model: &str) -> Seat {
        (ServerId(0), model.to_owned())
    }

    #[test]
    fn a_model_gives_as_many_slots_as_it_has() {
        let slots = Slots::new([seat("gemma2")], 2);
        let first = slots.take(&[seat("gemma2")]).now_or_never();
        let second = slots.take(&[seat("gemma2")]).now_or_never();
        assert!(first.is_some() && second.is_some());
        assert!(slots.take(&[seat("gemma2")]).now_or_never().is_none());
        drop(second);
        assert!(slots.take(&[seat("gemma2")]).now_or_never().is_some());
    }

    #[test]
    fn pairs_named_in_either_order_wait_for_the_same_slot_first() {
        let slots = Slots::new([seat("gemma2"), seat("qwen2.5")], 1);
        let gemma2 = slots
            .take(&[seat("gemma2")])
            .now_or_never()
            .expect("a free slot");
        // Waiting for gemma2, this pair must not hold qwen2.5.
        let pair_of_seats = [seat("qwen2.5"), seat("gemma2")];
        let mut pair = Box::pin(slots.take(&pair_of_seats));
        assert!((&mut pair).now_or_never().is_none());
        assert!(slots.take(&[seat("qwen2.5")]).now_or_never().is_some());
        drop(gemma2);
        assert!(pair.now_or_never().is_some());
    }
}
