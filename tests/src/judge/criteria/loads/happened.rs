//! The loads that can be proven, from what the witness and the samples saw.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::{
    judge::{
        bounds::paths::Paths,
        residency::tagged,
        window::{SHORTEST_LOAD, Window},
    },
    record::RunRecord,
};

/// The loads of each model that can be proven, all servers together. A model that answered was loaded once at least, by
/// whomever: the minimum counts from an empty card, too.
pub(super) fn happened(paths: &Paths<'_>, record: &RunRecord) -> BTreeMap<String, usize> {
    let mut loads = BTreeMap::new();
    for (server, model) in answered(paths, record) {
        let there = Seat {
            paths,
            record,
            server,
            model: &model,
        };
        let here = there.by_waiting().max(there.by_samples()).max(1);
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

/// A model on a server.
struct Seat<'r> {
    paths: &'r Paths<'r>,
    record: &'r RunRecord,
    server: usize,
    model: &'r str,
}

impl Seat<'_> {
    fn is_here(&self, server: &str) -> bool {
        self.paths.servers.position(Some(server)) == Some(self.server)
    }

    /// Who waits for a model had asked while it was not there, and it came while they waited. Many may wait for one load:
    /// the least number of loads that explains all waiting is the greatest number of waits that do not touch.
    ///
    /// The server counts waiting in its queue and eviction into the same duration. That does not matter here: a call for a
    /// model that is there never waits in the queue.
    fn by_waiting(&self) -> usize {
        let scale = self.record.mode.time_scale;
        let mut waits: Vec<Window> = self
            .record
            .exchanges
            .iter()
            .filter(|it| {
                it.answered() && tagged(&it.model) == self.model && self.is_here(&it.server)
            })
            .filter_map(Window::of_waiting)
            .filter(|wait| wait.length().as_seconds_f64() * scale >= SHORTEST_LOAD)
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
    fn by_samples(&self) -> usize {
        let ours = self.record.residency.iter();
        let mut samples: Vec<_> = ours.filter(|it| self.is_here(&it.server)).collect();
        samples.sort_by_key(|sample| sample.at);
        let there = samples.iter().map(|sample| {
            sample
                .models
                .iter()
                .any(|loaded| tagged(&loaded.name) == self.model)
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
