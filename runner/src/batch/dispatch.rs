//! The loop: read what is ready, ask the planner, claim, send; until every run of the batch is final.

mod looks;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use super::Server;
use super::call::prepare_all;
use super::crew::{Crew, Note, Notes, Placed};
use super::execute::{Ended, ExecuteError, Stop};
use super::feed::{Feed, Hatch};
use super::known::Known;
use super::pace::{Moment, Pace};
use super::persist::persist;
use super::residents::Residents;
use super::scribe::{Inbox, write_down};
use super::scripts::run_scripts;
use super::slots::{Seat, Slots};
use super::starts::{Starts, put_down};
use super::survey::Survey;
use super::wedge::Silences;
use crate::clock;
use crate::store::{Claim, OpenWork, Queue, Subscription};
use crate::wave::{Dispatch, Graph, Placement, ServerId, Waits, plan};
use crate::workflow::ConversationId;
use looks::Looks;

/// A worker that is told of new work looks for itself so many times less often: what it is told is only a hint.
const TOLD: u32 = 16;
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
    hatch: Hatch,
    inbox: Inbox,
    pace: Pace,
    known: Option<Known>,
    /// Where this worker is told of new work, and whether it asked for it.
    told: Arc<Subscription>,
    waits_to_be_told: bool,
    /// Whether it has waited once since it asked.
    has_waited: bool,
    /// Calls claimed and not answered.
    in_flight: BTreeMap<Seat, usize>,
    /// What is believed to be loaded where.
    residents: Residents,
    looks: Looks,
    /// Since when calls have had no answer.
    silences: Silences,
    graph: Arc<Graph>,
    /// Who was passed over by the loads so far.
    waits: Waits,
    /// Since when each server has had nothing in flight.
    idle_since: Vec<DateTime<Utc>>,
    /// Calls whose results are not written yet, those in flight included.
    unsettled: usize,
    /// Whether a round of scripts is under way.
    scripts: bool,
}

impl Dispatcher {
    pub(super) fn new(crew: Arc<Crew>, told: Arc<Subscription>) -> Self {
        let installed = crew.settings.models.iter();
        let residents = Residents::of(installed.map(|(name, model)| (name.as_str(), model.size)));
        let (outgoing, incoming) = unbounded_channel();
        let notes = Notes::to(outgoing);
        let (inbox, entries) = Inbox::new();
        let (starts, sent) = Starts::new();
        let feed = Feed::new(
            Arc::clone(&crew),
            slots(&crew),
            starts,
            notes.clone(),
            inbox.clone(),
        );
        let hatch = feed.hatch();
        let mut tasks = JoinSet::new();
        tasks.spawn(feed.run());
        tasks.spawn(put_down(Arc::clone(&crew), sent, notes.clone()));
        tasks.spawn(write_down(Arc::clone(&crew), entries, notes.clone()));
        Self {
            idle_since: vec![clock::now(); crew.servers.len()],
            crew,
            tasks,
            notes,
            incoming,
            hatch,
            inbox,
            pace: Pace::default(),
            known: None,
            told,
            waits_to_be_told: false,
            has_waited: false,
            in_flight: BTreeMap::new(),
            residents,
            looks: Looks::default(),
            silences: Silences::default(),
            graph: Arc::default(),
            waits: Waits::default(),
            unsettled: 0,
            scripts: false,
        }
    }

    /// Where tasks beside the loop report.
    pub(super) fn notes(&self) -> Notes {
        self.notes.clone()
    }

