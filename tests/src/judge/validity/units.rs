//! Durations are in the units that they are said to be in.

use std::collections::BTreeMap;

use super::Doubt;
use crate::{
    judge::evidence::Evidence,
    record::{Exchange, FinalLine},
};

/// Half-way, in multiples, between the truth and a unit off by a thousand: 31.6. Waiting, loading and the way there and
/// back make a factor of two or three of it, never that.
const HALF_A_UNIT: f64 = 31.622_776_601_683_793;

/// Below this the way there and back may take longer than the work, and the ratio says nothing of units.
const SHORTEST_TELLING: f64 = 0.01;

/// So many answers of one kind have a median worth the name.
const TELLING_ANSWERS: usize = 3;

/// So many of them are told one by one.
const TOLD_AT_MOST: usize = 2;

/// What the server says that its work took is what the witness saw it take, and its parts make up the whole. Judged by
/// medians: a single odd answer is no unit. There is one for each model of a server and one for each step: a median of
/// all calls says nothing of a tenth of them.
pub(super) fn durations_are_in_their_units(evidence: &Evidence<'_>) -> Option<Doubt> {
    let mut told = Vec::new();
    for (of, exchanges) in kinds(evidence) {
        let median_of = |ratio: fn(&Exchange) -> Option<f64>| {
            median(exchanges.iter().filter_map(|it| ratio(it)).collect())
        };
        let (whole, parts) = (median_of(said_of_seen), median_of(parts_of_whole));
        // What a witness sees of a replay is not what the server speaks of.
        let whole = whole.filter(|_| !evidence.is_replayed());
        let of_seen = whole.filter(|ratio| is_off(*ratio)).map(|ratio| {
            format!("the total durations of {of} are {ratio:.4} times what the witness saw pass")
        });
        let of_whole = parts.filter(|ratio| is_off(*ratio)).map(|ratio| {
            format!("the parts of the durations of {of} are {ratio:.4} times their totals")
        });
        told.extend(of_seen.into_iter().chain(of_whole));
    }
    // The first of them shows what is the matter.
    let more = told.split_off(told.len().min(TOLD_AT_MOST)).len();
    told.extend((more > 0).then(|| format!("so it is with {more} more")));
    (!told.is_empty()).then(|| Doubt {
        check: "units",
        sentence: format!(
            "{}: seconds, milliseconds, microseconds or nanoseconds were taken for one another",
            told.join(", and ")
        ),
        look: Vec::new(),
    })
}

/// The answers by what they are of: each model at its server, and each step.
fn kinds<'r>(evidence: &Evidence<'r>) -> BTreeMap<String, Vec<&'r Exchange>> {
    let mut kinds: BTreeMap<String, Vec<&Exchange>> = BTreeMap::new();
    let exchanges = evidence.record.exchanges.iter();
    let answers = exchanges.filter(|it| it.answered() && it.prompt_sha256.is_some());
    for exchange in answers {
        let of = format!("{} at {}", exchange.model, exchange.server);
        kinds.entry(of).or_default().push(exchange);
    }
    for row in evidence.interactions() {
        if let Some(exchange) = evidence.exchange_of(row).filter(|it| it.answered()) {
            let of = format!("step {}", row.conversation_id);
            kinds.entry(of).or_default().push(exchange);
        }
    }
    kinds
}

fn is_off(ratio: f64) -> bool {
    !(1.0 / HALF_A_UNIT..=HALF_A_UNIT).contains(&ratio)
}

/// Ollama counts from the request's arrival to the last byte, so the true ratio is just below 1.
fn said_of_seen(exchange: &Exchange) -> Option<f64> {
    let line = exchange.final_line.as_ref()?;
    let seen = (exchange.last_byte_at? - exchange.sent_at).as_seconds_f64();
    (seen >= SHORTEST_TELLING && line.total_duration > 0)
        .then(|| seconds(line.total_duration) / seen)
}

