//! The loads that can be proven, from what the witness and the samples saw.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::{
    judge::{
        bounds::paths::Paths,
        residency::tagged,
        window::{SHORTEST_LOAD, Window},
    },
    record::{Exchange, ResidencySample, RunRecord},
};

/// The loads of each model that can be proven, all servers together. A model that answered was loaded once at least, by
/// whomever: the minimum counts from an empty card, too.
pub(super) fn happened(paths: &Paths<'_>, record: &RunRecord) -> BTreeMap<String, usize> {
    let mut loads = BTreeMap::new();
    for (server, model) in answered(paths, record) {
        let seen = Seen {
            exchanges: &record.exchanges,
            residency: &record.residency,
            time_scale: record.mode.time_scale,
            is_here: &|name| paths.servers.position(Some(name)) == Some(server),
        };
        let here = seen.loads_of(&model).max(1);
        *loads.entry(model).or_insert(0) += here;
    }
    loads
}

/// Which models answered, and on which server. An answer that nobody saw was given by the only server, if there is one.
fn answered(paths: &Paths<'_>, record: &RunRecord) -> BTreeSet<(usize, String)> {
    let seen = record
        .exchanges
        .iter()
        .filter(|exchange| exchange.answered() && exchange.prompt_sha256.is_some())
        .filter_map(|exchange| {
            let server = paths.servers.position(Some(&exchange.server))?;
            Some((server, tagged(&exchange.model)))
        });
    let told = paths
        .steps()
        .filter_map(|step| Some((step.server?, paths.models.get(step.model)?.clone())));
    seen.chain(told).collect()
}

/// What was seen of the models on one server.
pub(crate) struct Seen<'r> {
    /// The calls that waited for a model, at least.
    pub(crate) exchanges: &'r [Exchange],
    /// The samples of what was loaded, or those at least in which that changed.
    pub(crate) residency: &'r [ResidencySample],
    /// Plan seconds per wall second.
    pub(crate) time_scale: f64,
    /// Whether a server of that name is the one that is asked about.
    pub(crate) is_here: &'r dyn Fn(&str) -> bool,
}

impl Seen<'_> {
    /// The loads of a model that can be proven. One that answered was loaded once at least, whatever this says.
    pub(crate) fn loads_of(&self, model: &str) -> usize {
        self.by_waiting(model).max(self.by_samples(model))
    }

    /// Who waits for a model had asked while it was not there, and it came while they waited. Many may wait for one load:
    /// the least number of loads that explains all waiting is the greatest number of waits that do not touch.
    ///
    /// The server counts waiting in its queue and eviction into the same duration. That does not matter here: a call for a
    /// model that is there never waits in the queue.
    fn by_waiting(&self, model: &str) -> usize {
        let mut waits: Vec<Window> = self
            .exchanges
            .iter()
            .filter(|it| it.answered() && tagged(&it.model) == model && (self.is_here)(&it.server))
            .filter_map(Window::of_waiting)
            .filter(|wait| wait.length().as_seconds_f64() * self.time_scale >= SHORTEST_LOAD)
            .collect();
        waits.sort_unstable_by_key(|wait| (wait.end, wait.start));
        let mut explained_until: Option<DateTime<Utc>> = None;
        let mut loads = 0;
        for wait in waits {
            if explained_until.is_none_or(|until| wait.start > until) {
                loads += 1;
                explained_until = Some(wait.end);
            }
        }
        loads
    }

    /// How often a model was there after it had not been. What came and went between two samples is not seen.
    fn by_samples(&self, model: &str) -> usize {
        let ours = self.residency.iter();
        let mut samples: Vec<_> = ours.filter(|it| (self.is_here)(&it.server)).collect();
        samples.sort_by_key(|sample| sample.at);
        let there = samples.iter().map(|sample| {
            let mut loaded = sample.models.iter();
            loaded.any(|loaded| tagged(&loaded.name) == model)
        });
        let mut before = false;
        there
            .filter(|now| {
                let came = *now && !before;
                before = *now;
                came
            })
            .count()
    }
}
