//! When the batch will be over, and where in the plan's tiers that lies.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use fixtures::ollama::Timing;
use serde::Serialize;

use super::State;
use super::eta::{Estimate, Known, estimate, one_at_a_time};
use crate::judge::bounds::{loads::Card, makespan::Servers};
use crate::judge::{Requirements, Standing, Tiers, tagged, tiers_of_total_duration};
use crate::monitor::snapshot::Snapshot;
use crate::record::{ActorType, Conversation, ModelServer};

/// When a batch will be over, or how long it took.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ending {
    /// From the first start of a run until now, or to the last end of one; the plan's seconds.
    pub elapsed_seconds: Option<f64>,
    /// What is left; absent while nothing is measured, while nobody works, and when it is over.
    pub estimate: Option<Estimate>,
    /// The total duration, in the plan's hours: measured where it is over, else estimated.
    pub total_hours: Option<f64>,
    /// Where that falls: `target`, `acceptable`, `gap` or `red`.
    pub lands_in: Option<Standing>,
    /// Whether it stands there already, whatever still comes.
    pub is_certain: bool,
    /// What the plan asks of a batch of this size.
    pub tiers: Tiers,
}

pub(super) fn ending(snapshot: &Snapshot, plan: &Requirements, state: State) -> Ending {
    let tiers = tiers_of_total_duration(plan, snapshot.batch.size);
    let elapsed = elapsed(snapshot, state);
    let estimate = match (state, elapsed) {
        (State::AtWork, Some(elapsed)) => estimate_of(snapshot, elapsed),
        _ => None,
    };
    let total = match (&estimate, state) {
        (Some(estimate), _) => Some(estimate.total_seconds),
        (None, State::Over) => elapsed,
        // As long as that it lasts in any case.
        (None, _) => elapsed.filter(|it| tiers.place(it / HOUR) == Standing::Red),
    };
    let lands_in = total.map(|seconds| tiers.place(seconds / HOUR));
    let is_red_already = elapsed.is_some_and(|it| tiers.place(it / HOUR) == Standing::Red);
    Ending {
        elapsed_seconds: elapsed,
        estimate,
        total_hours: total.map(|seconds| seconds / HOUR),
        lands_in,
        is_certain: total.is_some() && (state == State::Over || is_red_already),
        tiers,
    }
}

const HOUR: f64 = 3600.0;

fn elapsed(snapshot: &Snapshot, state: State) -> Option<f64> {
    let start = snapshot.runs.started_at?;
    let end: DateTime<Utc> = match state {
        State::Over => snapshot.runs.last_end_at?,
        // What nobody works at does not get older by being looked at.
        State::Abandoned => snapshot.workers.last_seen_at?,
        State::NotBegun | State::AtWork => snapshot.at,
    };
    Some((end - start).as_seconds_f64().max(0.0) * snapshot.time_scale())
}

fn estimate_of(snapshot: &Snapshot, elapsed: f64) -> Option<Estimate> {
    let models = models(&snapshot.conversations);
    estimate(&Known {
        conversations: &snapshot.conversations,
        ways: &snapshot.ways,
        servers: computing(&snapshot.servers, &models),
        models: &models,
        measured: measured(snapshot),
        assumed: assumed(&snapshot.conversations),
        elapsed,
    })
}

/// The models of a workflow, by name.
pub(super) fn models(conversations: &[Conversation]) -> Vec<String> {
    let of_models = conversations
        .iter()
        .filter(|it| it.actor_type == ActorType::AiModel);
    let names: BTreeSet<String> = of_models.map(|it| it.actor.clone()).collect();
    names.into_iter().collect()
}

/// What fits into a server's memory, as far as it was told to the runner.
pub(super) fn card_of(server: &ModelServer, models: &[String]) -> Option<Card> {
    let size = |name: &String| {
        let mut installed = server.models.iter();
        let model = installed.find(|model| tagged(&model.name) == tagged(name));
        model.map_or(0, |model| model.size)
    };
    Some(Card {
        memory: server.gpu_memory?,
        sizes: models.iter().map(size).collect(),
    })
}

