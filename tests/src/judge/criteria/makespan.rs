//! How long the batch took, against the least time in which its calls could have been computed.

use std::{collections::BTreeMap, time::Duration};

use crate::judge::{
    bounds::{
        loads::{Models, least_loads, members},
        makespan,
        paths::Paths,
    },
    criterion::{Criterion, Enforcement, Rule, Scaling, WHERE_TIME_PASSES},
    evidence::Evidence,
    reading::{Reading, counted, number},
    tiers::{Bound, Tiers, Unit},
    window::SHORTEST_LOAD,
};

/// Whatever models and machine: how much of the time was needed at all. 1 cannot be reached, for the first call of the
/// batch and the last have nothing beside them.
pub(super) const MAKESPAN: Rule = Rule {
    criterion: Criterion {
        id: "makespan",
        name: "Makespan against the bound",
        sentence: "The total duration over the least time in which the same calls could have been computed.",
        judged_in: WHERE_TIME_PASSES,
        also: &["makespan", "duration against the bound"],
    },
    enforcement: Enforcement::Should,
    tiers: Tiers {
        unit: Unit::Times,
        target: Bound::AtMost(1.3),
        acceptable: Some(Bound::Below(2.0)),
        red: Bound::Above(3.0),
    },
    scaling: Scaling::Fixed,
    read,
};

/// Above this scale the milliseconds that the machine itself takes between two calls count for more of the plan's time
/// than the calls.
const GREATEST_TELLING_SCALE: f64 = 500.0;

fn read(evidence: &Evidence<'_>) -> Reading {
    let scale = evidence.record.mode.time_scale;
    let reading = against_the_bound(evidence);
    if scale > GREATEST_TELLING_SCALE {
        return reading.not_judgeable(format!(
            "at {scale}:1 it is the machine's own delays that are measured"
        ));
    }
    reading
}

/// A few calls of milliseconds say nothing of a runner that is made for calls of many seconds. In seconds of wall time.
const SHORTEST_TELLING_BOUND: f64 = 1.0;

fn against_the_bound(evidence: &Evidence<'_>) -> Reading {
    let paths = evidence.paths();
    let Some(wall) = evidence
        .wall_time()
        .filter(|_| paths.steps().next().is_some())
    else {
        return Reading::no_data("no model has answered in a run that ended");
    };
    if !evidence.all_runs_ended() {
        return Reading::no_data("the batch did not end");
    }
    let unseen = evidence.unseen_answers();
    if unseen > 0 {
        // With less work seen the bound would be lower, and the batch would look slower than it was.
        let answers = counted(unseen, "answer");
        return Reading::no_data(format!(
            "{answers} without an exchange: nobody knows the work behind"
        ));
    }
    let loading = Loading::of(paths, evidence.record.mode.time_scale);
    let least = makespan::least_seconds(&paths.calls(), &paths.computing, |crowd| {
        loading.seconds(crowd)
    });
    let Some(least) = least.filter(|least| least.seconds > 0.0) else {
        return Reading::no_data("the server reports no computing");
    };
    if least.seconds < SHORTEST_TELLING_BOUND {
        return Reading::NotJudgeable {
            reason: format!(
                "the calls need {:.1} s of wall time at least: beside so little our own delays are all that shows",
                least.seconds
            ),
            value: Some(wall.as_seconds_f64() / least.seconds),
            n: paths.steps().count(),
        };
    }
    let scale = evidence.record.mode.time_scale;
    let [took, possible] =
        [wall.as_seconds_f64(), least.seconds].map(|seconds| minutes(seconds * scale));
    let note = format!(
        "{took} of the plan's time, and {possible} at best: {}",
        paths.told(least.because)
    );
    Reading::value(
        wall.as_seconds_f64() / least.seconds,
        paths.steps().count(),
        note,
    )
}

fn minutes(seconds: f64) -> String {
    format!("{:.1} min", seconds / 60.0)
}

/// How long models are being loaded at least.
///
/// The server counts waiting for another model's eviction into the duration, so that even the shortest wait for a load
/// that was seen may be more than a load takes. That is why validity goes without; here it makes the bound a little
/// kinder to the runner.
struct Loading {
    /// The shortest wait for each model, where there was one.
    shortest: Vec<f64>,
    /// The least number of loads of each crowd.
    least: BTreeMap<Models, usize>,
}

/// Beyond so many models the loads of every crowd are not searched, and each model counts one.
const SEARCHED_MODELS: usize = 4;

impl Loading {
    fn of(paths: &Paths<'_>, scale: f64) -> Self {
        let shortest = |model: usize| {
            let ours = paths.steps().filter(|step| step.model == model);
            let lines = ours
                .flat_map(|step| &step.exchanges)
                .filter_map(|exchange| exchange.final_line.as_ref());
            lines
                .map(|line| Duration::from_nanos(line.load_duration).as_secs_f64())
                .filter(|waited| waited * scale >= SHORTEST_LOAD)
                .reduce(f64::min)
                .unwrap_or(0.0)
        };
        let mut least = BTreeMap::new();
        let models = paths.models.len();
        // On several servers each model may have stayed on one: once each is all that can be said.
        if let [Some(card)] = &paths.computing.cards[..]
            && models <= SEARCHED_MODELS
        {
            for crowd in 1..(1 << models) {
                if let Some(loads) = least_loads(&paths.shapes(crowd), card) {
                    least.insert(crowd, loads.number());
                }
            }
        }
        Self {
            shortest: (0..models).map(shortest).collect(),
            least,
        }
    }

