//! The paths that the postings of a record really took, and what was there to take them on.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    loads::{Card, Models, Path, Step, members},
    makespan::{Because, Call, Server},
};
use crate::{
    judge::{busy::Busy, evidence::Evidence, pairs::Window, residency::tagged},
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
        let postings = runs.into_iter().map(|(run, taken)| {
            let among = needs.among(taken.iter().map(|step| step.conversation_id).collect());
            let steps = taken.into_iter().zip(among).map(|(step, needs)| Taken {
                conversation: step.conversation_id,
                // The list was made from these very names.
                model: models.binary_search(&tagged(&step.actor)).unwrap_or(0),
                needs,
                exchanges: attempts.behind(evidence, step),
            });
            let steps = steps.collect();
            Posting { run, steps }
        });
        let postings = postings.collect();
        Self {
            models,
            postings,
            needs_known,
        }
    }

    /// Every step of every posting.
    pub(crate) fn steps(&self) -> impl Iterator<Item = &Taken<'r>> {
        self.postings.iter().flat_map(|posting| &posting.steps)
    }

    /// The different paths, as far as they lead through these models.
    ///
    /// A path whose steps are all on another one is left out: what serves the other serves it on the way, since all
    /// get their needs from one workflow.
    pub(crate) fn shapes(&self, crowd: Models) -> BTreeSet<Path> {
        let mut shapes: BTreeMap<BTreeSet<(i32, usize)>, &Posting<'_>> = BTreeMap::new();
        for posting in &self.postings {
            let steps = posting.steps.iter();
            let key = steps
                .filter(|step| is_in(crowd, step.model))
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
            .map(|(_, posting)| posting.shape(crowd))
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
    pub(crate) fn server(&self, record: &RunRecord) -> Server {
        let setting = f64::from(record.environment.server.slots.max(1));
        let seen = |model: usize| {
            let ours = self.steps().filter(|step| step.model == model);
            let exchanges = ours.flat_map(|step| step.exchanges.iter().copied());
            Busy::of(exchanges.filter_map(Window::of_compute)).at_once_at_least()
        };
        Server {
            slots: (0..self.models.len())
                .map(|model| seen(model).max(setting))
                .collect(),
            card: self.card(record),
        }
    }

    /// The memory, where it is known. Evidence is stronger than arithmetic: models that were seen together fit together.
    ///
    /// Sizes on disk are less than a loaded model takes, and one of unknown size counts as none: both let more fit than
    /// really does, so that the bounds stay bounds.
    pub(crate) fn card(&self, record: &RunRecord) -> Option<Card> {
        let server = &record.environment.server;
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
        let seen = self.seen_together(record).into_iter().map(together).max();
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

    fn seen_together(&self, record: &RunRecord) -> BTreeSet<Models> {
        let resident = record.residency.iter().map(|sample| {
            let names = sample.models.iter().map(|model| tagged(&model.name));
            names
                .filter_map(|name| self.models.binary_search(&name).ok())
                .fold(0, |models, model| models | bit(model))
        });
        resident.chain(self.computed_together()).collect()
    }

    /// Models that computed at one moment, pair by pair.
    fn computed_together(&self) -> BTreeSet<Models> {
        let mut windows: Vec<(Window, usize)> = self
            .steps()
            .flat_map(|step| {
                step.exchanges
                    .iter()
                    .map(|exchange| (*exchange, step.model))
            })
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
    /// The path through these models alone. What a step of another model needed, its dependents need.
    fn shape(&self, crowd: Models) -> Path {
        let ours: Vec<usize> = (0..self.steps.len())
            .filter(|position| is_in(crowd, self.steps[*position].model))
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

/// By what the witness takes to notice a last byte, windows seem to overlap that do not.
const NOTICING: f64 = 0.05;

fn really_overlap(a: Window, b: Window) -> bool {
    let shared = a.shared(b).as_seconds_f64();
    let shorter = (a.end - a.start).min(b.end - b.start).as_seconds_f64();
    shared > shorter * NOTICING
}

fn was_answered(evidence: &Evidence<'_>, step: &Interaction) -> bool {
    let answered = || evidence.exchange_of(step).is_some_and(Exchange::answered);
    step.actor_type == ActorType::AiModel && (step.status == Status::Completed || answered())
}

/// The needs of `from` among those steps that have a place: a step without one hands its own needs on.
fn among<S: Copy + Ord>(
    from: S,
    needs: impl Fn(S) -> Vec<S>,
    place: impl Fn(S) -> Option<usize>,
) -> Vec<usize> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = needs(from);
    while let Some(need) = open.pop() {
        if !seen.insert(need) {
            continue;
        }
        match place(need) {
            Some(position) => {
                found.insert(position);
            }
            None => open.extend(needs(need)),
        }
    }
    found.into_iter().collect()
}

/// What the steps of the workflow need, worked out once for each set of steps that a posting took.
struct Needs<'r> {
    workflow: BTreeMap<i32, &'r [i32]>,
    known: BTreeMap<Vec<i32>, Vec<Vec<usize>>>,
}

impl<'r> Needs<'r> {
    fn of(record: &'r RunRecord, are_known: bool) -> Self {
        let steps = record.workflow.conversations.iter();
        let workflow = steps
            .filter(|_| are_known)
            .filter_map(|step| Some((step.id, step.needs.as_deref()?)));
        Self {
            workflow: workflow.collect(),
            known: BTreeMap::new(),
        }
    }

    /// Of each of these conversations, in ascending order, the positions of those that it needs.
    fn among(&mut self, taken: Vec<i32>) -> Vec<Vec<usize>> {
        if let Some(known) = self.known.get(&taken) {
            return known.clone();
        }
        let needs = |step| {
            self.workflow
                .get(&step)
                .map_or(Vec::new(), |needs| needs.to_vec())
        };
        let found: Vec<Vec<usize>> = taken
            .iter()
            .map(|step| among(*step, needs, |need| taken.binary_search(&need).ok()))
            .collect();
        self.known.insert(taken, found.clone());
        found
    }
}

/// Exchanges that stand behind no interaction, because a later one with the same question does.
struct Attempts<'r> {
    by_question: BTreeMap<(&'r str, &'r str), Vec<&'r Exchange>>,
    clocks: TimeDelta,
}

impl<'r> Attempts<'r> {
    fn of(evidence: &Evidence<'r>) -> Self {
        let joined: BTreeSet<u64> = evidence
            .joined_exchanges()
            .map(|exchange| exchange.id)
            .collect();
        let mut by_question: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for exchange in &evidence.record.exchanges {
            if let (Some(prompt), false) = (&exchange.prompt_sha256, joined.contains(&exchange.id))
            {
                let question = (exchange.model.as_str(), prompt.as_str());
                by_question.entry(question).or_default().push(exchange);
            }
        }
        let ahead = evidence.record.environment.database_clock_ahead_us;
        Self {
            by_question,
            clocks: TimeDelta::microseconds(ahead),
        }
    }

    /// What was computed for this step while it was open. An answer that came after its end (a late one, after the
    /// watchdog's word) was computed, but the batch need not have waited for it.
    fn behind(&mut self, evidence: &Evidence<'r>, step: &Interaction) -> Vec<&'r Exchange> {
        let Some(last) = evidence.exchange_of(step) else {
            return Vec::new();
        };
        let question = (
            last.model.as_str(),
            last.prompt_sha256.as_deref().unwrap_or_default(),
        );
        let mut behind: Vec<&Exchange> = Vec::new();
        if let Some(others) = self.by_question.get_mut(&question) {
            let is_earlier = |other: &&Exchange| over(other) <= last.sent_at;
            behind.extend(others.iter().copied().filter(is_earlier));
            others.retain(|other| !is_earlier(other));
        }
        let in_time = step
            .completed_at
            .is_some_and(|end| over(last) + self.clocks <= end);
        if step.status == Status::Completed || in_time {
            behind.push(last);
        }
        behind.sort_unstable_by_key(|exchange| exchange.id);
        behind
    }
}

fn over(exchange: &Exchange) -> DateTime<Utc> {
    exchange.last_byte_at.unwrap_or(exchange.ended_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{
        conversations::{CHECK_SUMMARY, EXTRACT, FORMAT, GRADE_A, GRADE_B, REGRADE},
        doctored::{self, GIB, IMPROVED_RUN, PLAIN_RUN},
    };

    const ALL: Models = Models::MAX;

    fn needs_of(record: &RunRecord, run: i64, conversation: i32) -> Vec<i32> {
        let evidence = Evidence::of(record);
        let paths = Paths::of(&evidence);
        let posting = paths
            .postings
            .iter()
            .find(|posting| posting.run == run)
            .unwrap();
        let steps = &posting.steps;
        let step = steps
            .iter()
            .find(|step| step.conversation == conversation)
            .unwrap();
        step.needs
            .iter()
            .map(|need| steps[*need].conversation)
            .collect()
    }

    #[test]
    fn what_a_script_or_a_skipped_step_needed_its_dependents_need() {
        let record = doctored::healthy();
        assert_eq!(needs_of(&record, PLAIN_RUN, FORMAT), [GRADE_A, GRADE_B]);
        assert_eq!(
            needs_of(&record, IMPROVED_RUN, FORMAT),
            [GRADE_A, GRADE_B, REGRADE]
        );
        assert_eq!(
            needs_of(&record, PLAIN_RUN, 3350),
            [FORMAT],
            "two scripts lie between"
        );
        assert_eq!(needs_of(&record, PLAIN_RUN, 9161), Vec::<i32>::new());
    }

    #[test]
    fn a_path_on_the_way_of_another_is_no_shape_of_its_own() {
        let record = doctored::healthy();
        let evidence = Evidence::of(&record);
        let paths = Paths::of(&evidence);
        let shapes = paths.shapes(ALL);
        assert_eq!(shapes.len(), 1, "the one with the ticket holds all others");
        assert_eq!(shapes.first().unwrap().len(), 11);
    }

    #[test]
    fn needs_that_nobody_wrote_down_are_said_to_be_unknown() {
        let mut record = doctored::healthy();
        record.workflow.conversations[3].needs = None;
        let evidence = Evidence::of(&record);
        let paths = Paths::of(&evidence);
        assert!(!paths.needs_known);
        assert!(paths.steps().all(|step| step.needs.is_empty()));
    }

    #[test]
    fn an_earlier_attempt_is_work_and_a_later_exchange_is_not() {
        let mut record = doctored::healthy();
        let work = |record: &RunRecord| {
            let evidence = Evidence::of(record);
            let paths = Paths::of(&evidence);
            let steps = paths.steps().map(Taken::work);
            steps.fold(TimeDelta::zero(), |sum, work| sum + work)
        };
        let once = work(&record);
        let last = doctored::exchange(&mut record, PLAIN_RUN, EXTRACT).clone();
        let mut other = last.clone();
        other.id = 9_000;
        let duration = TimeDelta::seconds(5);
        for at in [&mut other.sent_at, &mut other.ended_at] {
            *at += duration;
        }
        other.last_byte_at = other.last_byte_at.map(|at| at + duration);
        record.exchanges.push(other);
        assert_eq!(work(&record), once);
        let earlier = record.exchanges.last_mut().unwrap();
        for at in [&mut earlier.sent_at, &mut earlier.ended_at] {
            *at -= duration * 2;
        }
        earlier.last_byte_at = earlier.last_byte_at.map(|at| at - duration * 2);
        assert_eq!(work(&record), once + last.compute().unwrap());
    }

    #[test]
    fn models_that_were_seen_computing_together_fit_together_whatever_the_sizes_say() {
        let fits = |record: &RunRecord| {
            let evidence = Evidence::of(record);
            let card = Paths::of(&evidence).card(record).unwrap();
            // gemma2 and qwen2.5, first and third by name.
            card.holds(0b101)
        };
        let mut apart = doctored::serial();
        assert!(fits(&apart));
        apart.environment.server.gpu_memory = Some(6 * GIB);
        apart.residency.clear();
        apart
            .exchanges
            .retain(|exchange| exchange.model != "llama3.2:latest");
        let mut together = doctored::healthy();
        together.environment.server.gpu_memory = Some(6 * GIB);
        assert!(fits(&together));
    }

    #[test]
    fn where_the_memory_is_unknown_there_is_no_card() {
        let mut record = doctored::healthy();
        record.environment.server.gpu_memory = None;
        let evidence = Evidence::of(&record);
        assert_eq!(Paths::of(&evidence).card(&record), None);
    }

    #[test]
    fn a_step_that_never_was_answered_is_on_no_path() {
        let mut record = doctored::healthy();
        let row = doctored::interaction(&mut record, PLAIN_RUN, EXTRACT);
        row.status = Status::Failed;
        doctored::exchange(&mut record, PLAIN_RUN, EXTRACT).final_line = None;
        assert_eq!(needs_of(&record, PLAIN_RUN, GRADE_A), Vec::<i32>::new());
        let evidence = Evidence::of(&record);
        let steps = Paths::of(&evidence).steps().count();
        let healthy = doctored::healthy();
        assert_eq!(
            steps + 1,
            Paths::of(&Evidence::of(&healthy)).steps().count()
        );
        assert_ne!(EXTRACT, CHECK_SUMMARY);
    }
}
