//! What happens during a run, as one enum: progress bars and logs consume it.

use tokio::sync::mpsc::UnboundedSender;

use crate::workflow::ConversationId;

/// Something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// An interaction was completed.
    Completed {
        /// Its step.
        conversation: ConversationId,
    },
    /// An attempt failed and its interaction went back into the queue.
    Retried {
        /// Its step.
        conversation: ConversationId,
        /// Why.
        why: String,
    },
    /// An interaction failed for good.
    Failed {
        /// Its step.
        conversation: ConversationId,
        /// Why.
        why: String,
    },
    /// A result came too late: its interaction had been taken away, and it was dropped.
    Dropped {
        /// Its step.
        conversation: ConversationId,
    },
    /// A run is final.
    RunEnded,
    /// Every model server of this worker is another's: it waits for one.
    WaitsForServer {
        /// The servers, each with the worker that holds it.
        held: Vec<(String, String)>,
    },
    /// The watchdog ended an interaction.
    WatchdogIntervened {
        /// Its step.
        conversation: ConversationId,
    },
    /// A model that nobody of ours used left no room for another, whose calls had waited for far longer than a load takes,
    /// and was unloaded.
    MadeRoom {
        /// The model that had to go.
        unloaded: String,
        /// The model whose calls waited.
        waiting: String,
    },
}

/// Where events go. Nobody has to listen.
#[derive(Debug, Clone, Default)]
pub struct Events(Option<UnboundedSender<Event>>);

impl Events {
    /// Sends every event to `sender`.
    pub fn to(sender: UnboundedSender<Event>) -> Self {
        Self(Some(sender))
    }

    pub(super) fn tell(&self, event: Event) {
        tracing::debug!(?event);
        if let Some(sender) = &self.0 {
            // A listener that left is no reason to stop the work.
            let _ = sender.send(event);
        }
    }
}
