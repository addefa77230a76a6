//! How often something had to be stopped.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::{
    judge::{
        criterion::{Criterion, Enforcement, Rule, Scaling, WHERE_TIME_PASSES},
        evidence::Evidence,
        reading::{Look, Reading, counted, number},
        tiers::{Bound, Tiers, Unit},
    },
    record::{RunRecord, Status},
};

/// The table's "Watchdog interventions". A call that our own total limit cut counts as well: it was just as
/// stuck, only somebody else was quicker.
pub(super) const WATCHDOG_INTERVENTIONS: Rule = Rule {
    criterion: Criterion {
        id: "watchdog_interventions",
        name: "Watchdog interventions",
        sentence: "Attempts that the watchdog failed or that our own total limit cut.",
        judged_in: WHERE_TIME_PASSES,
        also: &[],
    },
    enforcement: Enforcement::Must,
    tiers: Tiers {
        unit: Unit::Count,
        target: Bound::Exactly(0.0),
        acceptable: Some(Bound::Below(5.0)),
        red: Bound::Above(10.0),
    },
    scaling: Scaling::Fixed,
    read,
};

/// The plan's wish beyond its tiers. The same count: there is one truth about what was stopped.
pub(super) const ZERO_WATCHDOG_INTERVENTIONS: Rule = Rule {
    criterion: Criterion {
        id: "zero_watchdog_interventions",
        name: "Zero watchdog interventions",
        sentence: "No attempt had to be stopped by the watchdog or by our own total limit.",
        judged_in: WHERE_TIME_PASSES,
        also: &["zero watchdog"],
    },
    enforcement: Enforcement::Nice,
    tiers: Tiers::none(),
    scaling: Scaling::Fixed,
    read,
};

/// One thing that was stopped. Row, attempt and error may all tell of the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stopped {
    Attempt { interaction: i64, attempt: i32 },
    Unattributed { error: i64 },
}

impl Stopped {
    fn look(self) -> Look {
        match self {
            Self::Attempt { interaction, .. } => Look::Interaction(interaction),
            Self::Unattributed { error } => Look::Error(error),
        }
    }
}

fn read(evidence: &Evidence<'_>) -> Reading {
    let interactions = evidence.interactions().count();
    if interactions == 0 {
        return Reading::no_data("no interaction has been created");
    }
    let stopped = stopped(evidence.record);
    let note = format!(
        "{} stopped, of {interactions} interactions{}",
        counted(stopped.len(), "attempt"),
        told_time(evidence, &stopped),
    );
    Reading::value(number(stopped.len()), interactions, note)
        .counts_tries()
        .look(stopped.iter().map(|stopped| stopped.look()))
}

/// How long the stopped ones had been running, on the average of those that say when they began.
fn told_time(evidence: &Evidence<'_>, stopped: &BTreeSet<Stopped>) -> String {
    if stopped.is_empty() {
        return String::new();
    }
    let times = times(evidence.record);
    let known: Vec<f64> = stopped
        .iter()
        .filter_map(|stopped| match stopped {
            Stopped::Attempt {
                interaction,
                attempt,
            } => times.get(&(*interaction, *attempt)),
            Stopped::Unattributed { .. } => None,
        })
        .map(|time| evidence.plan_seconds(*time))
        .collect();
    if known.is_empty() {
        return String::new();
    }
    let average = known.iter().sum::<f64>() / number(known.len());
    format!("; they had been running for {average:.1} s of the plan's time on average")
}

/// How long each attempt took that began and ended, by interaction and attempt.
fn times(record: &RunRecord) -> BTreeMap<(i64, i32), TimeDelta> {
    let last = record.interactions.iter().filter_map(|row| {
        let time = row.completed_at? - row.started_at?;
        Some(((row.interaction_id, row.attempt), time))
    });
    let earlier = record.attempts.iter().filter_map(|row| {
        let time = row.ended_at - row.started_at?;
        Some(((row.interaction_id, row.attempt), time))
    });
    last.chain(earlier).collect()
}

/// How many attempts were stopped.
pub(in crate::judge) fn count(record: &RunRecord) -> usize {
    stopped(record).len()
}

fn stopped(record: &RunRecord) -> BTreeSet<Stopped> {
    let rows = record
        .interactions
        .iter()
        .filter(|row| row.status == Status::Failed && row.error().is_some_and(tells_of_a_stop))
        .map(|row| Stopped::Attempt {
            interaction: row.interaction_id,
            attempt: row.attempt,
        });
    let attempts = record
        .attempts
        .iter()
        .filter(|row| {
            row.error_type.as_deref() == Some("watchdog")
                || row.error.as_deref().is_some_and(tells_of_a_stop)
        })
        .map(|row| Stopped::Attempt {
            interaction: row.interaction_id,
            attempt: row.attempt,
        });
    let errors = record
        .errors
        .iter()
        .filter(|row| row.error_type == "watchdog" || tells_of_a_stop(&row.error_message))
        .map(|row| match (row.interaction_id, row.attempt) {
            (Some(interaction), Some(attempt)) => Stopped::Attempt {
                interaction,
                attempt,
            },
            _ => Stopped::Unattributed {
                error: row.error_id,
            },
        });
    rows.chain(attempts).chain(errors).collect()
}

