//! When it will be over: from how long steps took, and what is left of them. Pure.
//!
//! What is left is laid against the judge's bound: the least time in which such models on such servers can compute it.
//! How far the batch has stayed behind the same bound until now, with its loads and its waits, is what is added.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::remaining::Prospect;
use crate::judge::bounds::{
    loads::Card,
    makespan::{Call, Servers, least_seconds},
    paths::among,
};
use crate::monitor::snapshot::Way;
use crate::record::Conversation;

/// What an estimate is made from. Times are the plan's seconds.
#[derive(Debug, Clone)]
pub(super) struct Known<'s> {
    /// The steps of the workflow.
    pub(super) conversations: &'s [Conversation],
    /// How far the runs are.
    pub(super) ways: &'s [Way],
    /// The models, by name: what the numbers of `servers` count.
    pub(super) models: &'s [String],
    /// What computes.
    pub(super) servers: Servers,
    /// Mean duration of each step that was measured.
    pub(super) measured: BTreeMap<i32, f64>,
    /// What a step is taken to last that was not.
    pub(super) assumed: BTreeMap<i32, f64>,
    /// Since the first start of a run.
    pub(super) elapsed: f64,
}

/// When a batch will be over, as far as can be told. Times are the plan's seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// What is left.
    pub remaining_seconds: f64,
    /// From the first start of a run to the end.
    pub total_seconds: f64,
    /// How many times as long as the bound it took until now.
    pub over_the_bound: f64,
    /// Steps that are still to come and that nobody has measured in this batch.
    pub assumed_steps: usize,
}

/// A batch that stays behind its bound by more was not at work for most of the time: a run that was taken up again
/// does not go on as slowly as it lay.
const AT_MOST_OVER_THE_BOUND: f64 = 5.0;

/// None before the first step of a model was measured: nothing is then known of this machine.
pub(super) fn estimate(known: &Known<'_>) -> Option<Estimate> {
    if !known
        .conversations
        .iter()
        .any(|it| known.is_measured_model(it))
    {
        return None;
    }
    let prospect = Prospect::of(known.conversations, known.ways);
    let mut left = Vec::new();
    let mut unmeasured = BTreeSet::new();
    for way in known.ways {
        let coming = prospect.of_way(way);
        for step in &coming {
            if known.model(step.conversation).is_some()
                && !known.measured.contains_key(&step.conversation)
            {
                unmeasured.insert(step.conversation);
            }
        }
        let steps: Vec<(i32, f64)> = coming
            .iter()
            .map(|it| (it.conversation, it.chance))
            .collect();
        left.extend(known.postings(&steps, way.runs));
    }
    let done = known.ways.iter().flat_map(|way| {
        let steps: Vec<(i32, f64)> = way.done.iter().map(|step| (*step, 1.0)).collect();
        known.postings(&steps, way.runs)
    });
    let done = known.bound(&done.collect::<Vec<_>>());
    let over_the_bound = if done > 0.0 {
        (known.elapsed / done).clamp(1.0, AT_MOST_OVER_THE_BOUND)
    } else {
        1.0
    };
    let remaining_seconds = known.bound(&left) * over_the_bound;
    Some(Estimate {
        remaining_seconds,
        total_seconds: known.elapsed + remaining_seconds,
        over_the_bound,
        assumed_steps: unmeasured.len(),
    })
}

impl Known<'_> {
    fn conversation(&self, id: i32) -> Option<&Conversation> {
        self.conversations.iter().find(|it| it.id == id)
    }

    /// Scripts compute on no model, and take no time that counts.
    fn model(&self, id: i32) -> Option<usize> {
        let actor = &self.conversation(id)?.actor;
        self.models.iter().position(|model| model == actor)
    }

    fn is_measured_model(&self, step: &Conversation) -> bool {
        self.model(step.id).is_some() && self.measured.contains_key(&step.id)
    }

    /// Measured, else assumed, else as long as a measured step lasts on the average.
    fn seconds(&self, id: i32) -> f64 {
        let of_models = || {
            let known = self.measured.iter();
            let known = known.filter(|(id, _)| self.model(**id).is_some());
            let (sum, count) = known.fold((0.0, 0_u32), |(sum, count), (_, seconds)| {
                (sum + seconds, count + 1)
            });
            sum / f64::from(count.max(1))
        };
        let known = self.measured.get(&id).or_else(|| self.assumed.get(&id));
        known.copied().unwrap_or_else(of_models)
    }

    /// So many postings with these steps, each as likely as said, as the bound sees them.
    fn postings(&self, steps: &[(i32, f64)], runs: u32) -> Vec<Vec<Call>> {
        let of_models: Vec<(i32, usize, f64)> = steps
            .iter()
            .filter_map(|(id, chance)| Some((*id, self.model(*id)?, *chance)))
            .collect();
        let place = |id| of_models.iter().position(|(step, ..)| *step == id);
        let needs = |id| self.conversation(id).and_then(|it| it.needs.clone());
        let call = |(id, model, chance): &(i32, usize, f64)| Call {
            model: *model,
            work: self.seconds(*id) * chance,
            needs: among(*id, |id| needs(id).unwrap_or_default(), place),
        };
        let calls: Vec<Call> = of_models.iter().map(call).collect();
        (0..runs).map(|_| calls.clone()).collect()
    }

    fn bound(&self, postings: &[Vec<Call>]) -> f64 {
        least_seconds(postings, &self.servers, |_| 0.0).map_or(0.0, |bound| bound.seconds)
    }
}

