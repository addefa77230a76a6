//! What the witness remembers.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use crate::{clock::Clock, record::Exchange};

/// What the witness remembers.
#[derive(Debug)]
pub(super) struct Log {
    /// What the server is called.
    pub(super) server: String,
    pub(super) clock: Clock,
    notes: Mutex<Notes>,
    /// How many exchanges are under way.
    open: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Notes {
    next_id: u64,
    exchanges: BTreeMap<u64, Exchange>,
    others: BTreeMap<String, u64>,
}

impl Log {
    pub(super) fn of(server: String, clock: Clock) -> Self {
        Self {
            server,
            clock,
            notes: Mutex::default(),
            open: watch::Sender::new(0),
        }
    }

    /// The number of the exchange that begins.
    pub(super) fn begin(&self) -> u64 {
        self.open.send_modify(|open| *open += 1);
        let mut notes = self.notes();
        let id = notes.next_id;
        notes.next_id += 1;
        id
    }

    /// Notes an exchange, in place of what was noted of it before.
    pub(super) fn note(&self, exchange: &Exchange) {
        self.notes().exchanges.insert(exchange.id, exchange.clone());
    }

    /// Says that an exchange is not under way any longer.
    pub(super) fn end(&self) {
        self.open.send_modify(|open| *open -= 1);
    }

    /// Counts a call of which nothing else is kept.
    pub(super) fn count(&self, call: String) {
        *self.notes().others.entry(call).or_default() += 1;
    }

    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        self.notes().exchanges.values().cloned().collect()
    }

    /// Hands over what was noted since the last time. What is noted of an exchange afterwards is handed over again.
    pub(super) fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.notes().exchanges)
            .into_values()
            .collect()
    }

    pub(super) fn others(&self) -> BTreeMap<String, u64> {
        self.notes().others.clone()
    }

    pub(super) async fn settled(&self) {
        // The sender lives in `self`, so waiting can only end by there being no exchange under way.
        let mut open = self.open.subscribe();
        let _none = open.wait_for(|open| *open == 0).await;
    }

    /// Every note is whole at any time, so a panic elsewhere has spoiled none.
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