    /// Each model once, and what more is needed by the one that loads the fastest.
    fn seconds(&self, crowd: Models) -> f64 {
        let ours = || members(crowd).filter_map(|model| self.shortest.get(model).copied());
        let once: f64 = ours().sum();
        let models = ours().count();
        let more = self
            .least
            .get(&crowd)
            .map_or(0, |least| least.saturating_sub(models));
        once + number(more) * ours().reduce(f64::min).unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::{
        judge::{
            Standing, Verdict,
            doctored::{self, GIB},
        },
        record::{RunRecord, Status},
    };

    fn verdict(record: &RunRecord) -> Verdict {
        doctored::verdict(record, "makespan")
    }

    /// A healthy batch that took so many times as long as it had to, in percent.
    fn stretched(percent: i32) -> RunRecord {
        let mut record = doctored::healthy();
        let measured = verdict(&record).measured.unwrap().value;
        let wall = Evidence::of(&record).wall_time().unwrap().to_std().unwrap();
        let stretched = wall.div_f64(measured).mul_f64(f64::from(percent) / 100.0);
        let end = doctored::START + TimeDelta::from_std(stretched).unwrap();
        record.runs.last_mut().unwrap().completed_at = Some(end);
        record
    }

    #[test]
    fn the_time_taken_is_judged_against_the_least_possible() {
        for (percent, expected) in [
            (129, Standing::Target),
            (131, Standing::Acceptable),
            (199, Standing::Acceptable),
            (201, Standing::Gap),
            (299, Standing::Gap),
            (301, Standing::Red),
        ] {
            let verdict = verdict(&stretched(percent));
            assert_eq!(verdict.standing, expected, "{percent} %: {}", verdict.note);
        }
    }

    #[test]
    fn the_note_tells_both_times_and_what_the_bound_is_due_to() {
        let note = verdict(&doctored::healthy()).note;
        assert!(
            note.contains("at best") && note.contains("the work for gemma2:latest"),
            "{note}"
        );
    }

    #[test]
    fn where_models_do_not_fit_together_more_time_is_needed() {
        let mut record = doctored::healthy();
        let together = verdict(&record).measured.unwrap().value;
        // Nothing computes at once, so that nothing speaks against the sizes.
        doctored::one_call_at_a_time(&mut record);
        record.environment.servers[0].gpu_memory = Some(6 * GIB);
        let apart = verdict(&record).measured.unwrap().value;
        assert!(
            apart < together * 0.9,
            "{apart} is not far below {together}"
        );
    }

    #[test]
    fn a_load_that_has_to_be_lengthens_the_bound() {
        let mut record = doctored::healthy();
        let with = verdict(&record).measured.unwrap().value;
        for exchange in &mut record.exchanges {
            exchange.final_line.as_mut().unwrap().load_duration = 0;
        }
        assert!(verdict(&record).measured.unwrap().value > with);
    }

    #[test]
    fn calls_of_milliseconds_show_only_our_own_delays() {
        let mut record = doctored::healthy();
        for exchange in &mut record.exchanges {
            let line = exchange.final_line.as_mut().unwrap();
            line.prompt_eval_duration /= 1_000;
            line.eval_duration /= 1_000;
            line.load_duration = 0;
        }
        assert!(matches!(
            verdict(&record).standing,
            Standing::NotJudgeable { .. }
        ));
    }

    #[test]
    fn a_missing_exchange_or_an_unfinished_batch_is_no_data() {
        let mut record = doctored::healthy();
        record.exchanges.pop();
        assert_eq!(verdict(&record).standing, Standing::NoData);
        let mut record = doctored::healthy();
        record.runs[0].status = Status::Running;
        assert_eq!(verdict(&record).standing, Standing::NoData);
    }

    #[test]
    fn where_time_runs_too_fast_it_is_not_judgeable() {
        let mut record = doctored::healthy();
        record.mode.time_scale = 500.0;
        assert_eq!(verdict(&record).standing, Standing::Target);
        record.mode.time_scale = 501.0;
        let standing = verdict(&record).standing;
        assert!(matches!(standing, Standing::NotJudgeable { .. }));
    }

    #[test]
    fn a_server_that_reports_no_computing_gives_no_bound() {
        let mut record = doctored::healthy();
        for exchange in &mut record.exchanges {
            let line = exchange.final_line.as_mut().unwrap();
            (
                line.eval_duration,
                line.prompt_eval_duration,
                line.load_duration,
            ) = (0, 0, 0);
        }
        assert_eq!(verdict(&record).standing, Standing::NoData);
    }
}
