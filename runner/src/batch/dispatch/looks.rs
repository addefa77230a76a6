//! Looks at what the servers have loaded: when one is due, and what follows from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Dispatcher;
use crate::batch::crew::{Crew, Note, Notes};
use crate::batch::residents::Look;
use crate::batch::wedge::{Cure, PATIENCE, Scene};
use crate::batch::{Event, Server};
use crate::clock;
use crate::wave::ServerId;

/// How often a server with calls in flight is looked at, in the workflow's time. The list of what is loaded costs it next
/// to nothing.
const INTERVAL: Duration = Duration::from_secs(15);
/// Where there is reason to doubt what we believe of it, so many times as often.
const IN_DOUBT: u32 = 10;

/// When each server was looked at, and who is looking.
#[derive(Debug, Default)]
pub(super) struct Looks {
    /// Nobody waits for these: they end with the loop.
    errands: JoinSet<()>,
    last: BTreeMap<ServerId, Instant>,
    under_way: BTreeSet<ServerId>,
    doubted: BTreeSet<ServerId>,
}

impl Looks {
    /// What we believe of the server has turned out wrong, or may have.
    pub(super) fn doubt(&mut self, server: ServerId) {
        self.doubted.insert(server);
    }

    fn is_due(&self, server: ServerId, is_at_work: bool, interval: Duration, now: Instant) -> bool {
        let in_doubt = self.doubted.contains(&server);
        let interval = if in_doubt {
            interval / IN_DOUBT
        } else {
            interval
        };
        let last = self.last.get(&server);
        let is_old = last.is_none_or(|last| now.saturating_duration_since(*last) >= interval);
        (is_at_work || in_doubt) && is_old && !self.under_way.contains(&server)
    }

    fn begin(&mut self, server: ServerId, now: Instant) {
        self.under_way.insert(server);
        self.doubted.remove(&server);
        self.last.insert(server, now);
    }

    fn end(&mut self, server: ServerId) {
        self.under_way.remove(&server);
    }
}

impl Dispatcher {
    /// How long a wait may last for the next look not to be late.
    pub(super) fn until_the_next_look(&self) -> Duration {
        let is_at_work = self.in_flight.values().any(|calls| *calls > 0);
        let interval = self.crew.settings.limit(INTERVAL);
        if is_at_work { interval } else { Duration::MAX }
    }

    /// Looks at the servers of which a look is due, beside the loop.
    pub(super) fn look_at_servers(&mut self) {
        let now = clock::instant();
        let interval = self.crew.settings.limit(INTERVAL);
        for server in (0..self.crew.servers.len()).map(ServerId) {
            let mut seats = self.in_flight.iter();
            let is_at_work = seats.any(|((at, _), calls)| *at == server && *calls > 0);
            let is_ours = self.crew.custody.holds(server);
            if is_ours && self.looks.is_due(server, is_at_work, interval, now) {
                self.looks.begin(server, now);
                self.looks.errands.spawn(look_at(
                    Arc::clone(&self.crew),
                    server,
                    now,
                    self.notes.clone(),
                ));
            }
        }
    }

    /// Takes in what a server has loaded; `None`: it did not say.
    pub(super) fn looked(&mut self, server: ServerId, look: Option<Look>) {
        self.looks.end(server);
        while self.looks.errands.try_join_next().is_some() {}
        let Some(look) = look else {
            return;
        };
        let models = self.crew.workflow.models();
        if !self.residents.learn(&look, &models, &self.in_flight) {
            self.looks.doubt(server);
        }
        let scene = Scene {
            look: &look,
            memory: self.crew.servers[server.0].gpu_memory,
            residents: &self.residents,
            patience: self.crew.settings.limit(PATIENCE),
            now: clock::now(),
        };
        if let Some(cure) = self.silences.cure(&scene) {
            let seat = (server, cure.unload.clone());
            self.residents.let_go(&seat, clock::instant());
            self.looks
                .errands
                .spawn(make_room(Arc::clone(&self.crew), server, cure));
        }
    }
}

async fn look_at(crew: Arc<Crew>, server: ServerId, asked_at: Instant, notes: Notes) {
    let Server { client, name, .. } = &crew.servers[server.0];
    let look = match client.loaded().await {
        Ok(loaded) => Some(Look {
            server,
            asked_at,
            loaded,
        }),
        Err(error) => {
            tracing::debug!(%error, server = name, "what is loaded could not be seen; it is looked at again");
            None
        }
    };
    notes.send(Note::Looked { server, look });
}

/// Unloads what is in the way of a call.
async fn make_room(crew: Arc<Crew>, server: ServerId, cure: Cure) {
    let Server { client, name, .. } = &crew.servers[server.0];
    let Cure {
        unload,
        waiting,
        waited,
    } = cure;
    tracing::warn!(
        model = unload,
        waiting,
        ?waited,
        server = name,
        "a model that is not in use leaves no room for another, whose call has had no answer: it is unloaded"
    );
    if let Err(error) = client.unload(&unload).await {
        tracing::warn!(%error, model = unload, server = name, "a model that is in the way could not be unloaded");
        return;
    }
    crew.events.tell(Event::MadeRoom {
        unloaded: unload,
        waiting,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERVER: ServerId = ServerId(0);

    fn is_due(looks: &Looks, is_at_work: bool, after: u64) -> bool {
        let now = looks.last[&SERVER] + Duration::from_secs(after);
        looks.is_due(SERVER, is_at_work, INTERVAL, now)
    }

    fn looked() -> Looks {
        let mut looks = Looks::default();
        looks.begin(SERVER, clock::instant());
        looks.end(SERVER);
        looks
    }

    #[test]
    fn a_server_at_work_is_looked_at_now_and_then_and_an_idle_one_is_left_alone() {
        let looks = looked();
        assert!(!is_due(&looks, true, 14));
        assert!(is_due(&looks, true, 15));
        assert!(!is_due(&looks, false, 15));
    }

    #[test]
    fn a_doubt_is_a_reason_to_look_soon_and_once() {
        let mut looks = looked();
        looks.doubt(SERVER);
        assert!(!is_due(&looks, false, 1));
        assert!(is_due(&looks, false, 2));
        looks.begin(SERVER, clock::instant());
        looks.end(SERVER);
        assert!(!is_due(&looks, false, 15));
    }

    #[test]
    fn nobody_looks_twice_at_once() {
        let mut looks = looked();
        looks.begin(SERVER, clock::instant());
        assert!(!is_due(&looks, true, 60));
    }
}