/// The words are the runner's and the plan's query's: `output->>'error' LIKE '%watchdog%'`.
fn tells_of_a_stop(error: &str) -> bool {
    let error = error.to_lowercase();
    error.contains("watchdog") || error.contains("total limit")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        judge::{
            Standing,
            doctored::{self, START, trouble::error},
        },
        record::{Attempt, AttemptEnd},
    };

    /// A healthy record in which the watchdog failed the first interactions.
    fn stopped_times(count: usize) -> RunRecord {
        let mut record = doctored::healthy();
        for interaction in record.interactions.iter_mut().take(count) {
            interaction.status = Status::Failed;
            interaction.output = Some(json!({"error": "watchdog: ran for more than 15 min"}));
        }
        record
    }

    fn measured(record: &RunRecord) -> String {
        let verdict = doctored::verdict(record, "watchdog_interventions");
        verdict.measured.unwrap().to_string()
    }

    #[test]
    fn between_five_and_ten_the_plan_has_a_gap() {
        for (count, standing) in [
            (0, Standing::Target),
            (4, Standing::Acceptable),
            (5, Standing::Gap),
            (10, Standing::Gap),
            (11, Standing::Red),
        ] {
            let verdict = doctored::verdict(&stopped_times(count), "watchdog_interventions");
            assert_eq!(verdict.standing, standing, "{count}");
        }
    }

    #[test]
    fn whoever_wishes_for_none_sees_red_at_the_first() {
        for (count, standing) in [(0, Standing::Target), (1, Standing::Red)] {
            let verdict = doctored::verdict(&stopped_times(count), "zero_watchdog_interventions");
            assert_eq!(verdict.standing, standing, "{count}");
        }
    }

    #[test]
    fn the_note_tells_how_long_the_stopped_ones_had_been_running_in_the_plans_time() {
        let mut record = stopped_times(2);
        for (row, seconds) in record.interactions.iter_mut().zip([80, 100]) {
            row.completed_at = row.started_at.map(|at| at + TimeDelta::seconds(seconds));
        }
        for criterion in ["watchdog_interventions", "zero_watchdog_interventions"] {
            let verdict = doctored::verdict(&record, criterion);
            assert!(verdict.note.contains("900.0 s"), "{}", verdict.note);
        }
    }

    #[test]
    fn a_stopped_attempt_tells_its_own_time_and_not_that_of_its_retry() {
        let mut record = doctored::healthy();
        record.attempts.push(Attempt {
            interaction_id: 4,
            attempt: 1,
            claimed_by: "runner".to_owned(),
            claimed_at: START,
            started_at: Some(START),
            ended_at: START + TimeDelta::seconds(90),
            ended_as: AttemptEnd::Retried,
            error_type: Some("watchdog".to_owned()),
            error: None,
        });
        record.interactions[3].attempt = 2;
        let verdict = doctored::verdict(&record, "zero_watchdog_interventions");
        assert!(verdict.note.contains("900.0 s"), "{}", verdict.note);
    }

    #[test]
    fn a_stop_told_by_row_and_error_is_one_stop() {
        let mut record = stopped_times(2);
        error(&mut record, 0, "watchdog", "ran for more than 15 min");
        assert_eq!(measured(&record), "2");
    }

    #[test]
    fn a_stop_told_only_as_an_error_counts_by_its_type() {
        let mut record = doctored::healthy();
        error(&mut record, 0, "watchdog", "ran for more than 15 min");
        assert_eq!(measured(&record), "1");
    }

    #[test]
    fn a_stopped_attempt_whose_retry_succeeded_still_counts() {
        let mut record = doctored::healthy();
        record.attempts.push(Attempt {
            interaction_id: 1,
            attempt: 1,
            claimed_by: "runner".to_owned(),
            claimed_at: START,
            started_at: Some(START),
            ended_at: START,
            ended_as: AttemptEnd::Retried,
            error_type: Some("model".to_owned()),
            error: Some("cut by the total limit of 900 s".to_owned()),
        });
        assert_eq!(measured(&record), "1");
    }

    #[test]
    fn other_failures_are_no_interventions() {
        let mut record = doctored::healthy();
        record.interactions[0].status = Status::Failed;
        record.interactions[0].output = Some(json!({"error": "the answer is no JSON"}));
        assert_eq!(measured(&record), "0");
    }
}
