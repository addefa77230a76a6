//! The paths that the postings of a record really took, and what was there to take them on.

mod attempts;
mod needs;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

pub(crate) use self::needs::among;
use self::{attempts::Attempts, needs::Needs};
use super::{
    loads::{Card, Models, Path, Step, members},
    makespan::{self, Because, Call},
    servers::Servers,
};
use crate::{
    judge::{
        busy::Busy,
        evidence::Evidence,
        residency::tagged,
        window::{NOTICING, Window},
    },
    record::{ActorType, Exchange, Interaction, RunRecord, Status},
};

/// What every posting asked of the models.
#[derive(Debug)]
pub(crate) struct Paths<'r> {
    /// The models that answered, by name.
    pub(crate) models: Vec<String>,
    /// One a run, by run.
    pub(crate) postings: Vec<Posting<'r>>,
    /// Whether the workflow says of every step what it needs. Else none is taken to need anything.
    pub(crate) needs_known: bool,
    /// The servers that there were.
    pub(crate) servers: Servers<'r>,
    /// What there was to compute them.
    pub(crate) computing: makespan::Servers,
}

/// What one posting asked.
#[derive(Debug)]
pub(crate) struct Posting<'r> {
    /// Its run.
    pub(crate) run: i64,
    /// The steps that a model answered, by conversation.
    pub(crate) steps: Vec<Taken<'r>>,
}

/// A step that was really taken.
#[derive(Debug)]
pub(crate) struct Taken<'r> {
    pub(crate) conversation: i32,
    /// Position in [`Paths::models`].
    pub(crate) model: usize,
    /// Position in [`Paths::servers`] of the one that answered last; absent where nobody saw it.
    pub(crate) server: Option<usize>,
    /// Positions in the same posting. What a skipped step needed, its dependents need.
    pub(crate) needs: Vec<usize>,
    /// What the server computed for it, earlier attempts included.
    pub(crate) exchanges: Vec<&'r Exchange>,
}

impl<'r> Paths<'r> {
    pub(crate) fn of(evidence: &Evidence<'r>) -> Self {
        let workflow = &evidence.record.workflow.conversations;
        let needs_known = workflow.iter().all(|step| step.needs.is_some());
        let mut needs = Needs::of(evidence.record, needs_known);
        let mut attempts = Attempts::of(evidence);
        let mut models = BTreeSet::new();
        let mut runs = Vec::new();
        for run in evidence.runs() {
            let taken: Vec<&Interaction> = evidence
                .steps_of(run)
                .filter(|step| was_answered(evidence, step))
                .collect();
            models.extend(taken.iter().map(|step| tagged(&step.actor)));
            runs.push((run.workflow_run_id, taken));
        }
        let models: Vec<String> = models.into_iter().collect();
        let servers = Servers::of(evidence.record);
        let postings = runs.into_iter().map(|(run, taken)| {
            let among = needs.among(taken.iter().map(|step| step.conversation_id).collect());
            let steps = taken.into_iter().zip(among).map(|(step, needs)| Taken {
                conversation: step.conversation_id,
                // The list was made from these very names.
                model: models.binary_search(&tagged(&step.actor)).unwrap_or(0),
                server: servers.position(evidence.exchange_of(step).map(|it| it.server.as_str())),
                needs,
                exchanges: attempts.behind(evidence, step),
            });
            let steps = steps.collect();
            Posting { run, steps }
        });
        let postings = postings.collect();
        let mut paths = Self {
            models,
            postings,
            needs_known,
            servers,
            computing: makespan::Servers::default(),
        };
        paths.computing = paths.computing(evidence.record);
        paths
    }

