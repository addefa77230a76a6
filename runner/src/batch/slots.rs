//! The slots of each model: at most so many calls are at the server, however many are prepared.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// One semaphore a model. The server has the same limit; waiting here keeps our waiting out of `started_at`.
#[derive(Debug)]
pub(super) struct Slots(BTreeMap<String, Arc<Semaphore>>);

impl Slots {
    /// `slots` for each of `models`.
    pub(super) fn new<'a>(models: impl IntoIterator<Item = &'a str>, slots: usize) -> Self {
        Self(
            models
                .into_iter()
                .map(|m| (m.to_owned(), Arc::new(Semaphore::new(slots))))
                .collect(),
        )
    }

    /// Waits for a slot at each of `models` and answers them in that order.
    ///
    /// They are taken in the order of the names, by everyone: two pairs that each hold what the other waits for
    /// would wait for ever. An unknown model has no limit here.
    pub(super) async fn take(&self, models: &[&str]) -> Vec<Option<OwnedSemaphorePermit>> {
        let mut order: Vec<usize> = (0..models.len()).collect();
        order.sort_by_key(|place| models[*place]);
        let mut taken: Vec<_> = models.iter().map(|_| None).collect();
        for place in order {
            if let Some(slots) = self.0.get(models[place]) {
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

    #[test]
    fn a_model_gives_as_many_slots_as_it_has() {
        let slots = Slots::new(["gemma2"], 2);
        let first = slots.take(&["gemma2"]).now_or_never();
        let second = slots.take(&["gemma2"]).now_or_never();
        assert!(first.is_some() && second.is_some());
        assert!(slots.take(&["gemma2"]).now_or_never().is_none());
        drop(second);
        assert!(slots.take(&["gemma2"]).now_or_never().is_some());
    }

    #[test]
    fn pairs_named_in_either_order_wait_for_the_same_slot_first() {
        let slots = Slots::new(["gemma2", "qwen2.5"], 1);
        let gemma2 = slots.take(&["gemma2"]).now_or_never().expect("a free slot");
        // Waiting for gemma2, this pair must not hold qwen2.5.
        let mut pair = Box::pin(slots.take(&["qwen2.5", "gemma2"]));
        assert!((&mut pair).now_or_never().is_none());
        assert!(slots.take(&["qwen2.5"]).now_or_never().is_some());
        drop(gemma2);
        assert!(pair.now_or_never().is_some());
    }
}