/// Waiting and loading are a part of their own (`load_duration`), so the true ratio is just below 1 here too.
fn parts_of_whole(exchange: &Exchange) -> Option<f64> {
    let line = exchange.final_line.as_ref()?;
    let whole = seconds(line.total_duration);
    (whole >= SHORTEST_TELLING).then(|| seconds(parts(line)) / whole)
}

fn parts(line: &FinalLine) -> u64 {
    line.load_duration
        .saturating_add(line.prompt_eval_duration)
        .saturating_add(line.eval_duration)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a ratio needs no nanoseconds of hours"
)]
fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}

fn median(mut ratios: Vec<f64>) -> Option<f64> {
    if ratios.len() < TELLING_ANSWERS {
        return None;
    }
    ratios.sort_unstable_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{conversations::GRADE_B, doctored, validity::tests::doubts},
        record::RunRecord,
    };

    fn with_lines(change: impl Fn(&mut FinalLine)) -> RunRecord {
        let mut record = doctored::healthy();
        let lines = record.exchanges.iter_mut();
        lines
            .filter_map(|exchange| exchange.final_line.as_mut())
            .for_each(change);
        record
    }

    fn all_parts(line: &mut FinalLine, change: impl Fn(u64) -> u64) {
        for duration in [
            &mut line.total_duration,
            &mut line.load_duration,
            &mut line.prompt_eval_duration,
            &mut line.eval_duration,
        ] {
            *duration = change(*duration);
        }
    }

    #[test]
    fn durations_a_thousand_times_too_long_or_too_short_are_found() {
        let long = with_lines(|line| all_parts(line, |it| it * 1_000));
        assert!(doubts(&long).contains(&"units"));
        let short = with_lines(|line| all_parts(line, |it| it / 1_000));
        assert!(doubts(&short).contains(&"units"));
    }

    #[test]
    fn one_step_or_one_model_in_another_unit_is_found_among_all_the_others() {
        let mut step = doctored::healthy();
        for run in 1..=50 {
            let line = doctored::exchange(&mut step, run, GRADE_B)
                .final_line
                .as_mut();
            all_parts(line.unwrap(), |it| it / 1_000);
        }
        assert!(doubts(&step).contains(&"units"));
        let mut model = doctored::healthy();
        let exchanges = model.exchanges.iter_mut();
        for exchange in exchanges.filter(|it| it.model == "llama3.2:latest") {
            all_parts(exchange.final_line.as_mut().unwrap(), |it| it * 1_000);
        }
        assert!(doubts(&model).contains(&"units"));
    }

    #[test]
    fn parts_in_another_unit_than_their_total_are_found() {
        let record = with_lines(|line| {
            line.eval_duration /= 1_000;
            line.prompt_eval_duration /= 1_000;
        });
        assert!(doubts(&record).contains(&"units"));
    }

    #[test]
    fn a_server_that_works_ten_times_faster_than_its_network_is_believed() {
        let record = with_lines(|line| all_parts(line, |it| it / 10));
        assert_eq!(doubts(&record), Vec::<&str>::new());
    }

    #[test]
    fn time_that_went_into_waiting_and_loading_is_a_part_of_the_total() {
        let record = with_lines(|line| {
            line.load_duration = line.total_duration / 100 * 90;
            line.prompt_eval_duration = line.total_duration / 100;
            line.eval_duration = line.total_duration / 100 * 9;
        });
        assert_eq!(doubts(&record), Vec::<&str>::new());
    }

    #[test]
    fn one_odd_answer_and_counters_left_out_are_no_unit() {
        let mut record = with_lines(|_| ());
        if let Some(line) = &mut record.exchanges[9].final_line {
            line.total_duration *= 1_000;
        }
        assert_eq!(doubts(&record), Vec::<&str>::new());
        let record = with_lines(|line| line.total_duration = 0);
        assert_eq!(doubts(&record), Vec::<&str>::new());
    }
}
