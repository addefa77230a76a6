//! The scribe: writes usable answers, as many at once as have come while it wrote the last.
//!
//! An answer that comes alone is written at once. Under load the groups grow by themselves, and with them what one
//! transaction saves: one wait for the disk and one round trip a statement for all of them. The rejected alternative, a
//! fixed pause to collect in, makes every answer wait and is never right for two loads.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::crew::{Crew, Note, Notes};
use super::heartbeat::HeldClaim;
use crate::store::Claim;
use crate::workflow::Output;

/// Most answers in one transaction: it holds the locks of their runs.
const MOST_IN_A_GROUP: usize = 256;

/// An answer that is to be written.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) claim: Claim,
    pub(super) output: Output,
    /// Kept until it is written: a lease that is not extended would be taken away.
    #[expect(dead_code, reason = "what counts is when it is dropped")]
    pub(super) held: HeldClaim,
}

/// Where answers are handed in. The scribe goes home when the last of these is dropped and everything is written.
#[derive(Debug, Clone)]
pub(super) struct Inbox(UnboundedSender<Entry>);

impl Inbox {
    /// A new inbox, and the end that [`write_down`] reads.
    pub(super) fn new() -> (Self, UnboundedReceiver<Entry>) {
        let (sender, receiver) = unbounded_channel();
        (Self(sender), receiver)
    }

    /// Hands in an answer; a [`Note::Settled`] follows when it is written.
    pub(super) fn hand_in(&self, entry: Entry) {
        // The scribe outlives its inboxes but where the run was broken off, and then nothing more is written.
        let _ = self.0.send(entry);
    }
}

/// Writes what is handed in, until nobody can hand in any more.
pub(super) async fn write_down(
    crew: Arc<Crew>,
    mut entries: UnboundedReceiver<Entry>,
    notes: Notes,
) {
    let mut group = Vec::new();
    while entries.recv_many(&mut group, MOST_IN_A_GROUP).await > 0 {
        if let Err(error) = crew.complete_all(&group).await {
            notes.send(Note::Fatal(error));
        }
        for _ in group.drain(..) {
            notes.send(Note::Settled);
        }
    }
}