    /// Works until every run is final or `stop` is asked. There is no cap on the number of rounds: what ends the
    /// loop is the state of the batch.
    pub(super) async fn work(&mut self, stop: &Stop) -> Result<Ended, ExecuteError> {
        let graph = Graph::of(&self.crew.workflow).map_err(|error| ExecuteError::SetUp {
            why: error.to_string(),
        })?;
        self.graph = Arc::new(graph);
        loop {
            if stop.is_asked() {
                return Ok(Ended::Interrupted);
            }
            self.look_at_servers();
            if self.is_supplied() {
                self.wait(self.crew.settings.idle_poll, stop).await?;
                continue;
            }
            // What is under way now may be finished by the time the database answers, so it is asked for first.
            let idle = !self.is_busy();
            let since = self.pace.begin(clock::instant());
            // A database that says nothing is waited for, but not by whoever was asked to stop.
            let (known, remembered) = tokio::select! {
                looked = self.look(idle) => looked?,
                () = stop.asked() => return Ok(Ended::Interrupted),
            };
            if known.open.open_runs == 0 && idle {
                return Ok(Ended::Finished);
            }
            let others = known.open.leased > 0
                || known.open.next_available_in.is_some()
                || self.crew.breakers.keep_back()
                || self.crew.custody.count() == 0;
            let next = known.open.next_available_in;
            let planned = self.dispatch(known, remembered, since).await?;
            self.has_a_server()?;
            if planned == 0 && remembered {
                // It may be out of date: nothing is concluded from it.
                continue;
            }
            if idle && planned == 0 && !others {
                let open_runs = self.known.as_ref().map_or(0, |known| known.open.open_runs);
                let batch = self.crew.batch;
                return Err(ExecuteError::Stalled { batch, open_runs });
            }
            if let Some(pause) = self.pause(idle && planned == 0, next).await? {
                self.wait(pause, stop).await?;
            }
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
    pub(super) async fn wind_down(self, grace: Duration) {
        let Self {
            crew,
            mut tasks,
            hatch,
            inbox,
            ..
        } = self;
        hatch.close();
        // The scribe goes home when nobody can hand in any more.
        drop(inbox);
        let all_done = async |tasks: &mut JoinSet<()>| while tasks.join_next().await.is_some() {};
        if tokio::time::timeout(grace, all_done(&mut tasks))
            .await
            .is_ok()
        {
            return;
        }
        crew.abandon.cancel();
        if tokio::time::timeout(LAST_WRITES, all_done(&mut tasks))
            .await
            .is_err()
        {
            tasks.shutdown().await;
        }
    }

    /// The open work, and whether it is remembered: while much is under way and little time has passed, the last look
    /// less what was claimed since is as good as another.
    async fn look(&mut self, idle: bool) -> Result<(Known, bool), ExecuteError> {
        let asked_at = clock::instant();
        if let Some(known) = self.known.take()
            && !idle
            && known.is_recent(asked_at)
        {
            return Ok((known, true));
        }
        let (store, batch) = (&self.crew.store, self.crew.batch);
        let open = persist(store, batch, || store.open_work(batch)).await?;
        Ok((Known::new(open, asked_at, clock::instant()), false))
    }

    /// Whether every model at work has calls enough until the next refill. Only where calls are short: where one lies
    /// ahead, the next is claimed as soon as there is room.
    fn is_supplied(&self) -> bool {
        let slots = self.crew.settings.slots;
        let mut at_work = self
            .in_flight
            .values()
            .filter(|in_flight| **in_flight > 0)
            .peekable();
        self.pace.ahead() > 1
            && at_work.peek().is_some()
            && at_work.all(|in_flight| self.pace.is_supplied(*in_flight, slots))
    }

    fn is_busy(&self) -> bool {
        self.unsettled > 0 || self.scripts
    }

    /// How long to wait for a note; `None`: not at all, since this worker has just asked to be told of new work, and what
    /// became ready before that was told to nobody.
    async fn pause(
        &mut self,
        without_work: bool,
        next_available_in: Option<Duration>,
    ) -> Result<Option<Duration>, ExecuteError> {
        let crew = &self.crew;
        let mut pause = crew.settings.idle_poll;
        // Work is of no use to a worker without a server, and telling it would cost the others at every commit. That a
        // server is free it is told in any case.
        let has_server = crew.custody.count() > 0;
        if without_work && has_server && !self.waits_to_be_told {
            let granted = persist(&crew.store, crew.batch, || {
                crew.store.ask_to_be_told(&crew.worker)
            })
            .await?;
            if granted {
                self.waits_to_be_told = true;
                crew.custody.waits_to_be_told(true);
                return Ok(None);
            }
        }
        if !without_work {
            self.waits_to_be_told = false;
            self.has_waited = false;
            crew.custody.waits_to_be_told(false);
        } else if (self.waits_to_be_told && self.has_waited || !has_server) && self.told.is_live() {
            pause *= TOLD;
        } else {
            // A creator that looked for listeners before this one's wish was committed, and commits after the look that
            // followed it, tells nobody. So the first wait is a short one.
            self.has_waited = self.waits_to_be_told;
        }
        Ok(Some(
            next_available_in.map_or(pause, |wait| wait.min(pause)),
        ))
    }

    async fn wait(&mut self, pause: Duration, stop: &Stop) -> Result<(), ExecuteError> {
        let pause = pause.min(self.until_the_next_look());
        tokio::select! {
            Some(note) = self.incoming.recv() => self.take(note)?,
            // A task that panicked reports nothing: without this arm the loop would wait for its note for ever.
            Some(Err(panic)) = self.tasks.join_next() => {
                return Err(ExecuteError::Defect { why: panic.to_string() });
            }
            () = stop.asked() => {}
            () = self.told.work() => {}
            () = tokio::time::sleep(pause) => {}
        }
        while let Ok(note) = self.incoming.try_recv() {
            self.take(note)?;
        }
        Ok(())
    }

    fn take(&mut self, note: Note) -> Result<(), ExecuteError> {
        match note {
            Note::Answered { seat, surprising } => {
                self.pace.answered();
                let now = clock::instant();
                let in_flight = self.in_flight.entry(seat.clone()).or_default();
                *in_flight = in_flight.saturating_sub(1);
                self.silences.broken(&seat, *in_flight, now);
                self.residents.answered(&seat, now);
                if surprising {
                    self.looks.doubt(seat.0);
                }
            }
            Note::Looked { server, look } => self.looked(server, look),
            Note::Settled => self.unsettled = self.unsettled.saturating_sub(1),
            Note::Refilled { since } => self.pace.refilled(since, clock::instant()),
            Note::ScriptsDone => self.scripts = false,
            Note::ServersChanged => {
                let custody = &self.crew.custody;
                self.residents.keep_only(|server| custody.holds(server));
            }
            Note::Fatal(error) => return Err(error),
        }
        Ok(())
    }

    /// Claims and sends what the planner says; answers how much that was, whether or not the claims were still there.
    ///
    /// A remembered look is not enough to give up a model: nothing is sent on it then, and the answer is 0.
    async fn dispatch(
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

    /// How long each server has had nothing in flight, as far as this loop has looked.
    fn idle(&mut self) -> Vec<Duration> {
        let now = clock::now();
        for ((server, _), in_flight) in &self.in_flight {
            if *in_flight > 0 {
                self.idle_since[server.0] = now;
            }
        }
        let idle = |since: &DateTime<Utc>| (now - since).to_std().unwrap_or_default();
        self.idle_since.iter().map(idle).collect()
    }

    fn survey<'a>(&'a self, open: &'a OpenWork, idle: &'a [Duration]) -> Survey<'a> {
        Survey {
            workflow: &self.crew.workflow,
            graph: &self.graph,
            runner: &self.crew.runner,
            waits: &self.waits,
            idle,
            settings: &self.crew.settings,
            breakers: &self.crew.breakers,
            servers: &self.crew.servers,
            custody: &self.crew.custody,
            open,
            in_flight: &self.in_flight,
            residents: &self.residents,
            unsettled: self.unsettled,
            scripts: self.scripts,
            ahead: self.pace.ahead(),
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
            loads: false,
        })
        .collect()
}

/// The slots of every model at every server.
fn slots(crew: &Crew) -> Slots {
    let models = crew.workflow.models();
    let seats = (0..crew.servers.len()).flat_map(|server| {
        models
            .iter()
            .map(move |model| (ServerId(server), (*model).to_owned()))
    });
    Slots::new(seats, crew.settings.slots)
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
