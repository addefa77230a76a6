//! The least time in which a batch's calls can be computed.
//!
//! The greatest of several bounds, each of which holds for every schedule:
//!
//! - **A crowd of models.** Of any set of models no more can be resident at once than the card holds of them, say `r`.
//!   A model computes only while it is resident, on as many calls at once as it has slots, and a model that is being
//!   loaded takes its room already. So at every moment the crowd gets through at most `r` seconds of work over slots, or
//!   of loading, a second. A single model is a crowd of one: its work over its slots. Models of which no two fit
//!   together are a crowd with `r` = 1: their work adds up.
//!   Of several servers each holds its own `r`, and together they get through the sum, as far as they were there at the
//!   same moment. Where their slots differ, the greatest number is taken for all: that lets more be done than could be.
//! - **A posting.** Its calls wait for each other: the longest chain of needs takes as long as its calls do.
//!
//! Work is what the server says it computed, retried attempts included. Loads count only where the caller knows how long
//! one takes at least; without that they take no time, and the bound is lower but safe.

use super::loads::{Card, Models, members};

/// A call of a posting.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Which model answered.
    pub model: usize,
    /// Seconds of computing, all attempts together.
    pub work: f64,
    /// The calls of the same posting, by position, that had to be over before.
    pub needs: Vec<usize>,
}

/// What computes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Servers {
    /// Calls that each model works on at once, on the server that lets it work on the most.
    pub slots: Vec<f64>,
    /// Of each server what fits together; where that is unknown, everything may.
    pub cards: Vec<Option<Card>>,
    /// The sets of servers that were there at one moment, by position in `cards`.
    pub present: Vec<Vec<usize>>,
}

/// The least time, and what demands it.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// No schedule takes less.
    pub seconds: f64,
    /// What demands it.
    pub because: Because,
}

/// What takes the longest at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// These models have so much to do.
    Crowd(Models),
    /// The calls of this posting, by position, wait for each other.
    Posting(usize),
}

/// Up to so many models every set of them is looked at; of more, only single ones and all together.
const ALL_CROWDS_UP_TO: usize = 10;

/// The least time for these postings; `loading` says how long a crowd is being loaded at least. None without any call.
pub fn least_seconds(
    postings: &[Vec<Call>],
    servers: &Servers,
    loading: impl Fn(Models) -> f64,
) -> Option<Bound> {
    let busy = busy_seconds(postings, servers);
    let crowds = crowds(servers).into_iter().map(|crowd| {
        let work: f64 = members(crowd).map(|model| busy[model]).sum();
        Bound {
            seconds: (work + loading(crowd)) / at_once(crowd, servers),
            because: Because::Crowd(crowd),
        }
    });
    let chains = postings.iter().enumerate().map(|(posting, calls)| Bound {
        seconds: longest_chain(calls),
        because: Because::Posting(posting),
    });
    crowds
        .filter(|_| postings.iter().any(|calls| !calls.is_empty()))
        .chain(chains.filter(|chain| chain.seconds > 0.0))
        // Of equals the first, so that always the same is told.
        .reduce(|a, b| if b.seconds > a.seconds { b } else { a })
}

/// Of each model, its work over its slots.
fn busy_seconds(postings: &[Vec<Call>], servers: &Servers) -> Vec<f64> {
    let mut busy = vec![0.0; servers.slots.len()];
    for call in postings.iter().flatten() {
        busy[call.model] += call.work;
    }
    for (busy, slots) in busy.iter_mut().zip(&servers.slots) {
        *busy /= slots.max(1.0);
    }
    busy
}

fn crowds(servers: &Servers) -> Vec<Models> {
    let models = servers.slots.len();
    let all = Models::MAX
        .checked_shr(Models::BITS.saturating_sub(u32::try_from(models).unwrap_or(Models::BITS)))
        .unwrap_or(0);
    if models <= ALL_CROWDS_UP_TO {
        (1..=all).collect()
    } else {
        members(all)
            .map(|model| 1 << model)
            .chain(std::iter::once(all))
            .collect()
    }
}

/// The greatest number of these models that can be resident at one moment, each server's counted by itself.
fn at_once(crowd: Models, servers: &Servers) -> f64 {
    let resident = |server: &usize| {
        let card = servers.cards.get(*server).and_then(Option::as_ref);
        resident_together(crowd, card)
    };
    let sums = servers
        .present
        .iter()
        .map(|present| present.iter().map(resident).sum::<u32>());
    f64::from(sums.max().unwrap_or(0).max(1))
}

/// The greatest number of these models that a card holds: the smallest ones, as many as there is room for.
fn resident_together(crowd: Models, card: Option<&Card>) -> u32 {
    let Some(card) = card else {
        return crowd.count_ones();
    };
    let mut smallest_first: Vec<usize> = members(crowd).collect();
    smallest_first.sort_by_key(|model| card.sizes.get(*model).copied().unwrap_or(0));
    let mut together: Models = 0;
    for model in smallest_first {
        if !card.holds(together | (1 << model)) {
            break;
        }
        together |= 1 << model;
    }
    together.count_ones().max(1)
}

/// The longest chain of needs. Calls that need each other in a circle are on none.
fn longest_chain(calls: &[Call]) -> f64 {
    let mut ends: Vec<Option<f64>> = vec![None; calls.len()];
    let end_of = |call: &Call, ends: &[Option<f64>]| {
        let start = call.needs.iter().try_fold(0.0, |latest: f64, need| {
            let end = ends.get(*need).copied().flatten()?;
            Some(latest.max(end))
        })?;
        Some(start + call.work)
    };
    loop {
        let mut moved = false;
        for (position, call) in calls.iter().enumerate() {
            if ends[position].is_none() {
                ends[position] = end_of(call, &ends);
                moved |= ends[position].is_some();
            }
        }
        if !moved {
            return ends.into_iter().flatten().fold(0.0, f64::max);
        }
    }
}

#[cfg(test)]
mod tests;
