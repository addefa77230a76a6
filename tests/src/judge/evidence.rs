//! The record as the rules need it: in one order, indexed, exchanges joined to interactions.

use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
};

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    bounds::paths::Paths,
    conversations::{MODELS, owed},
    join,
    pairs::{self, Pair},
    reading::{Reading, number},
};
use crate::record::{
    ActorType, Ended, Exchange, Interaction, Posting, Provenance, Run, RunRecord, ServerKind,
    Status,
};

/// A record, put in order. Nothing read from it depends on the order of the record's rows.
#[derive(Debug)]
pub(crate) struct Evidence<'r> {
    /// The record itself, for what needs no order.
    pub(crate) record: &'r RunRecord,
    runs: BTreeMap<i64, &'r Run>,
    postings: BTreeMap<i64, &'r Posting>,
    steps: BTreeMap<(i64, i32), &'r Interaction>,
    exchanges: BTreeMap<i64, &'r Exchange>,
    pairs: Vec<Pair>,
    paths: OnceCell<Paths<'r>>,
}

impl<'r> Evidence<'r> {
    pub(crate) fn of(record: &'r RunRecord) -> Self {
        let mut evidence = Self {
            record,
            runs: by_key(&record.runs, |run| run.workflow_run_id),
            postings: postings(record),
            steps: steps(record),
            exchanges: join::exchanges_by_interaction(record),
            pairs: Vec::new(),
            paths: OnceCell::new(),
        };
        evidence.pairs = pairs::of(&evidence);
        evidence
    }

    /// The batch's size, the denominator of every rate.
    pub(crate) fn size(&self) -> usize {
        usize::try_from(self.record.batch.size).unwrap_or(usize::MAX)
    }