    /// Every step of every posting.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &Taken<'r>> {
        self.postings.iter().flat_map(|posting| &posting.steps)
    }

    /// The different paths, as far as they lead through these models.
    pub(crate) fn shapes(&self, crowd: Models) -> BTreeSet<Path> {
        self.shapes_of(|step| is_in(crowd, step.model))
    }

    /// The different paths, as far as they lead through this server.
    pub(crate) fn shapes_on(&self, server: usize) -> BTreeSet<Path> {
        self.shapes_of(|step| step.server == Some(server))
    }

    /// The different paths, as far as their steps are asked for.
    ///
    /// A path whose steps are all on another one is left out: what serves the other serves it on the way, since all
    /// get their needs from one workflow.
    fn shapes_of(&self, is_asked_for: impl Fn(&Taken<'_>) -> bool) -> BTreeSet<Path> {
        let mut shapes: BTreeMap<BTreeSet<(i32, usize)>, &Posting<'_>> = BTreeMap::new();
        for posting in &self.postings {
            let steps = posting.steps.iter();
            let key = steps
                .filter(|step| is_asked_for(step))
                .map(|step| (step.conversation, step.model));
            shapes.entry(key.collect()).or_insert(posting);
        }
        let is_part = |key: &BTreeSet<_>| {
            let mut others = shapes.keys().filter(|other| *other != key);
            others.any(|other| key.is_subset(other))
        };
        shapes
            .iter()
            .filter(|(key, _)| !is_part(key))
            .map(|(_, posting)| posting.shape(&is_asked_for))
            .collect()
    }

    /// The postings as the makespan's bound sees them.
    pub(crate) fn calls(&self) -> Vec<Vec<Call>> {
        let call = |step: &Taken<'_>| Call {
            model: step.model,
            work: step.work().as_seconds_f64(),
            needs: step.needs.clone(),
        };
        let calls = |posting: &Posting<'_>| posting.steps.iter().map(call).collect();
        self.postings.iter().map(calls).collect()
    }

    /// What computed: the slots as they were set, unless a model was seen to work on more at once. Then the setting was
    /// too low, and with it a true run would be called impossible.
    fn computing(&self, record: &RunRecord) -> makespan::Servers {
        let servers = 0..self.servers.count();
        let slots = |model: usize| {
            let most = |server| {
                let setting = self.servers.described(server).map_or(1, |it| it.slots);
                self.seen_at_once(server, model)
                    .max(f64::from(setting.max(1)))
            };
            servers.clone().map(most).fold(1.0, f64::max)
        };
        makespan::Servers {
            slots: (0..self.models.len()).map(slots).collect(),
            cards: servers
                .clone()
                .map(|server| self.card_of(server, record))
                .collect(),
            present: self.servers.present(),
        }
    }

    /// On how many calls of a model a server was seen to work at once.
    fn seen_at_once(&self, server: usize, model: usize) -> f64 {
        let ours = self.exchanges_on(server).filter(|(_, by)| *by == model);
        let windows = ours.filter_map(|(exchange, _)| Window::of_compute(exchange));
        Busy::of(windows).at_once_at_least()
    }

    /// The exchanges that a server answered, and by which model.
    fn exchanges_on(&self, server: usize) -> impl Iterator<Item = (&'r Exchange, usize)> {
        let all = self.steps().flat_map(|step| {
            step.exchanges
                .iter()
                .map(|exchange| (*exchange, step.model))
        });
        all.filter(move |(exchange, _)| {
            self.servers.position(Some(&exchange.server)) == Some(server)
        })
    }

    /// A server's memory, where it is known. Evidence is stronger than arithmetic: models that were seen together fit
    /// together.
    ///
    /// Sizes on disk are less than a loaded model takes, and one of unknown size counts as none: both let more fit than
    /// really does, so that the bounds stay bounds.
    fn card_of(&self, position: usize, record: &RunRecord) -> Option<Card> {
        let server = self.servers.described(position)?;
        let size = |name: &String| {
            let mut installed = server.models.iter();
            let model = installed.find(|model| tagged(&model.name) == *name);
            model.map_or(0, |model| model.size)
        };
        let sizes: Vec<u64> = self.models.iter().map(size).collect();
        let together = |models: Models| {
            let sizes = members(models).filter_map(|model| sizes.get(model));
            sizes.fold(0_u64, |sum, size| sum.saturating_add(*size))
        };
        let seen = self.seen_together(position, record);
        let seen = seen.into_iter().map(together).max();
        Some(Card {
            memory: server.gpu_memory?.max(seen.unwrap_or(0)),
            sizes,
        })
    }

    /// What a bound on the time is due to, in words.
    pub(crate) fn told(&self, because: Because) -> String {
        match because {
            Because::Crowd(crowd) => {
                let names: Vec<&str> = members(crowd)
                    .filter_map(|model| Some(self.models.get(model)?.as_str()))
                    .collect();
                format!("the work for {}", names.join(", "))
            }
            Because::Posting(posting) => match self.postings.get(posting) {
                Some(posting) => format!("the chain of calls of run {}", posting.run),
                None => "one chain of calls".to_owned(),
            },
        }
    }

    fn seen_together(&self, server: usize, record: &RunRecord) -> BTreeSet<Models> {
        let samples = record.residency.iter();
        let ours = samples.filter(|it| self.servers.position(Some(&it.server)) == Some(server));
        let resident = ours.map(|sample| {
            let names = sample.models.iter().map(|model| tagged(&model.name));
            names
                .filter_map(|name| self.models.binary_search(&name).ok())
                .fold(0, |models, model| models | bit(model))
        });
        resident.chain(self.computed_together(server)).collect()
    }

    /// Models that computed at one moment on a server, pair by pair.
    fn computed_together(&self, server: usize) -> BTreeSet<Models> {
        let mut windows: Vec<(Window, usize)> = self
            .exchanges_on(server)
            .filter_map(|(exchange, model)| Some((Window::of_compute(exchange)?, model)))
            .collect();
        windows.sort_unstable_by_key(|(window, model)| (window.start, window.end, *model));
        let mut pairs = BTreeSet::new();
        let mut open: Vec<(Window, usize)> = Vec::new();
        for (window, model) in windows {
            open.retain(|(other, _)| other.end > window.start);
            for (other, other_model) in &open {
                if *other_model != model && really_overlap(window, *other) {
                    pairs.insert(bit(model) | bit(*other_model));
                }
            }
            open.push((window, model));
        }
        pairs
    }
}

