//! What the server computed and what the rows claim must fit together.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::Doubt;
use crate::{
    judge::{
        evidence::Evidence,
        pairs::Window,
        reading::{Look, counted},
    },
    record::{ActorType, Exchange, Status},
};

/// The database's clock and the server's durations are measured apart: they may differ by this share.
const MEASURING_ERROR: f64 = 0.01;

/// A batch cannot be over sooner than its busiest model could have computed what it computed.
pub(super) fn fits_into_the_time_taken(evidence: &Evidence<'_>) -> Option<Doubt> {
    if !evidence.all_runs_ended() {
        return None;
    }
    let claimed = evidence.wall_time()?.as_seconds_f64();
    let (model, needed) = by_model(evidence)
        .into_iter()
        .map(|(model, exchanges)| (model, least_seconds(&exchanges, slots(evidence))))
        .max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    (needed > claimed * (1.0 + MEASURING_ERROR)).then(|| Doubt {
        check: "faster_than_possible",
        sentence: format!(
            "the batch is said to have taken {claimed:.1} s of wall time, but the server reports work for \
             {model} that takes at least {needed:.1} s: the dates of the runs cannot be true"
        ),
        look: Vec::new(),
    })
}

/// Every completed answer of a model passed the witness; one that did not was edited or made up.
/// Of a run that nobody watched, nobody can say so.
pub(super) fn every_answer_was_witnessed(evidence: &Evidence<'_>) -> Option<Doubt> {
    if evidence.nobody_watched() {
        return None;
    }
    let found = evidence
        .interactions()
        .filter(|row| row.actor_type == ActorType::AiModel && row.status == Status::Completed)
        .filter(|row| evidence.exchange_of(row).is_none())
        .map(|row| Look::Interaction(row.interaction_id));
    Doubt::about("unwitnessed_answers", found, |count| {
        format!(
            "{} of a model completed without an exchange in the witness log that asked the same model the \
             same prompt at that time: rows were edited or made up, or the runner went past the witness",
            counted(count, "interaction")
        )
    })
}

fn slots(evidence: &Evidence<'_>) -> f64 {
    f64::from(evidence.record.environment.server.slots.max(1))
}

/// By name, so that of two equally busy models always the same is told.
fn by_model<'r>(evidence: &Evidence<'r>) -> BTreeMap<&'r str, Vec<&'r Exchange>> {
    let mut models: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for exchange in evidence.joined_exchanges() {
        models
            .entry(exchange.model.as_str())
            .or_default()
            .push(exchange);
    }
    models
}

/// A lower bound for one model: its work over the requests that it can work on at once.
fn least_seconds(exchanges: &[&Exchange], slots: f64) -> f64 {
    let work: TimeDelta = exchanges
        .iter()
        .filter_map(|exchange| exchange.compute())
        .fold(TimeDelta::zero(), |sum, part| {
            sum.checked_add(&part).unwrap_or(TimeDelta::MAX)
        });
    work.as_seconds_f64() / at_once(exchanges).max(slots)
}

/// How many the server worked on at once, on the average of its busy time and rounded up. The setting says
/// the same unless it was set too low, and then a true run would be called impossible.
fn at_once(exchanges: &[&Exchange]) -> f64 {
    let mut windows: Vec<Window> = exchanges
        .iter()
        .filter_map(|exchange| Window::of_compute(exchange))
        .collect();
    windows.sort_unstable_by_key(|window| window.start);
    let mut work = TimeDelta::zero();
    let mut busy = TimeDelta::zero();
    let mut busy_until = None;
    for window in windows {
        let fresh_from = busy_until.map_or(window.start, |until| window.start.max(until));
        work += window.end - window.start;
        busy += (window.end - fresh_from).max(TimeDelta::zero());
        busy_until = Some(busy_until.map_or(window.end, |until| window.end.max(until)));
    }
    if busy.is_zero() {
        return 1.0;
    }
    let average = work.as_seconds_f64() / busy.as_seconds_f64();
    // Consecutive windows overlap by what the witness takes to notice a last byte.
    (average - NOTICING).ceil().max(1.0)
}