/// The servers as the runner uses them: all of them at once, and one whose memory is unknown for one model at a time.
fn computing(servers: &[ModelServer], models: &[String]) -> Servers {
    let most = servers.iter().map(|server| server.slots).max().unwrap_or(1);
    let card = |server| card_of(server, models).unwrap_or_else(|| one_at_a_time(models.len()));
    let cards: Vec<_> = servers.iter().map(|server| Some(card(server))).collect();
    Servers {
        slots: vec![f64::from(most.max(1)); models.len()],
        present: vec![(0..cards.len()).collect()],
        cards,
    }
}

/// The mean of each step of which one is completed, in the plan's seconds.
pub(super) fn measured(snapshot: &Snapshot) -> BTreeMap<i32, f64> {
    let scale = snapshot.time_scale();
    let done = snapshot.steps.iter().filter(|step| step.completed > 0);
    done.map(|step| {
        let mean = step.seconds / f64::from(step.completed);
        (step.conversation_id, mean * scale)
    })
    .collect()
}

/// What steps of that name took in November 2025, loads deducted.
fn assumed(conversations: &[Conversation]) -> BTreeMap<i32, f64> {
    let november = Timing::november();
    let of_name = |name: &str| {
        let mut steps = november.iter();
        steps
            .find(|(step, _)| step.as_str() == name)
            .map(|(_, timing)| timing.mean)
    };
    let steps = conversations.iter();
    steps
        .filter_map(|it| Some((it.id, of_name(&it.name)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::monitor::scenes::{self, START};
    use crate::plan::Plan;

    fn of(snapshot: &Snapshot) -> Ending {
        let state = super::super::state(snapshot);
        ending(snapshot, &Plan::builtin().requirements(), state)
    }

    /// The batch half way, so many of the plan's minutes after its start.
    fn middle_after(minutes: i64) -> Snapshot {
        let mut snapshot = scenes::middle();
        snapshot.at = START + TimeDelta::minutes(minutes) / 400;
        snapshot
    }

    #[test]
    fn a_batch_in_good_time_lands_in_the_target() {
        let ending = of(&scenes::middle());
        let total = ending.total_hours.unwrap();
        assert!((1.0..2.0).contains(&total), "{total}");
        assert_eq!(ending.lands_in, Some(Standing::Target));
        assert!(!ending.is_certain);
    }

    #[test]
    fn the_same_batch_later_lands_in_the_other_tiers_and_red_is_certain_once_it_is_there() {
        let landing = |quarters: i64| of(&middle_after(15 * quarters)).lands_in.unwrap();
        let mut seen: Vec<Standing> = (1..32).map(landing).collect();
        seen.dedup();
        assert_eq!(
            seen,
            [
                Standing::Target,
                Standing::Acceptable,
                Standing::Gap,
                Standing::Red
            ]
        );
        assert!(of(&middle_after(7 * 60)).is_certain);
        assert!(!of(&middle_after(60)).is_certain);
    }

    #[test]
    fn ten_times_the_postings_may_take_ten_times_as_long() {
        let mut snapshot = middle_after(4 * 60);
        let of_50 = of(&snapshot).lands_in;
        snapshot.batch.size = 500;
        assert_ne!(of_50, Some(Standing::Target));
        assert_eq!(of(&snapshot).lands_in, Some(Standing::Target));
    }

    #[test]
    fn before_anything_is_measured_nothing_is_foretold() {
        let ending = of(&scenes::beginning());
        assert_eq!(
            (ending.estimate, ending.total_hours, ending.lands_in),
            (None, None, None)
        );
    }

    #[test]
    fn what_is_over_took_as_long_as_it_took() {
        let mut snapshot = scenes::middle();
        snapshot.runs.running = 0;
        snapshot.runs.completed = 50;
        snapshot.runs.last_end_at = Some(START + TimeDelta::hours(2) / 400);
        snapshot.at = START + TimeDelta::days(9);
        let ending = of(&snapshot);
        assert_eq!((ending.estimate, ending.total_hours), (None, Some(2.0)));
        assert!(ending.is_certain);
    }

    #[test]
    fn what_nobody_works_at_gets_no_estimate_and_no_older() {
        let mut snapshot = scenes::middle();
        snapshot.workers.alive = 0;
        snapshot.workers.last_seen_at = Some(START + TimeDelta::hours(1) / 400);
        snapshot.at = START + TimeDelta::days(9);
        let ending = of(&snapshot);
        assert_eq!(
            (ending.estimate, ending.elapsed_seconds),
            (None, Some(3600.0))
        );
        assert_eq!(ending.lands_in, None);
    }
}
