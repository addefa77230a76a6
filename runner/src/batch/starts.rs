//! Starts: puts down which calls have begun, as many at once as were sent while it wrote the last.
//!
//! A call is sent first and put down right after, while the server works on it already; what is put down is when it was sent.
//! A call that lets the load before it go first is put down with it, and dated up to that much early.
//! The rejected alternative, to write first and send then, lets every slot stand empty for a round trip to the database at
//! every call. Nothing rests on a start that is not written: an answer waits for it, and a call whose claim turns out to be
//! somebody else's by now is broken off, within the time that one statement takes.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::ExecuteError;
use super::crew::{Crew, Note, Notes};
use super::persist::persist;
use crate::store::Claim;

/// Most groups that wait to be put down. A database that is slower than the slots holds the slots up here, instead of
/// being left ever further behind.
const MOST_WAITING: usize = 16;

/// A call that was sent and has to be put down.
#[derive(Debug)]
pub(super) struct Start {
    claim: Claim,
    input: Value,
    sent_at: Instant,
    told: oneshot::Sender<bool>,
}

impl Start {
    /// The start of a call that is sent at `sent_at`, and where the call learns what came of it.
    pub(super) fn of(claim: Claim, input: Value, sent_at: Instant) -> (Self, Begun) {
        let (told, waits) = oneshot::channel();
        let start = Self {
            claim,
            input,
            sent_at,
            told,
        };
        (start, Begun::Asked(waits))
    }
}

/// Where starts are handed in. Who writes them goes home when the last of these is dropped and everything is written.
#[derive(Debug, Clone)]
pub(super) struct Starts(mpsc::Sender<Vec<Start>>);

impl Starts {
    /// A new place to hand starts in, and the end that [`put_down`] reads.
    pub(super) fn new() -> (Self, mpsc::Receiver<Vec<Start>>) {
        let (sender, receiver) = mpsc::channel(MOST_WAITING);
        (Self(sender), receiver)
    }

    /// Hands in what was sent at the same moment: it begins in one statement. Waits while too much lies there.
    pub(super) async fn hand_in(&self, together: Vec<Start>) {
        // Who writes them outlives this but where the run was broken off, and then nothing more is written.
        let _ = self.0.send(together).await;
    }
}

/// Whether a call that was sent is put down, as far as the call knows.
#[derive(Debug)]
pub(super) enum Begun {
    /// It is being written.
    Asked(oneshot::Receiver<bool>),
    /// What came of it.
    Told(Standing),
}

/// How a call stands that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is running, and its result is wanted.
    Ours,
    /// Its claim was taken away before its start was written: its result is nobody's.
    NotOurs,
    /// It could not be written, which ends the run.
    Unknown,
}

impl Begun {
    /// Waits until it is known.
    pub(super) async fn standing(&mut self) -> Standing {
        match self {
            Self::Told(standing) => *standing,
            Self::Asked(waits) => {
                let standing = match waits.await {
                    Ok(true) => Standing::Ours,
                    Ok(false) => Standing::NotOurs,
                    Err(_) => Standing::Unknown,
                };
                *self = Self::Told(standing);
                standing
            }
        }
    }

    /// Waits until it is known that the result is nobody's; for ever where it is wanted.
    pub(super) async fn refused(&mut self) {
        if self.standing().await == Standing::Ours {
            std::future::pending::<()>().await;
        }
    }
}

/// Puts down what is handed in, until nobody can hand in any more.
pub(super) async fn put_down(
    crew: Arc<Crew>,
    mut incoming: mpsc::Receiver<Vec<Start>>,
    notes: Notes,
) {
    let mut groups = Vec::new();
    while incoming.recv_many(&mut groups, MOST_WAITING).await > 0 {
        if let Err(error) = crew.begin(groups.drain(..).flatten().collect()).await {
            notes.send(Note::Fatal(error));
        }
    }
}

impl Crew {
    /// Begins calls that were sent, in one statement, and tells each what came of it.
    async fn begin(&self, starts: Vec<Start>) -> Result<(), ExecuteError> {
        let mut claims = Vec::with_capacity(starts.len());
        let mut inputs = Vec::with_capacity(starts.len());
        let mut sent_at = Vec::with_capacity(starts.len());
        let mut calls = Vec::with_capacity(starts.len());
        for start in starts {
            calls.push((start.claim.interaction_id, start.told));
            sent_at.push(start.sent_at);
            claims.push(start.claim);
            inputs.push(start.input);
        }
        let begun = persist(&self.store, self.batch, || {
            self.store
                .start_sent(&self.workflow, &self.runner, &claims, &inputs, &sent_at)
        })
        .await?;
        let begun: BTreeSet<i64> = begun.into_iter().collect();
        for (interaction_id, told) in calls {
            // A call that was broken off does not wait any longer.
            let _ = told.send(begun.contains(&interaction_id));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock;
    use crate::workflow::ConversationId;

    fn start() -> (Start, Begun) {
        let claim = Claim {
            interaction_id: 1,
            attempt: 1,
            run_id: 1,
            posting_id: 1,
            conversation: ConversationId(9144),
        };
        Start::of(claim, Value::Null, clock::instant())
    }

    #[tokio::test]
    async fn a_call_learns_what_came_of_its_start_however_often_it_asks() {
        for (ours, standing) in [(true, Standing::Ours), (false, Standing::NotOurs)] {
            let (start, mut begun) = start();
            start.told.send(ours).unwrap();
            assert_eq!(begun.standing().await, standing);
            assert_eq!(begun.standing().await, standing);
        }
        let (start, mut begun) = start();
        drop(start);
        assert_eq!(begun.standing().await, Standing::Unknown);
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_call_whose_result_is_wanted_goes_on() {
        let an_hour = Duration::from_hours(1);
        let (ours, mut begun) = start();
        ours.told.send(true).unwrap();
        assert!(
            tokio::time::timeout(an_hour, begun.refused())
                .await
                .is_err()
        );
        let (taken, mut begun) = start();
        taken.told.send(false).unwrap();
        begun.refused().await;
    }

    #[tokio::test(start_paused = true)]
    async fn starts_that_nobody_writes_hold_up_whoever_hands_in_more() {
        let (starts, mut incoming) = Starts::new();
        for _ in 0..MOST_WAITING {
            starts.hand_in(vec![start().0]).await;
        }
        let an_hour = Duration::from_hours(1);
        let more = starts.hand_in(vec![start().0]);
        assert!(tokio::time::timeout(an_hour, more).await.is_err());
        assert_eq!(incoming.recv().await.unwrap().len(), 1);
        starts.hand_in(vec![start().0]).await;
    }
}
