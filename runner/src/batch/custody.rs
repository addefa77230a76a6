//! Custody: which model servers this worker holds, and the ticker that keeps them and the worker itself alive.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::crew::{Crew, Note, Notes};
use super::event::Event;
use super::execute::ExecuteError;
use crate::clock;
use crate::store::{Beat, StoreError, Subscription};
use crate::wave::ServerId;

/// The servers that a worker holds, by their places among those that it was told of.
#[derive(Debug, Default)]
pub(super) struct Custody {
    names: Vec<String>,
    held: Mutex<BTreeMap<ServerId, CancellationToken>>,
    /// Whether the database was asked to tell of new work.
    asked_to_be_told: AtomicBool,
}

impl Custody {
    /// Nothing is held yet of the servers with these names.
    pub(super) fn of(names: Vec<String>) -> Self {
        Self {
            names,
            ..Self::default()
        }
    }

    /// Whether calls may go to the server.
    pub(super) fn holds(&self, server: ServerId) -> bool {
        self.held().contains_key(&server)
    }

    /// How many are held.
    pub(super) fn count(&self) -> usize {
        self.held().len()
    }

    /// What is cancelled when the server is taken away. Of one that is not held, it is already.
    pub(super) fn lost(&self, server: ServerId) -> CancellationToken {
        self.held().get(&server).cloned().unwrap_or_else(|| {
            let token = CancellationToken::new();
            token.cancel();
            token
        })
    }

    /// Takes servers in.
    pub(super) fn take(&self, names: &[String]) {
        let mut held = self.held();
        for server in self.places(names) {
            held.entry(server).or_default();
        }
    }

    /// Gives up whatever is not among `kept`: its calls are stopped.
    fn keep_only(&self, kept: &[String]) {
        let kept = self.places(kept);
        self.held().retain(|server, token| {
            let stays = kept.contains(server);
            if !stays {
                token.cancel();
            }
            stays
        });
    }

    /// Notes whether the worker waits to be told of new work: the next beat says so.
    pub(super) fn waits_to_be_told(&self, waits: bool) {
        self.asked_to_be_told.store(waits, Ordering::Relaxed);
    }