impl Posting<'_> {
    /// The path through the steps asked for alone. What another step needed, its dependents need.
    fn shape(&self, is_asked_for: impl Fn(&Taken<'_>) -> bool) -> Path {
        let ours: Vec<usize> = (0..self.steps.len())
            .filter(|position| is_asked_for(&self.steps[*position]))
            .collect();
        let step = |position: &usize| Step {
            model: self.steps[*position].model,
            needs: among(
                *position,
                |step| self.steps[step].needs.clone(),
                |step| ours.binary_search(&step).ok(),
            ),
        };
        ours.iter().map(step).collect()
    }
}

impl Taken<'_> {
    /// What the server says it computed.
    pub(crate) fn work(&self) -> TimeDelta {
        let parts = self
            .exchanges
            .iter()
            .filter_map(|exchange| exchange.compute());
        parts.fold(TimeDelta::zero(), |sum, part| {
            sum.checked_add(&part).unwrap_or(TimeDelta::MAX)
        })
    }
}

fn bit(model: usize) -> Models {
    u32::try_from(model)
        .ok()
        .and_then(|model| 1_u32.checked_shl(model))
        .unwrap_or(0)
}

fn is_in(crowd: Models, model: usize) -> bool {
    crowd & bit(model) != 0
}

fn really_overlap(a: Window, b: Window) -> bool {
    let shared = a.shared(b).as_seconds_f64();
    let shorter = a.length().min(b.length()).as_seconds_f64();
    shared > shorter * NOTICING
}

fn was_answered(evidence: &Evidence<'_>, step: &Interaction) -> bool {
    let answered = || evidence.exchange_of(step).is_some_and(Exchange::answered);
    step.actor_type == ActorType::AiModel && (step.status == Status::Completed || answered())
}

#[cfg(test)]
mod tests;