/// A server whose memory nobody told the runner is used for one model at a time.
pub(super) fn one_at_a_time(models: usize) -> Card {
    Card {
        memory: 0,
        sizes: vec![1; models],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::scenes::{conversation, way};

    fn workflow() -> Vec<Conversation> {
        vec![
            conversation(1, "extract", "small", &[]),
            conversation(2, "grade", "large", &[1]),
        ]
    }

    /// Two models, both of which fit, one slot each.
    fn of(ways: &[Way], elapsed: f64, change: impl FnOnce(&mut Known<'_>)) -> Option<Estimate> {
        let workflow = workflow();
        let models = ["large".to_owned(), "small".to_owned()];
        let mut known = Known {
            conversations: &workflow,
            ways,
            models: &models,
            servers: Servers {
                slots: vec![1.0, 1.0],
                cards: vec![None],
                present: vec![vec![0]],
            },
            measured: BTreeMap::from([(1, 10.0), (2, 30.0)]),
            assumed: BTreeMap::new(),
            elapsed,
        };
        change(&mut known);
        estimate(&known)
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn what_is_left_takes_as_long_as_its_busiest_model() {
        let ways = [way(&[1], &[2], 10)];
        let estimate = of(&ways, 100.0, |_| ()).unwrap();
        assert!(close(estimate.remaining_seconds, 300.0), "{estimate:?}");
        assert!(close(estimate.total_seconds, 400.0), "{estimate:?}");
        assert_eq!(estimate.assumed_steps, 0);
    }

    #[test]
    fn two_slots_take_half_as_long_and_models_that_do_not_fit_together_as_long_as_both() {
        let ways = [way(&[], &[1], 10)];
        let seconds =
            |change: fn(&mut Known<'_>)| of(&ways, 0.0, change).unwrap().remaining_seconds;
        assert!(close(seconds(|_| ()), 300.0));
        assert!(close(
            seconds(|known| known.servers.slots = vec![2.0, 1.0]),
            150.0
        ));
        let apart = seconds(|known| known.servers.cards = vec![Some(one_at_a_time(2))]);
        assert!(close(apart, 400.0));
    }

    #[test]
    fn who_was_slower_than_the_bound_until_now_goes_on_like_that() {
        let ways = [way(&[1], &[2], 10)];
        let remaining = |elapsed| of(&ways, elapsed, |_| ()).unwrap().remaining_seconds;
        assert!(close(remaining(150.0), 450.0));
        assert!(
            close(remaining(50.0), 300.0),
            "nobody is faster than the bound"
        );
        let lay_for_a_night = remaining(1_000_000.0);
        assert!(close(lay_for_a_night, 1_500.0));
    }

    #[test]
    fn a_step_that_nobody_measured_is_taken_as_it_was_before_and_counted() {
        let ways = [way(&[1], &[2], 10)];
        let estimate = of(&ways, 100.0, |known| {
            known.measured = BTreeMap::from([(1, 10.0)]);
            known.assumed = BTreeMap::from([(1, 99.0), (2, 20.0)]);
        });
        let estimate = estimate.unwrap();
        assert!(close(estimate.remaining_seconds, 200.0), "{estimate:?}");
        assert_eq!(estimate.assumed_steps, 1);
    }

    #[test]
    fn nothing_is_told_before_a_model_was_measured() {
        let ways = [way(&[], &[1], 10)];
        assert_eq!(of(&ways, 5.0, |known| known.measured.clear()), None);
    }

    #[test]
    fn what_is_all_done_has_nothing_left() {
        let mut done = way(&[1, 2], &[], 10);
        done.is_over = true;
        let estimate = of(&[done], 333.0, |_| ()).unwrap();
        assert!(close(estimate.remaining_seconds, 0.0));
        assert!(close(estimate.total_seconds, 333.0));
    }

    #[test]
    fn a_posting_waits_for_its_own_chain_whatever_else_there_is() {
        let ways = [way(&[], &[1], 1)];
        let estimate = of(&ways, 0.0, |_| ()).unwrap();
        assert!(close(estimate.remaining_seconds, 40.0), "{estimate:?}");
    }
}
