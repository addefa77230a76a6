//! How far the postings are: the simulation's stand-in for the store.

use std::collections::{BTreeMap, BTreeSet};

use super::Postings;
use crate::wave::graph::{Graph, Steps, members};
use crate::wave::{Front, Phase};

/// One posting's steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    ready: Steps,
    ours: Steps,
}

/// All postings.
pub(super) struct Books<'g> {
    graph: &'g Graph,
    over: Vec<Steps>,
    places: Vec<Place>,
    fronts: BTreeMap<Place, usize>,
    /// Of each step, who is ready, oldest first.
    ready: Vec<BTreeSet<(usize, usize)>>,
    created: usize,
    pub(super) finished: usize,
}

impl<'g> Books<'g> {
    pub(super) fn of(graph: &'g Graph, postings: usize) -> Self {
        Self {
            graph,
            over: vec![0; postings],
            places: vec![Place::default(); postings],
            fronts: BTreeMap::new(),
            ready: vec![BTreeSet::new(); graph.steps.len()],
            created: 0,
            finished: 0,
        }
    }

    pub(super) fn fronts(&self) -> Vec<Front> {
        let front = |(place, runs): (&Place, &usize)| {
            let steps = |steps: Steps, phase: Phase| {
                let ids = members(steps).map(|step| self.graph.steps[step].conversation);
                ids.map(move |conversation| (conversation, phase))
            };
            Front {
                steps: steps(place.ready, Phase::Ready)
                    .chain(steps(place.ours, Phase::Ours))
                    .collect(),
                runs: *runs,
            }
        };
        self.fronts.iter().map(front).collect()
    }

    /// The posting has come, or one of its steps is over: what stands behind is created or skipped, and scripts run.
    pub(super) fn advance(
        &mut self,
        postings: &dyn Postings,
        posting: usize,
        step: Option<usize>,
    ) -> bool {
        let before = self.places[posting];
        let mut place = before;
        let mut over = self.over[posting];
        if let Some(step) = step {
            over |= 1 << step;
            place.ours &= !(1 << step);
        }
        loop {
            let known = (over, place);
            for next in members(self.graph.all() & !over & !place.ready & !place.ours) {
                let step = &self.graph.steps[next];
                if step.needs & !over != 0 {
                    continue;
                }
                let skipped = step.conditional && !postings.takes(posting, step.conversation);
                if skipped || step.model.is_none() {
                    over |= 1 << next;
                } else {
                    place.ready |= 1 << next;
                    self.ready[next].insert((self.created, posting));
                    self.created += 1;
                }
            }
            if known == (over, place) {
                break;
            }
        }
        self.over[posting] = over;
        self.move_to(posting, place);
        let is_final = over == self.graph.all();
        self.finished += usize::from(is_final);
        is_final
    }

    /// The oldest ready interaction of these steps becomes ours.
    pub(super) fn claim(&mut self, steps: &[usize]) -> Option<(usize, usize)> {
        let oldest = |step: &usize| Some((*self.ready[*step].first()?, *step));
        let ((created, posting), step) = steps.iter().filter_map(oldest).min()?;
        self.take((created, posting), step);
        Some((posting, step))
    }

    /// One run's siblings become ours, where all of them are ready.
    pub(super) fn claim_together(&mut self, steps: &[usize]) -> Option<usize> {
        let group = steps.iter().fold(0, |group: Steps, step| group | 1 << step);
        let first = &self.ready[*steps.first()?];
        let whole = |(_, posting): &&(usize, usize)| group & !self.places[*posting].ready == 0;
        let posting = first.iter().find(whole)?.1;
        for step in steps {
            let entry = self.ready[*step].iter().find(|(_, at)| *at == posting);
            if let Some(entry) = entry.copied() {
                self.take(entry, *step);
            }
        }
        Some(posting)
    }

    fn take(&mut self, entry: (usize, usize), step: usize) {
        self.ready[step].remove(&entry);
        let mut place = self.places[entry.1];
        place.ready &= !(1 << step);
        place.ours |= 1 << step;
        self.move_to(entry.1, place);
    }

    fn move_to(&mut self, posting: usize, place: Place) {
        let before = std::mem::replace(&mut self.places[posting], place);
        if let Some(runs) = self.fronts.get_mut(&before) {
            *runs -= 1;
            if *runs == 0 {
                self.fronts.remove(&before);
            }
        }
        if place != Place::default() {
            *self.fronts.entry(place).or_default() += 1;
        }
    }
}
