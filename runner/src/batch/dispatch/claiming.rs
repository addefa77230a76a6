//! What the planner says is claimed, counted as under way, and handed on to be rendered.

use std::sync::Arc;

use super::Dispatcher;
use crate::batch::Server;
use crate::batch::call::prepare_all;
use crate::batch::crew::Placed;
use crate::batch::execute::ExecuteError;
use crate::batch::known::Known;
use crate::batch::pace::Moment;
use crate::batch::persist::persist;
use crate::batch::scripts::run_scripts;
use crate::clock;
use crate::store::{Claim, Queue};
use crate::wave::{Dispatch, Placement, plan};
use crate::workflow::ConversationId;

/// Script interactions taken in one round: enough that 50 postings take two rounds, few enough to be done within
/// a small part of a lease.
const SCRIPTS_IN_A_ROUND: usize = 32;

impl Dispatcher {
    /// Claims and sends what the planner says; answers how much that was, whether or not the claims were still there.
    ///
    /// A remembered look is not enough to give up a model: nothing is sent on it then, and the answer is 0.
    pub(super) async fn dispatch(
        &mut self,
        mut known: Known,
        remembered: bool,
        since: Moment,
    ) -> Result<usize, ExecuteError> {
        let idle = self.idle();
        let survey = self.survey(&known.open, &idle);
        let scripts = survey.ready_scripts();
        let state = survey.state();
        let plan = plan(&state);
        if remembered && (plan.dispatches.is_empty() || !plan.unload.is_empty()) {
            return Ok(0);
        }
        self.waits.note(&state, &plan);
        let planned = plan.dispatches.len() + scripts.len();
        self.dispatch_scripts(&scripts, &mut known).await?;
        for (server, model) in plan.unload {
            let Server { client, name, .. } = &self.crew.servers[server.0];
            if let Err(error) = client.unload(&model).await {
                // The server makes room by itself when it has to; asking only makes the moment ours.
                tracing::warn!(%error, model, server = name, "an idle model could not be unloaded");
            }
            self.residents.let_go(&(server, model), clock::instant());
        }
        let mut units = Vec::new();
        for (dispatch, times) in counted(plan.dispatches) {
            units.extend(self.claim_for(dispatch, times, &mut known).await?);
        }
        self.known = Some(known);
        self.prepare(units, since)?;
        Ok(planned)
    }

    async fn dispatch_scripts(
        &mut self,
        scripts: &[ConversationId],
        known: &mut Known,
    ) -> Result<(), ExecuteError> {
        if self.scripts || scripts.is_empty() {
            return Ok(());
        }
        let claims = self.claim(scripts, SCRIPTS_IN_A_ROUND, known).await?;
        if !claims.is_empty() {
            self.scripts = true;
            self.unsettled += claims.len();
            for claim in &claims {
                known.claimed(&[claim.conversation], &self.crew.runner);
            }
            self.tasks.spawn(run_scripts(
                Arc::clone(&self.crew),
                claims,
                self.inbox.clone(),
                self.notes.clone(),
            ));
        }
        Ok(())
    }

    /// Claims what one dispatch, given so many `times`, asks for: what is to begin together side by side.
    async fn claim_for(
        &self,
        dispatch: Dispatch,
        times: usize,
        known: &mut Known,
    ) -> Result<Vec<Vec<Placed>>, ExecuteError> {
        let units: Vec<Vec<Placed>> = match dispatch {
            Dispatch::Together(placements) => {
                let crew = &self.crew;
                let conversations: Vec<ConversationId> =
                    placements.iter().map(|p| p.conversation).collect();
                let (store, lease) = (&crew.store, crew.settings.lease);
                let admits = |p: &Placement| {
                    let seat = crew.seat_of(p.server, p.conversation);
                    crew.breakers.admits(&seat, &self.in_flight)
                };
                let times = placements.iter().map(admits).fold(times, usize::min);
                let claims = persist(store, crew.batch, || {
                    store.claim_together(crew.batch, &crew.runner, &conversations, times, lease)
                })
                .await?;
                claims
                    .chunk_by(|one, next| one.run_id == next.run_id)
                    .map(|siblings| placed(siblings.to_vec(), &placements))
                    .collect()
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
                let claims = self.claim(&conversations, limit, known).await?;
                let alone = |claim| {
                    vec![Placed {
                        claim,
                        server,
                        loads: false,
                    }]
                };
                claims.into_iter().map(alone).collect()
            }
        };
        for unit in &units {
            let together: Vec<ConversationId> = unit.iter().map(|p| p.claim.conversation).collect();
            known.claimed(&together, &self.crew.runner);
        }
        Ok(units)
    }

    async fn claim(
        &self,
        conversations: &[ConversationId],
        limit: usize,
        known: &mut Known,
    ) -> Result<Vec<Claim>, ExecuteError> {
        let crew = &self.crew;
        let queues: Vec<Queue> = conversations.iter().map(|c| known.queue(*c)).collect();
        let claims = persist(&crew.store, crew.batch, || {
            let lease = crew.settings.lease;
            crew.store
                .claim_from(crew.batch, &crew.runner, &queues, limit, lease)
        })
        .await?;
        known.went_on(&claims);
        Ok(claims)
    }

    /// Counts claims as under way and has them rendered.
    fn prepare(&mut self, mut units: Vec<Vec<Placed>>, since: Moment) -> Result<(), ExecuteError> {
        let now = clock::instant();
        for placed in units.iter_mut().flatten() {
            self.crew.conversation(&placed.claim)?;
            let seat = self.crew.seat(placed);
            *self.in_flight.entry(seat.clone()).or_default() += 1;
            placed.loads = self.residents.ask(&seat, now);
            self.silences.asked(&seat, now);
            self.unsettled += 1;
        }
        if !units.is_empty() {
            self.tasks.spawn(prepare_all(
                Arc::clone(&self.crew),
                units,
                since,
                self.hatch.clone(),
                self.notes.clone(),
            ));
        }
        Ok(())
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
            loads: false,
        })
        .collect()
}

/// Equal dispatches that follow one another, each once with its number: they are claimed in one statement.
fn counted(dispatches: Vec<Dispatch>) -> Vec<(Dispatch, usize)> {
    let mut counted: Vec<(Dispatch, usize)> = Vec::new();
    for dispatch in dispatches {
        match counted.last_mut() {
            Some((same, times)) if *same == dispatch => *times += 1,
            _ => counted.push((dispatch, 1)),
        }
    }
    counted
}
