//! The loop: read what is ready, ask the planner, claim, send; until every run of the batch is final.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use super::Server;
use super::call::call_together;
use super::crew::{Crew, Note, Notes, Placed};
use super::execute::{Ended, ExecuteError, Stop};
use super::persist::persist;
use super::scripts::run_scripts;
use super::slots::Seat;
use super::survey::Survey;
use crate::store::{Claim, OpenWork};
use crate::wave::{Dispatch, Placement, plan};
use crate::workflow::ConversationId;

/// How often an idle loop looks for work that others made ready.
const IDLE_POLL: Duration = Duration::from_millis(500);
/// Script interactions taken in one round: enough that 50 postings take two rounds, few enough to be done within
/// a small part of a lease.
const SCRIPTS_IN_A_ROUND: usize = 32;
/// How long results that are being written may take after their calls were dropped.
const LAST_WRITES: Duration = Duration::from_secs(5);

/// Owns the tasks of one run and knows what is under way.
#[derive(Debug)]
pub(super) struct Dispatcher {
    crew: Arc<Crew>,
    tasks: JoinSet<()>,
    notes: Notes,
    incoming: UnboundedReceiver<Note>,
    /// Calls claimed and not answered.
    in_flight: BTreeMap<Seat, usize>,
    /// Models that were asked for and not unloaded since.
    resident: BTreeSet<Seat>,
    /// Calls whose results are not written yet, those in flight included.
    unsettled: usize,
    /// Whether a round of scripts is under way.
    scripts: bool,
}

impl Dispatcher {
    pub(super) fn new(crew: Arc<Crew>) -> Self {
        let (outgoing, incoming) = unbounded_channel();
        Self {
            crew,
            tasks: JoinSet::new(),
            notes: Notes::to(outgoing),
            incoming,
            in_flight: BTreeMap::new(),
            resident: BTreeSet::new(),
            unsettled: 0,
            scripts: false,
        }
    }

    /// Works until every run is final or `stop` is asked. There is no cap on the number of rounds: what ends the
    /// loop is the state of the batch.
    pub(super) async fn work(&mut self, stop: &Stop) -> Result<Ended, ExecuteError> {
        loop {
            if stop.is_asked() {
                return Ok(Ended::Interrupted);
            }
            // What is under way now may be finished by the time the database answers, so it is asked for first.
            let idle = !self.is_busy();
            let (store, batch) = (&self.crew.store, self.crew.batch);
            let open = persist(store, batch, || store.open_work(batch)).await?;
            if open.open_runs == 0 && idle {
                return Ok(Ended::Finished);
            }
            let planned = self.dispatch(&open).await?;
            self.has_a_server()?;
            let others = open.leased > 0
                || open.next_available_in.is_some()
                || self.crew.breakers.keep_back();
            if idle && planned == 0 && !others {
                return Err(ExecuteError::Stalled {
                    batch,
                    open_runs: open.open_runs,
                });
            }
            self.wait(&open, stop).await?;
        }
    }

    /// An outage is waited out, but not for ever.
    fn has_a_server(&self) -> Result<(), ExecuteError> {
        let Crew {
            batch,
            breakers,
            settings,
            ..
        } = &*self.crew;
        match breakers.away_for() {
            Some(away) if away >= settings.away_limit => Err(ExecuteError::ServersAway {
                batch: *batch,
                away,
                limit: settings.away_limit,
            }),
            _ => Ok(()),
        }
    }

    /// Lets running calls finish within `grace`, then drops them; results that came in time are written.
    pub(super) async fn wind_down(&mut self, grace: Duration) {
        let all_done = async |tasks: &mut JoinSet<()>| while tasks.join_next().await.is_some() {};
        if tokio::time::timeout(grace, all_done(&mut self.tasks))
            .await
            .is_ok()
        {
            return;
        }
        self.crew.abandon.cancel();
        if tokio::time::timeout(LAST_WRITES, all_done(&mut self.tasks))
            .await
            .is_err()
        {
            self.tasks.shutdown().await;
        }
    }

    fn is_busy(&self) -> bool {
        self.unsettled > 0 || self.scripts
    }

    async fn wait(&mut self, open: &OpenWork, stop: &Stop) -> Result<(), ExecuteError> {
        let pause = open
            .next_available_in
            .map_or(IDLE_POLL, |wait| wait.min(IDLE_POLL));
        tokio::select! {
            Some(note) = self.incoming.recv() => self.take(note)?,
            // A task that panicked reports nothing: without this arm the loop would wait for its note for ever.
            Some(Err(panic)) = self.tasks.join_next() => {
                return Err(ExecuteError::Defect { why: panic.to_string() });
            }
            () = stop.asked() => {}
            () = tokio::time::sleep(pause) => {}
        }
        while let Ok(note) = self.incoming.try_recv() {
            self.take(note)?;
        }
        Ok(())
    }

