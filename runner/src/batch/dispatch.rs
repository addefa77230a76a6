//! The loop: read what is ready, ask the planner, claim, send; until every run of the batch is final.

mod claiming;
mod looks;
mod pausing;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;

use super::crew::{Crew, Note, Notes};
use super::execute::{Ended, ExecuteError, Stop};
use super::feed::{Feed, Hatch};
use super::known::Known;
use super::pace::Pace;
use super::persist::persist;
use super::residents::Residents;
use super::scribe::{Inbox, write_down};
use super::slots::{Seat, Slots};
use super::starts::{Starts, put_down};
use super::survey::Survey;
use super::wedge::Silences;
use crate::clock;
use crate::store::{OpenWork, Subscription};
use crate::wave::{Graph, ServerId, Waits};
use looks::Looks;

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
