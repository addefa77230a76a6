//! Heartbeats: leases are extended while the work goes on; a lease that is gone stops its call.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::{Claim, Store};

/// The claims that this runner works on, each with the token that stops its call.
#[derive(Debug, Clone, Default)]
pub(super) struct Held(Arc<Mutex<BTreeMap<i64, (Claim, CancellationToken)>>>);

impl Held {
    /// Takes a claim in. The guard takes it out again when the work is over, however it ends.
    pub(super) fn hold(&self, claim: &Claim) -> HeldClaim {
        let token = CancellationToken::new();
        let before = self
            .lock()
            .insert(claim.interaction_id, (claim.clone(), token.clone()));
        // An earlier attempt that still has a call under way lost its lease, or this claim would not be.
        if let Some((_, earlier)) = before {
            earlier.cancel();
        }
        HeldClaim {
            held: self.clone(),
            interaction_id: claim.interaction_id,
            attempt: claim.attempt,
            taken_away: token,
        }
    }

    fn claims(&self) -> Vec<Claim> {
        self.lock()
            .values()
            .map(|(claim, _)| claim.clone())
            .collect()
    }

    fn stop_all_but(&self, kept: &[i64], asked: &[Claim]) {
        let held = self.lock();
        for claim in asked
            .iter()
            .filter(|claim| !kept.contains(&claim.interaction_id))
        {
            if let Some((holding, token)) = held.get(&claim.interaction_id)
                && holding.attempt == claim.attempt
            {
                token.cancel();
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<i64, (Claim, CancellationToken)>> {
        // The map is whole after any panic: every change is one call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A claim that is being worked on.
#[derive(Debug)]
pub(super) struct HeldClaim {
    held: Held,
    interaction_id: i64,
    attempt: i32,
    /// Cancelled when the lease is no longer ours.
    pub(super) taken_away: CancellationToken,
}

impl Drop for HeldClaim {
    fn drop(&mut self) {
        let mut held = self.held.lock();
        // A later attempt may have taken the place: its lease must go on being extended.
        if held
            .get(&self.interaction_id)
            .is_some_and(|(holding, _)| holding.attempt == self.attempt)
        {
            held.remove(&self.interaction_id);
        }
    }
}

/// Extends the leases of everything in `held` three times in each lease, until it is dropped.
pub(super) async fn beat(store: Store, runner: String, held: Held, lease: Duration) {
    let mut ticker = tokio::time::interval(lease / 3);
    ticker.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticker.tick().await;
        let claims = held.claims();
        if claims.is_empty() {
            continue;
        }
        match store.extend(&runner, &claims, lease).await {
            Ok(kept) => held.stop_all_but(&kept, &claims),
            // A missed beat is no loss yet: two more fit into the lease, and the fence guards the rest.
            Err(error) => tracing::warn!(%error, "a heartbeat was missed"),
        }
    }
}