    fn take(&mut self, note: Note) -> Result<(), ExecuteError> {
        match note {
            Note::Answered { seat } => {
                if let Some(in_flight) = self.in_flight.get_mut(&seat) {
                    *in_flight = in_flight.saturating_sub(1);
                }
            }
            Note::Settled => self.unsettled = self.unsettled.saturating_sub(1),
            Note::ScriptsDone => self.scripts = false,
            Note::Fatal(error) => return Err(error),
        }
        Ok(())
    }

    /// Claims and sends what the planner says; answers how much that was, whether or not the claims were still there.
    async fn dispatch(&mut self, open: &OpenWork) -> Result<usize, ExecuteError> {
        let survey = self.survey(open);
        let scripts = survey.ready_scripts();
        self.dispatch_scripts(&scripts).await?;
        let plan = plan(&self.survey(open).state());
        let planned = plan.dispatches.len() + scripts.len();
        for (server, model) in plan.unload {
            let Server { client, name, .. } = &self.crew.servers[server.0];
            if let Err(error) = client.unload(&model).await {
                // The server makes room by itself when it has to; asking only makes the moment ours.
                tracing::warn!(%error, model, server = name, "an idle model could not be unloaded");
            }
            self.resident.remove(&(server, model));
        }
        for dispatch in plan.dispatches {
            self.send(dispatch).await?;
        }
        Ok(planned)
    }

    async fn dispatch_scripts(&mut self, scripts: &[ConversationId]) -> Result<(), ExecuteError> {
        if self.scripts || scripts.is_empty() {
            return Ok(());
        }
        let claims = self.claim(scripts, SCRIPTS_IN_A_ROUND).await?;
        if !claims.is_empty() {
            self.scripts = true;
            self.tasks.spawn(run_scripts(
                Arc::clone(&self.crew),
                claims,
                self.notes.clone(),
            ));
        }
        Ok(())
    }

    async fn send(&mut self, dispatch: Dispatch) -> Result<(), ExecuteError> {
        match dispatch {
            Dispatch::Together(placements) => {
                let crew = Arc::clone(&self.crew);
                let conversations: Vec<ConversationId> =
                    placements.iter().map(|p| p.conversation).collect();
                let (store, lease) = (&crew.store, crew.settings.lease);
                let claims = persist(store, crew.batch, || {
                    store.claim_together(crew.batch, &crew.runner, &conversations, lease)
                })
                .await?;
                self.spawn_call(placed(claims, &placements))?;
            }
            Dispatch::Singles {
                server,
                model,
                conversations,
                limit,
            } => {
                // A breaker that is about to close lets one probe through, however much the planner has in mind.
                let seat = (server, model);
                let limit = limit.min(self.crew.breakers.admits(&seat, &self.in_flight));
                for claim in self.claim(&conversations, limit).await? {
                    self.spawn_call(vec![Placed { claim, server }])?;
                }
            }
        }
        Ok(())
    }

    async fn claim(
        &self,
        conversations: &[ConversationId],
        limit: usize,
    ) -> Result<Vec<Claim>, ExecuteError> {
        let crew = &self.crew;
        let claims = persist(&crew.store, crew.batch, || {
            let lease = crew.settings.lease;
            crew.store
                .claim(crew.batch, &crew.runner, conversations, limit, lease)
        })
        .await?;
        Ok(claims)
    }

    fn spawn_call(&mut self, placed: Vec<Placed>) -> Result<(), ExecuteError> {
        for placed in &placed {
            self.crew.conversation(&placed.claim)?;
            let seat = self.crew.seat(placed);
            *self.in_flight.entry(seat.clone()).or_default() += 1;
            self.resident.insert(seat);
            self.unsettled += 1;
        }
        if !placed.is_empty() {
            self.tasks.spawn(call_together(
                Arc::clone(&self.crew),
                placed,
                self.notes.clone(),
            ));
        }
        Ok(())
    }

    fn survey<'a>(&'a self, open: &'a OpenWork) -> Survey<'a> {
        Survey {
            workflow: &self.crew.workflow,
            settings: &self.crew.settings,
            breakers: &self.crew.breakers,
            servers: &self.crew.servers,
            open,
            in_flight: &self.in_flight,
            resident: &self.resident,
            unsettled: self.unsettled,
            scripts: self.scripts,
        }
    }
}

/// Each claim at the server that the planner chose for its conversation.
fn placed(claims: Vec<Claim>, placements: &[Placement]) -> Vec<Placed> {
    let server = |claim: &Claim| {
        let placement = placements
            .iter()
            .find(|p| p.conversation == claim.conversation);
        placement.map(|p| p.server).unwrap_or_default()
    };
    claims
        .into_iter()
        .map(|claim| Placed {
            server: server(&claim),
            claim,
        })
        .collect()
}