    fn places(&self, names: &[String]) -> Vec<ServerId> {
        let is_named = |(_, name): &(usize, &String)| names.contains(name);
        let all = self.names.iter().enumerate();
        all.filter(is_named)
            .map(|(place, _)| ServerId(place))
            .collect()
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<ServerId, CancellationToken>> {
        // The map is whole after any panic: every change is one call.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says three times in each lease that the worker lives, and takes servers that become free, until it is dropped.
pub(super) async fn keep(crew: Arc<Crew>, told: Arc<Subscription>, notes: Notes) {
    let lease = crew.settings.lease;
    let mut ticker = tokio::time::interval(lease / 3);
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut known_to_hold = clock::instant();
    let mut is_told_to_wait = false;
    loop {
        tokio::select! {
            _ = ticker.tick() => {}
            () = told.servers() => {}
        }
        let asked_at = clock::instant();
        // The next is tried in time, whatever became of this one.
        let looked = tokio::time::timeout(lease / 3, look_after(&crew)).await;
        match looked.unwrap_or(Err(Lapse::Store(StoreError::Silent { after: lease / 3 }))) {
            Ok(changed) => {
                known_to_hold = asked_at;
                let waits = crew.custody.count() == 0;
                if waits && !is_told_to_wait {
                    tell_who_holds(&crew).await;
                }
                is_told_to_wait = waits;
                if changed {
                    notes.send(Note::ServersChanged);
                }
            }
            Err(Lapse::Replaced) => {
                let worker = crew.runner.clone();
                return notes.send(Note::Fatal(ExecuteError::Replaced { worker }));
            }
            // A missed beat is no loss yet: two more fit into the lease, and the fence guards the rest.
            Err(Lapse::Store(error)) => {
                tracing::warn!(%error, "a worker's heartbeat was missed");
                // Whoever cannot ask has to take it that others may have its servers: two workers at one server would
                // drive out each other's models.
                if clock::instant() - known_to_hold >= lease && crew.custody.count() > 0 {
                    tracing::warn!(
                        "a whole lease without a heartbeat: the model servers count as lost"
                    );
                    crew.custody.keep_only(&[]);
                    notes.send(Note::ServersChanged);
                }
            }
        }
    }
}

/// Says once whom this worker waits for: without a server it does nothing, and would do it in silence.
async fn tell_who_holds(crew: &Crew) {
    let servers: Vec<&str> = crew.servers.iter().map(|server| &*server.name).collect();
    match crew.store.holders(&servers).await {
        Ok(held) if !held.is_empty() => crew.events.tell(Event::WaitsForServer { held }),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "who holds the model servers could not be read"),
    }
}

/// Why a worker could not say that it lives.
enum Lapse {
    Replaced,
    Store(StoreError),
}

impl From<StoreError> for Lapse {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// One beat; answers whether other servers are held now than before.
async fn look_after(crew: &Crew) -> Result<bool, Lapse> {
    let (custody, lease) = (&crew.custody, crew.settings.lease);
    let before = custody.count();
    let lost;
    let waiting = custody.asked_to_be_told.load(Ordering::Relaxed);
    match crew.store.beat(&crew.worker, waiting, lease).await? {
        Beat::Replaced => return Err(Lapse::Replaced),
        Beat::Living { servers } => {
            custody.keep_only(&servers);
            lost = custody.count() < before;
            // What the database says is ours although we do not know: its answer was lost on the way.
            custody.take(&servers);
        }
    }
    let found = custody.count() > before;
    // A server that lay free for a whole lease has nobody else who wants it, whatever the shares are.
    let taken = take_share(crew).await? + take_free_for(crew, usize::MAX, lease).await?;
    Ok(lost || found || taken > 0)
}

/// Takes free servers up to this worker's share; answers how many.
pub(super) async fn take_share(crew: &Crew) -> Result<usize, StoreError> {
    let share = crew.settings.most_servers.unwrap_or(usize::MAX);
    take_free_for(crew, share, Duration::ZERO).await
}

async fn take_free_for(crew: &Crew, most: usize, free_for: Duration) -> Result<usize, StoreError> {
    let custody = &crew.custody;
    let room = most.min(crew.servers.len()).saturating_sub(custody.count());
    if room == 0 {
        return Ok(0);
    }
    let not_held = |place: &usize| !custody.holds(ServerId(*place));
    let wanted: Vec<&str> = (0..crew.servers.len())
        .filter(not_held)
        .map(|place| &*crew.servers[place].name)
        .collect();
    let lease = crew.settings.lease;
    let taken = crew
        .store
        .take_servers(&crew.worker, &wanted, room, free_for, lease)
        .await?;
    custody.take(&taken);
    Ok(taken.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn custody_of_two() -> Custody {
        let names = ["http://one", "http://other"].map(str::to_owned).to_vec();
        let custody = Custody::of(names.clone());
        custody.take(&names);
        custody
    }

    #[test]
    fn a_server_that_was_taken_away_stops_its_calls_and_the_other_one_goes_on() {
        let custody = custody_of_two();
        let (one, other) = (custody.lost(ServerId(0)), custody.lost(ServerId(1)));
        custody.keep_only(&["http://other".to_owned()]);
        assert!(one.is_cancelled() && !custody.holds(ServerId(0)));
        assert!(!other.is_cancelled() && custody.holds(ServerId(1)));
    }

    #[test]
    fn a_server_that_is_not_held_counts_as_lost() {
        let custody = Custody::of(vec!["http://one".to_owned()]);
        assert!(custody.lost(ServerId(0)).is_cancelled());
    }

    #[test]
    fn a_server_that_is_taken_again_keeps_the_calls_under_way() {
        let custody = custody_of_two();
        let token = custody.lost(ServerId(0));
        custody.take(&["http://one".to_owned()]);
        assert!(!token.is_cancelled());
        custody.keep_only(&[]);
        assert!(token.is_cancelled());
    }
}
