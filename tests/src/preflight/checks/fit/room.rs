//! What has room together: by the run's planner, and by the server.
//!
//! The planner keeps together what adds up to the memory. The server loads a model beside others only where it takes no
//! more than 80 % of what is free then; else it evicts one. Where the two disagree, models that the planner counts on are
//! evicted again and again, and nobody says so.

use std::collections::BTreeMap;

/// More models than any workflow asks for; each more doubles the sets to look at.
const MOST_MODELS: usize = 12;

/// Sizes in a memory.
pub(super) struct Room {
    /// Bytes that the planner counts on.
    pub(super) planned: u64,
    /// Bytes that the server has.
    pub(super) there: u64,
    /// Bytes that each takes.
    pub(super) sizes: BTreeMap<String, u64>,
}

impl Room {
    /// What these take together.
    pub(super) fn sum(&self, models: &[&str]) -> u64 {
        let sizes = models.iter().filter_map(|model| self.sizes.get(*model));
        sizes.fold(0, |sum, size| sum.saturating_add(*size))
    }

    /// The smallest set that the planner keeps together and the server may not.
    pub(super) fn smallest_disagreement<'m>(&self, all: &[&'m str]) -> Option<Vec<&'m str>> {
        let all = &all[..all.len().min(MOST_MODELS)];
        let sets = (1_u32..1 << all.len()).map(|set| {
            let chosen = all
                .iter()
                .enumerate()
                .filter(|(bit, _)| set & (1 << bit) != 0);
            chosen.map(|(_, model)| *model).collect::<Vec<&str>>()
        });
        sets.filter(|set| set.len() > 1 && self.sum(set) <= self.planned)
            .filter(|set| !self.is_admitted_in_any_order(set))
            .min_by_key(|set| self.sum(set))
    }

    /// Whether each of them is admitted beside all the others, who leave it the least.
    fn is_admitted_in_any_order(&self, models: &[&str]) -> bool {
        let all = self.sum(models);
        models.iter().all(|model| {
            let size = self.sum(&[model]);
            self.admits(size, all - size)
        })
    }

    /// Whether they are admitted one after the other in the best order, the largest first.
    pub(super) fn is_admitted_in_some_order(&self, models: &[&str]) -> bool {
        let mut sizes: Vec<u64> = models.iter().map(|model| self.sum(&[model])).collect();
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        let mut taken = 0;
        sizes.into_iter().all(|size| {
            // Where nothing is loaded, everything is.
            let admitted = taken == 0 || self.admits(size, taken);
            taken += size;
            admitted
        })
    }

    fn admits(&self, size: u64, taken: u64) -> bool {
        let free = self.there.saturating_sub(taken);
        size.saturating_mul(5) <= free.saturating_mul(4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_model_beside_a_small_one_on_a_small_card_never_stays() {
        let room = Room {
            planned: 5_600,
            there: 5_600,
            sizes: [("large".to_owned(), 4_600), ("small".to_owned(), 900)].into(),
        };
        let both = ["large", "small"];
        assert_eq!(room.smallest_disagreement(&both), Some(both.to_vec()));
        assert!(!room.is_admitted_in_some_order(&both));
        let larger = Room {
            there: 8_000,
            ..room
        };
        assert_eq!(larger.smallest_disagreement(&both), None);
    }
}