/// Apparent overlap of requests that the server worked off in turn.
const NOTICING: f64 = 0.05;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{
            conversations::EXTRACT,
            doctored::{self, PLAIN_RUN},
            validity::tests::doubts,
        },
        record::{Provenance, RunRecord},
    };

    /// All dates of the rows and of the witness moved together, as if the batch had run `factor` times as
    /// fast. What the server said about its work stays.
    fn hurried(mut record: RunRecord, factor: i32) -> RunRecord {
        let squeeze = |at: &mut chrono::DateTime<chrono::Utc>| {
            *at = doctored::START + (*at - doctored::START) / factor;
        };
        for run in &mut record.runs {
            [&mut run.started_at, &mut run.completed_at]
                .into_iter()
                .flatten()
                .for_each(squeeze);
        }
        for row in &mut record.interactions {
            squeeze(&mut row.created_at);
            [
                &mut row.claimed_at,
                &mut row.started_at,
                &mut row.completed_at,
            ]
            .into_iter()
            .flatten()
            .for_each(squeeze);
        }
        for exchange in &mut record.exchanges {
            squeeze(&mut exchange.sent_at);
            squeeze(&mut exchange.ended_at);
            [&mut exchange.first_byte_at, &mut exchange.last_byte_at]
                .into_iter()
                .flatten()
                .for_each(squeeze);
        }
        record
    }

    #[test]
    fn a_batch_faster_than_its_own_computing_is_impossible() {
        assert_eq!(doubts(&hurried(doctored::healthy(), 1)), Vec::<&str>::new());
        assert_eq!(
            doubts(&hurried(doctored::healthy(), 20)),
            ["faster_than_possible"]
        );
    }

    #[test]
    fn a_server_with_more_slots_than_was_set_is_not_called_impossible() {
        let mut record = doctored::healthy();
        let (sent_at, last_byte_at) = {
            let first = doctored::exchange(&mut record, PLAIN_RUN, EXTRACT);
            (first.sent_at, first.last_byte_at)
        };
        let mut together: Vec<Exchange> = record.exchanges.clone();
        together.retain(|exchange| exchange.model == "llama3.2:latest");
        for exchange in &mut together {
            (exchange.sent_at, exchange.last_byte_at) = (sent_at, last_byte_at);
        }
        let together: Vec<&Exchange> = together.iter().collect();
        assert_eq!(together.len(), 50);
        assert!((at_once(&together) - 50.0).abs() < 1e-9);
    }

    #[test]
    fn requests_worked_off_in_turn_count_as_one_at_once() {
        let record = doctored::healthy();
        let evidence = Evidence::of(&record);
        for (model, exchanges) in by_model(&evidence) {
            assert!((at_once(&exchanges) - 1.0).abs() < 1e-9, "{model}");
        }
    }

    #[test]
    fn an_answer_that_no_witness_saw_makes_the_run_invalid() {
        let mut record = doctored::healthy();
        record.exchanges.remove(17);
        assert_eq!(doubts(&record), ["unwitnessed_answers"]);
    }

    #[test]
    fn of_a_run_that_nobody_watched_no_answer_is_called_made_up() {
        let mut record = doctored::healthy();
        record.exchanges.clear();
        assert_eq!(doubts(&record), ["unwitnessed_answers"]);
        record.provenance = Provenance::Reconstructed {
            source: "a report".to_owned(),
        };
        assert_eq!(doubts(&record), Vec::<&str>::new());
    }

    #[test]
    fn a_prompt_changed_afterwards_no_longer_finds_its_exchange() {
        let mut record = doctored::healthy();
        let row = doctored::interaction(&mut record, PLAIN_RUN, EXTRACT);
        row.input.as_mut().unwrap().prompt_sha256 = "0".repeat(64);
        assert_eq!(doubts(&record), ["unwitnessed_answers"]);
    }

    #[test]
    fn a_failed_call_needs_no_witnessed_answer() {
        let mut record = doctored::healthy();
        doctored::interaction(&mut record, PLAIN_RUN, EXTRACT).status = Status::Failed;
        doctored::exchange(&mut record, PLAIN_RUN, EXTRACT).final_line = None;
        assert_eq!(doubts(&record), Vec::<&str>::new());
    }
}
