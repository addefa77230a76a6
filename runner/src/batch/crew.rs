//! What the tasks of one run share, and how they report.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::breaker::Breakers;
use super::custody::Custody;
use super::heartbeat::Held;
use super::pace::Moment;
use super::residents::Look;
use super::slots::Seat;
use super::{Barrier, Events, ExecuteError, ExecuteSettings, Server};
use crate::store::{BatchId, Claim, Store, Worker};
use crate::wave::ServerId;
use crate::workflow::{Actor, Conversation, ConversationId, Workflow};

/// What the tasks of one run share.
#[derive(Debug)]
pub(super) struct Crew {
    pub(super) store: Store,
    pub(super) workflow: Arc<Workflow>,
    pub(super) servers: Vec<Server>,
    pub(super) settings: ExecuteSettings,
    /// The name on its leases.
    pub(super) runner: String,
    pub(super) worker: Worker,
    pub(super) custody: Custody,
    pub(super) batch: BatchId,
    pub(super) held: Held,
    pub(super) breakers: Breakers,
    pub(super) events: Events,
    /// Awaited before each group of completions.
    pub(super) barrier: Option<Arc<dyn Barrier>>,
    /// Cancelled when the grace is over: calls are dropped.
    pub(super) abandon: CancellationToken,
}

/// A claim and the server that is to answer it.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) claim: Claim,
    pub(super) server: ServerId,
    /// Whether it is to load its model.
    pub(super) loads: bool,
}

/// What a task reports to the loop.
#[derive(Debug)]
pub(super) enum Note {
    /// A slot at the seat is free again; `surprising`: what is loaded there may not be what we believe.
    Answered { seat: Seat, surprising: bool },
    /// A server was looked at; it may not have said what it has loaded.
    Looked {
        server: ServerId,
        look: Option<Look>,
    },
    /// A call's result is written.
    Settled,
    /// Calls are rendered and handed to the feed; `since` is the pace's moment at which they were asked for.
    Refilled { since: Moment },
    /// A round of scripts is run; its results are being written.
    ScriptsDone,
    /// Model servers were taken, or taken away.
    ServersChanged,
    /// The run cannot go on.
    Fatal(ExecuteError),
}

/// Where tasks report.
#[derive(Debug, Clone)]
pub(super) struct Notes(UnboundedSender<Note>);

impl Notes {
    pub(super) fn to(loop_end: UnboundedSender<Note>) -> Self {
        Self(loop_end)
    }

    pub(super) fn send(&self, note: Note) {
        // The loop outlives its tasks; after its end nobody needs the note.
        let _ = self.0.send(note);
    }

    /// The claim needs no call: its slot is free and nothing of it is under way.
    pub(super) fn done(&self, crew: &Crew, place: &Placed) {
        self.send(Note::Answered {
            seat: crew.seat(place),
            // A load that was counted on did not come.
            surprising: place.loads,
        });
        self.send(Note::Settled);
    }
}

impl Crew {
    /// The claim's step.
    ///
    /// # Errors
    /// [`ExecuteError::SetUp`] when the workflow has no such step: another workflow registered its rows.
    pub(super) fn conversation(&self, claim: &Claim) -> Result<&Conversation, ExecuteError> {
        self.workflow
            .conversation(claim.conversation)
            .ok_or_else(|| ExecuteError::SetUp {
                why: format!(
                    "interaction {} is of conversation {}, which workflow {} does not have; \
                 run it with the workflow that made the batch",
                    claim.interaction_id, claim.conversation, self.workflow.id
                ),
            })
    }

    /// Where the claim is to be sent.
    pub(super) fn seat(&self, placed: &Placed) -> Seat {
        self.seat_of(placed.server, placed.claim.conversation)
    }

    /// The place at `server` that a step needs.
    pub(super) fn seat_of(&self, server: ServerId, step: ConversationId) -> Seat {
        let conversation = self.workflow.conversation(step);
        let model = match conversation.map(|c| &c.actor) {
            Some(Actor::Model { name }) => name.clone(),
            _ => String::new(),
        };
        (server, model)
    }
}
