//! The scribe: writes usable answers, as many at once as have come while it wrote the last.
//!
//! An answer that comes alone is written at once, and so are a few. Under load the groups grow by themselves, and with them
//! what one transaction saves: one wait for the disk and one round trip a statement for all of them. Only where many have
//! come is a moment waited for more. A pause before every group was the rejected alternative: it makes the answer wait that
//! comes alone. So were two hands that write in turn: their groups are half as large, and the database does a fifth less.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::crew::{Crew, Note, Notes};
use super::heartbeat::HeldClaim;
use crate::clock;
use crate::store::Claim;
use crate::workflow::Output;

/// Most answers in one transaction: it holds the locks of their runs.
const MOST_IN_A_GROUP: usize = 512;
/// So many at once come only where calls are shorter than a transaction: there nobody misses an answer for a moment.
const MANY: usize = 32;
/// A few milliseconds: half of what the transaction for so many takes.
const MOMENT: Duration = Duration::from_millis(5);

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
        if group.len() >= MANY {
            gather(&mut entries, &mut group).await;
        }
        if let Err(error) = crew.complete_all(&group).await {
            notes.send(Note::Fatal(error));
        }
        for _ in group.drain(..) {
            notes.send(Note::Settled);
        }
    }
}

/// Waits a moment for more, where many have come while the last were written: as many come in that moment again, and a
/// transaction for both costs little more than one for either.
async fn gather<T>(entries: &mut UnboundedReceiver<T>, group: &mut Vec<T>) {
    let until = clock::instant() + MOMENT;
    while group.len() < MOST_IN_A_GROUP {
        let room = MOST_IN_A_GROUP - group.len();
        match tokio::time::timeout_at(until, entries.recv_many(group, room)).await {
            Ok(came) if came > 0 => {}
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::instant;

    fn inbox(waiting: usize) -> (UnboundedSender<usize>, UnboundedReceiver<usize>) {
        let (sender, receiver) = unbounded_channel();
        (0..waiting).for_each(|n| sender.send(n).unwrap());
        (sender, receiver)
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_within_a_moment_joins_the_group_and_what_comes_later_does_not() {
        let (sender, mut entries) = inbox(3);
        let mut group = vec![0; MANY];
        let comes_in_time_and_late = async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            sender.send(1).unwrap();
            tokio::time::sleep(MOMENT).await;
            sender.send(2).unwrap();
        };
        tokio::join!(gather(&mut entries, &mut group), comes_in_time_and_late);
        assert_eq!(group.len(), MANY + 4);
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_group_waits_for_nothing() {
        let (_sender, mut entries) = inbox(MOST_IN_A_GROUP);
        let mut group = vec![0; MANY];
        let began = instant();
        gather(&mut entries, &mut group).await;
        assert_eq!(group.len(), MOST_IN_A_GROUP);
        assert_eq!(instant(), began);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_an_inbox_that_is_closed() {
        let (sender, mut entries) = inbox(1);
        drop(sender);
        let mut group = vec![0; MANY];
        let began = instant();
        gather(&mut entries, &mut group).await;
        assert_eq!((group.len(), instant()), (MANY + 1, began));
    }
}
