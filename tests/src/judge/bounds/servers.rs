//! The model servers of a record, as the bounds see them: by position, and which of them were there at one moment.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::record::{ModelServer, RunRecord};

/// The model servers of a record.
#[derive(Debug)]
pub(crate) struct Servers<'r> {
    record: &'r RunRecord,
    names: Vec<&'r str>,
}

impl<'r> Servers<'r> {
    /// Those that the record describes, and behind them those that only an exchange names.
    pub(crate) fn of(record: &'r RunRecord) -> Self {
        let described = record.environment.servers.iter();
        let mut names: Vec<&str> = described.map(|server| server.name.as_str()).collect();
        let seen: BTreeSet<&str> = record
            .exchanges
            .iter()
            .map(|exchange| exchange.server.as_str())
            .collect();
        let others = seen.into_iter().filter(|name| !names.contains(name));
        let others: Vec<&str> = others.collect();
        names.extend(others);
        Self { record, names }
    }

    /// The name of the one at a position.
    pub(crate) fn name(&self, position: usize) -> Option<&'r str> {
        self.names.get(position).copied()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.names.len()
    }

    /// The position of a name. Where there is one server alone, everything is its work.
    pub(crate) fn position(&self, name: Option<&str>) -> Option<usize> {
        match (self.names.len(), name) {
            (1, _) => Some(0),
            (_, name) => self.names.iter().position(|known| Some(*known) == name),
        }
    }

    /// How the server at a position described itself.
    pub(crate) fn described(&self, position: usize) -> Option<&'r ModelServer> {
        self.record.environment.servers.get(position)
    }

    /// The sets of servers that were there at one moment. A server is there while a worker is that may use it: what two
    /// workers had one after the other never was there twice. Without a word about it, all were there all the time.
    pub(crate) fn present(&self) -> Vec<Vec<usize>> {
        let all = || vec![(0..self.names.len()).collect()];
        let Some(workers) = &self.record.workers else {
            return all();
        };
        let mut sets: Vec<Vec<usize>> = workers
            .iter()
            .map(|worker| self.present_at(worker.started_at))
            .collect();
        sets.retain(|set| !set.is_empty());
        sets.sort_unstable();
        sets.dedup();
        if sets.is_empty() { all() } else { sets }
    }

    fn present_at(&self, moment: DateTime<Utc>) -> Vec<usize> {
        let workers = self.record.workers.iter().flatten();
        let at_work: Vec<_> = workers
            .filter(|worker| worker.started_at <= moment && moment <= worker.last_at_work())
            .collect();
        // Whom no worker names, nobody knows to have been away.
        let is_named = |name: &str| {
            let mut workers = self.record.workers.iter().flatten();
            workers.any(|worker| worker.servers.iter().any(|server| server == name))
        };
        let is_there = |name: &str| {
            let mut servers = at_work.iter().flat_map(|worker| &worker.servers);
            servers.any(|server| server == name) || !is_named(name)
        };
        (0..self.names.len())
            .filter(|position| is_there(self.names[*position]))
            .collect()
    }

    /// Whether two servers were there at one moment.
    pub(crate) fn several_at_once(&self) -> bool {
        self.present().iter().any(|set| set.len() > 1)
    }

    /// The greatest number of calls of one model that were set to be computed at one moment, all servers together.
    pub(crate) fn slots_at_once(&self) -> u32 {
        let slots = |server: &usize| self.described(*server).map_or(1, |it| it.slots.max(1));
        let sets = self.present().into_iter();
        sets.map(|set| set.iter().map(slots).fold(0, u32::saturating_add))
            .max()
            .unwrap_or(1)
            .max(1)
    }
}