    /// All runs, by id.
    pub(crate) fn runs(&self) -> impl Iterator<Item = &'r Run> {
        self.runs.values().copied()
    }

    /// The runs that the system recorded as completed, by id.
    pub(crate) fn completed_runs(&self) -> impl Iterator<Item = &'r Run> {
        self.runs().filter(|run| run.status == Status::Completed)
    }

    /// The postings with a completed run. A second run of a posting does not complete it twice.
    pub(crate) fn completed_postings(&self) -> BTreeSet<i64> {
        self.completed_runs().map(|run| run.posting_id).collect()
    }

    /// The postings that a run of the batch is about, by id. What else is in the record is a stranger's, and fills no gap.
    pub(crate) fn postings(&self) -> impl Iterator<Item = &'r Posting> {
        self.postings.values().copied()
    }

    /// One posting.
    pub(crate) fn posting(&self, posting_id: i64) -> Option<&'r Posting> {
        self.postings.get(&posting_id).copied()
    }

    /// The interaction of one conversation in one run.
    pub(crate) fn step(&self, run: &Run, conversation: i32) -> Option<&'r Interaction> {
        self.steps
            .get(&(run.workflow_run_id, conversation))
            .copied()
    }

    /// The interactions of one run, by conversation.
    pub(crate) fn steps_of(&self, run: &Run) -> impl Iterator<Item = &'r Interaction> {
        let id = run.workflow_run_id;
        self.steps
            .range((id, i32::MIN)..=(id, i32::MAX))
            .map(|(_, interaction)| *interaction)
    }

    /// All interactions, by run and conversation.
    pub(crate) fn interactions(&self) -> impl Iterator<Item = &'r Interaction> {
        self.steps.values().copied()
    }

    /// The exchange that stands behind an interaction.
    pub(crate) fn exchange_of(&self, interaction: &Interaction) -> Option<&'r Exchange> {
        self.exchanges.get(&interaction.interaction_id).copied()
    }

    /// Every exchange that stands behind an interaction of the batch, each once.
    pub(crate) fn joined_exchanges(&self) -> impl Iterator<Item = &'r Exchange> {
        self.exchanges.values().copied()
    }

    /// Whether the record was put together afterwards: then there never was a witness, and what only it could have seen
    /// is unknown rather than missing.
    pub(crate) fn nobody_watched(&self) -> bool {
        matches!(self.record.provenance, Provenance::Reconstructed { .. })
    }

    /// Whether the answers are those of a cassette: what they say and what the rows make of it is evidence, and no time is.
    pub(crate) fn is_replayed(&self) -> bool {
        self.record.mode.model_server == ServerKind::Replayed
    }

    /// Completed interactions of a model behind which there is no exchange: what is read from exchanges lacks them.
    pub(crate) fn unwitnessed_answers(&self) -> impl Iterator<Item = &'r Interaction> {
        self.interactions()
            .filter(|row| row.actor_type == ActorType::AiModel && row.status == Status::Completed)
            .filter(|row| self.exchange_of(row).is_none())
    }

    /// Answers of models that nobody can look at: completed rows without an exchange, and steps that a completed run owes
    /// and that have no row. Were those forgotten, taking the row away as well would be good news.
    pub(crate) fn unseen_answers(&self) -> usize {
        let lost = |run: &Run| {
            let owed = owed(self, run).into_iter();
            owed.filter(|id| MODELS.contains(id) && self.step(run, *id).is_none())
                .count()
        };
        self.unwitnessed_answers().count() + self.completed_runs().map(lost).sum::<usize>()
    }

    /// The grade pairs that the batch owed.
    pub(crate) fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// The paths that the postings took through the models. Worked out when first asked for.
    pub(crate) fn paths(&self) -> &Paths<'r> {
        self.paths.get_or_init(|| Paths::of(self))
    }

    /// Postings of the batch that have no run at all.
    pub(crate) fn runs_missing(&self) -> usize {
        self.size().saturating_sub(self.runs.len())
    }

    /// A run that is not in the record may have been at fault: without it, a reading over the runs is no pass. All runs
    /// of a batch are created with it, so that one without a row was lost.
    pub(crate) fn unless_runs_missing(&self, reading: Reading) -> Reading {
        if self.runs_missing() == 0 {
            reading
        } else {
            reading.at_least()
        }
    }

    /// Whether every posting of the batch has a run and the books call every run ended.
    pub(crate) fn all_runs_ended(&self) -> bool {
        self.runs_missing() == 0 && self.runs().all(|run| !run.status.is_open())
    }

    /// Whether every posting of the batch has a run and nothing more can come of any, whatever the books call it.
    pub(crate) fn all_work_ended(&self) -> bool {
        self.runs_missing() == 0
            && self
                .runs()
                .all(|run| !run.status.is_open() || self.is_done_but_open(run))
    }

    /// The postings with a run that did all that it owed, whether the books call it completed or not.
    pub(crate) fn postings_come_through(&self) -> BTreeSet<i64> {
        self.runs()
            .filter(|run| run.status == Status::Completed || self.is_done_but_open(run))
            .map(|run| run.posting_id)
            .collect()
    }

    /// Whether a run's status alone was left behind: the runner declared the batch over, and every step that the run
    /// owed is completed. How long that took is known, although the books never say that it ended.
    fn is_done_but_open(&self, run: &Run) -> bool {
        run.status.is_open()
            && self.record.ended == Ended::Completed
            && !self.steps_of(run).any(|step| step.status.is_open())
            && self.did_all_it_owed(run)
    }

    /// Whether every step that the run owes, by the outcomes that it recorded, is completed.
    pub(crate) fn did_all_it_owed(&self, run: &Run) -> bool {
        let is_done = |conversation| {
            self.step(run, conversation)
                .is_some_and(|step| step.status == Status::Completed)
        };
        owed(self, run).into_iter().all(is_done)
    }

    /// Wall time from the first start of any run, or of anything that was done in it, to the last end: failed ones take
    /// time too. While runs are open, to the last thing that is known to have happened.
    ///
    /// A run's own dates alone would do where they are true. Set apart from its interactions they would shorten the
    /// batch without touching a single call.
    pub(crate) fn wall_time(&self) -> Option<TimeDelta> {
        let runs = self.runs().filter_map(|run| run.started_at);
        let work = self.interactions().filter_map(|row| row.started_at);
        let start = runs.chain(work).min()?;
        let end = self
            .runs()
            .filter_map(|run| run.completed_at)
            .chain(self.last_sign_of_open_runs())
            .max()?;
        Some(end - start)
    }

    fn last_sign_of_open_runs(&self) -> Option<DateTime<Utc>> {
        if self.all_runs_ended() {
            return None;
        }
        self.interactions()
            .flat_map(|interaction| [interaction.started_at, interaction.completed_at])
            .flatten()
            .max()
    }

    /// Wall time in the plan's seconds: a simulation a thousand times as fast counts a thousandfold.
    pub(crate) fn plan_seconds(&self, wall: TimeDelta) -> f64 {
        wall.as_seconds_f64() * self.record.mode.time_scale
    }

    /// Postings as a number to calculate with.
    pub(crate) fn size_as_number(&self) -> f64 {
        number(self.size())
    }
}

fn by_key<T>(rows: &[T], key: impl Fn(&T) -> i64) -> BTreeMap<i64, &T> {
    rows.iter().map(|row| (key(row), row)).collect()
}

fn postings(record: &RunRecord) -> BTreeMap<i64, &Posting> {
    let of_runs: BTreeSet<i64> = record.runs.iter().map(|run| run.posting_id).collect();
    let mut postings = by_key(&record.postings, |posting| posting.posting_id);
    postings.retain(|id, _| of_runs.contains(id));
    postings
}

/// Of two rows for one step, which the schema forbids and validity reports, the first is taken.
fn steps(record: &RunRecord) -> BTreeMap<(i64, i32), &Interaction> {
    let mut steps = BTreeMap::new();
    for interaction in &record.interactions {
        let step = (interaction.workflow_run_id, interaction.conversation_id);
        let first = steps.entry(step).or_insert(interaction);
        if interaction.interaction_id < first.interaction_id {
            *first = interaction;
        }
    }
    steps
}
