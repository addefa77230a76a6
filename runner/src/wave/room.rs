//! Room: which model the server loads beside those that are there. The one place that says so.
//!
//! A server that has something loaded loads more only where the newcomer takes at most four fifths of what is free at
//! that moment; else it evicts, one model after the other, until that is so or nothing is left. Where nothing is loaded
//! it loads whatever it is asked for, and what is too large spills to the CPU. So the **order** of the loads decides: of
//! 12 GiB, 6000 MiB and then 5000 MiB stay together, and the other way round the first is evicted for the second.
//!
//! A planner that only adds sizes up believes in a pair that the server swaps for every posting.

use super::board::Board;
use super::graph::{Models, models_in};

/// Whether the server loads a model of so many bytes beside `resident`, without anything having to go. Of unknown memory
/// only that one model at a time has room in it is known.
pub(crate) fn has_room(
    memory: Option<u64>,
    mut resident: impl Iterator<Item = u64>,
    size: u64,
) -> bool {
    let Some(first) = resident.next() else {
        return true;
    };
    let taken = resident.fold(first, u64::saturating_add);
    memory.is_some_and(|memory| {
        let free = memory.saturating_sub(taken);
        size.saturating_mul(5) <= free.saturating_mul(4)
    })
}

impl Board<'_> {
    /// Whether the server loads `model` beside `resident`.
    pub(super) fn takes_in(&self, memory: Option<u64>, resident: Models, model: usize) -> bool {
        let sizes = models_in(resident & !(1 << model)).map(|other| self.size(other));
        has_room(memory, sizes, self.size(model))
    }

    /// Whether these models can be resident together, in the order of loads that suits them best: the largest first. What
    /// has room behind a smaller one has room before it, and leaves the smaller one as much as any order does.
    pub(super) fn holds(&self, memory: Option<u64>, models: Models) -> bool {
        self.largest_first(models)
            .into_iter()
            .try_fold(0, |resident: Models, model| {
                let has_room = self.takes_in(memory, resident, model);
                has_room.then_some(resident | 1 << model)
            })
            .is_some()
    }

    /// Whether all of `models` come to be resident together whatever is loaded first of those that are not there: each
    /// has room although it comes last.
    pub(super) fn holds_in_any_order(
        &self,
        memory: Option<u64>,
        models: Models,
        there: Models,
    ) -> bool {
        models_in(models & !there).all(|last| self.takes_in(memory, models, last))
    }

    /// The models of a set in the order in which they are loaded best.
    pub(super) fn largest_first(&self, models: Models) -> Vec<usize> {
        let mut models: Vec<usize> = models_in(models).collect();
        models.sort_by_key(|model| std::cmp::Reverse(self.size(*model)));
        models
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MIB: u64 = 1 << 20;
    const GEMMA2: u64 = 6_000 * MIB;
    const QWEN: u64 = 5_000 * MIB;

    fn in_this_order(memory: u64, sizes: &[u64]) -> bool {
        (0..sizes.len()).all(|at| has_room(Some(memory), sizes[..at].iter().copied(), sizes[at]))
    }

    #[test]
    fn of_twelve_gibibytes_the_grade_models_share_if_the_larger_one_comes_first() {
        assert!(in_this_order(12 << 30, &[GEMMA2, QWEN]));
        assert!(!in_this_order(12 << 30, &[QWEN, GEMMA2]));
    }

    #[test]
    fn a_model_that_is_larger_than_the_card_is_loaded_where_nothing_is() {
        assert!(in_this_order(4 << 30, &[GEMMA2]));
    }

    #[test]
    fn of_unknown_memory_one_model_at_a_time_is_known_to_fit() {
        assert!(has_room(None, std::iter::empty(), QWEN));
        assert!(!has_room(None, std::iter::once(0), 0));
    }

    proptest! {
        #[test]
        fn what_fits_in_some_order_fits_with_the_largest_first(
            sizes in prop::collection::vec(1_u64..60, 1..5),
            memory in 1_u64..200,
        ) {
            let mut largest_first = sizes.clone();
            largest_first.sort_unstable_by(|a, b| b.cmp(a));
            prop_assert!(!in_this_order(memory, &sizes) || in_this_order(memory, &largest_first));
        }

        #[test]
        fn what_fits_is_no_more_than_adds_up(sizes in prop::collection::vec(1_u64..60, 2..5), memory in 1_u64..200) {
            prop_assert!(!in_this_order(memory, &sizes) || sizes.iter().sum::<u64>() <= memory);
        }
    }
}
