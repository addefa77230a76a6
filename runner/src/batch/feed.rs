//! The feed: prepared calls wait here for their slots, are sent, and are handed over to be put down as begun.
//!
//! Whatever finds a slot at the same moment is sent together and begins in one statement. No slot waits for it: between two
//! calls on one slot lies no round trip to the database.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinError, JoinSet};

use super::ExecuteError;
use super::call::{Outgoing, Prepared, call};
use super::crew::{Crew, Note, Notes, Placed};
use super::scribe::Inbox;
use super::slots::{Seat, Slots};
use super::starts::{Start, Starts};
use crate::clock;
use crate::store::Claim;
use crate::wave::ServerId;

/// How far ahead of the next a call that loads a model is sent: long enough to be at the server before it.
const AHEAD: Duration = Duration::from_millis(20);

/// Claims that are to begin at the same moment: one, or siblings.
pub(super) type Unit = Vec<Prepared>;

/// What the feed is told.
#[derive(Debug)]
enum Message {
    /// These are rendered.
    Ready(Vec<Unit>),
    /// A call is over.
    Free(Seat),
    /// Nothing more is to be begun.
    Close,
}

/// Where calls are handed to the feed, and slots given back to it.
#[derive(Debug, Clone)]
pub(super) struct Hatch(UnboundedSender<Message>);

impl Hatch {
    /// Hands over calls that wait for nothing but their slots.
    pub(super) fn ready(&self, units: Vec<Unit>) {
        self.tell(Message::Ready(units));
    }

    /// The call at the seat is over.
    pub(super) fn free(&self, seat: Seat) {
        self.tell(Message::Free(seat));
    }

    /// Lets nothing more begin; the calls under way go on.
    pub(super) fn close(&self) {
        self.tell(Message::Close);
    }

    fn tell(&self, message: Message) {
        // A feed that is gone has begun nothing of it; the loop releases the claims.
        let _ = self.0.send(message);
    }
}

/// Owns the slots and the calls under way.
#[derive(Debug)]
pub(super) struct Feed {
    crew: Arc<Crew>,
    slots: Slots,
    starts: Starts,
    waiting: VecDeque<Unit>,
    calls: JoinSet<()>,
    notes: Notes,
    inbox: Inbox,
    hatch: Hatch,
    incoming: UnboundedReceiver<Message>,
    closed: bool,
}

impl Feed {
    pub(super) fn new(
        crew: Arc<Crew>,
        slots: Slots,
        starts: Starts,
        notes: Notes,
        inbox: Inbox,
    ) -> Self {
        let (sender, incoming) = unbounded_channel();
        Self {
            crew,
            slots,
            starts,
            waiting: VecDeque::new(),
            calls: JoinSet::new(),
            notes,
            inbox,
            hatch: Hatch(sender),
            incoming,
            closed: false,
        }
    }

    pub(super) fn hatch(&self) -> Hatch {
        self.hatch.clone()
    }

    /// Sends what is handed over, until it is closed and the last call is over.
    pub(super) async fn run(mut self) {
        while !self.closed {
            tokio::select! {
                Some(message) = self.incoming.recv() => self.take(message),
                Some(ended) = self.calls.join_next() => pass_on_a_panic(ended),
            }
            self.take_what_comes_with_it();
            let crew = &self.crew;
            let seats_of = |unit: &Unit| unit.iter().map(|p| crew.seat(&p.placed)).collect();
            let admitted = self.slots.admit(&mut self.waiting, seats_of);
            if let Err(error) = self.send(admitted.into_iter().flatten().collect()).await {
                self.notes.send(Note::Fatal(error));
            }
        }
        while let Some(ended) = self.calls.join_next().await {
            pass_on_a_panic(ended);
        }
    }

    /// What else is over at this moment begins with it.
    fn take_what_comes_with_it(&mut self) {
        while let Ok(message) = self.incoming.try_recv() {
            self.take(message);
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Ready(units) => self.waiting.extend(units),
            Message::Free(seat) => self.slots.give_back(&seat),
            Message::Close => {
                self.closed = true;
                self.waiting.clear();
            }
        }
    }

    /// Sends all of `prepared`, and has it put down in one statement.
    async fn send(&mut self, prepared: Vec<Prepared>) -> Result<(), ExecuteError> {
        let custody = &self.crew.custody;
        let (prepared, orphaned): (Vec<_>, Vec<_>) = prepared
            .into_iter()
            .partition(|p| custody.holds(p.placed.server));
        self.give_back(&orphaned).await?;
        if prepared.is_empty() {
            return Ok(());
        }
        let now = clock::instant();
        let mut loads: BTreeMap<ServerId, u32> = BTreeMap::new();
        let mut starts = Vec::with_capacity(prepared.len());
        for mut prepared in prepared {
            let delay = delay(&prepared.placed, &mut loads);
            let claim = prepared.placed.claim.clone();
            let (start, begun) = Start::of(claim, prepared.input.take(), now + delay);
            starts.push(start);
            let outgoing = Outgoing {
                prepared,
                delay,
                begun,
            };
            self.calls.spawn(call(
                Arc::clone(&self.crew),
                outgoing,
                self.hatch.clone(),
                self.inbox.clone(),
                self.notes.clone(),
            ));
        }
        self.starts.hand_in(starts).await;
        Ok(())
    }

    /// Puts back what was to be sent to servers that are no longer ours.
    async fn give_back(&mut self, orphaned: &[Prepared]) -> Result<(), ExecuteError> {
        if orphaned.is_empty() {
            return Ok(());
        }
        let claims: Vec<Claim> = orphaned.iter().map(|p| p.placed.claim.clone()).collect();
        self.crew.put_back(&claims).await?;
        for prepared in orphaned {
            self.is_over(prepared);
        }
        Ok(())
    }

    /// It is not sent after all: its slot is free.
    fn is_over(&mut self, prepared: &Prepared) {
        self.slots.give_back(&self.crew.seat(&prepared.placed));
        self.notes.done(&self.crew, &prepared.placed);
    }
}

/// Calls that load models at one server leave one after the other, in their order: it loads in the order in which they
/// come to it, and in another one the models may not have room beside each other.
fn delay(placed: &Placed, loads: &mut BTreeMap<ServerId, u32>) -> Duration {
    if !placed.loads {
        return Duration::ZERO;
    }
    let before = loads.entry(placed.server).or_default();
    *before += 1;
    AHEAD * (*before - 1)
}

/// The loop watches this task, not its calls: a call that panicked has to be heard of all the same.
fn pass_on_a_panic(ended: Result<(), JoinError>) {
    if let Err(error) = ended
        && error.is_panic()
    {
        std::panic::resume_unwind(error.into_panic());
    }
}
