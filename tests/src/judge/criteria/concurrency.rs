//! On how many calls the model server worked at once.

use crate::judge::{
    bounds::makespan,
    busy::Busy,
    criterion::{Criterion, Enforcement, Rule, Scaling, WHERE_TIME_PASSES},
    evidence::Evidence,
    reading::{Reading, counted},
    residency::cannot_co_reside,
    tiers::{Bound, Tiers, Unit},
    window::Window,
};

/// Many a server that is sent several requests works them off one by one.
/// One in twenty is what the witness takes to notice the last byte of calls that follow each other.
pub(super) const SERVER_CONCURRENCY: Rule = Rule {
    criterion: Criterion {
        id: "server_concurrency",
        name: "Concurrency of the server",
        sentence: "The time that the server says it computed, all calls together, over the time in which it computed at all.",
        judged_in: WHERE_TIME_PASSES,
        also: &["effective concurrency", "concurrency of the server"],
    },
    enforcement: Enforcement::Should,
    tiers: Tiers {
        unit: Unit::Times,
        target: Bound::AtLeast(1.2),
        acceptable: Some(Bound::AtLeast(1.05)),
        red: Bound::Below(1.05),
    },
    scaling: Scaling::Fixed,
    read,
};

/// Where the calls and the card allow less, they are to blame and not the server.
const WORTH_ASKING: f64 = 1.2;

fn read(evidence: &Evidence<'_>) -> Reading {
    let windows: Vec<Window> = evidence
        .record
        .exchanges
        .iter()
        .filter_map(Window::of_compute)
        .collect();
    let Some(at_once) = Busy::of(windows.iter().copied()).at_once() else {
        return Reading::no_data("nobody saw the server compute");
    };
    let unseen = evidence.unseen_answers();
    if unseen > 0 {
        // Without a call that ran alone the average would be better.
        let answers = counted(unseen, "answer");
        return Reading::no_data(format!(
            "{answers} without an exchange: nobody knows when the server computed them"
        ));
    }
    let note = format!(
        "the server worked on {at_once:.1} at once while it was busy, over {}",
        counted(windows.len(), "call")
    );
    let reading = Reading::value(at_once, windows.len(), note);
    let reading = evidence.unless_runs_missing(reading);
    match could_not(evidence).filter(|_| at_once < WORTH_ASKING) {
        Some(reason) => reading.not_judgeable(reason),
        None => reading,
    }
}

/// Why the server could not have worked on several calls at once to speak of, if so. A server that did is judged.
fn could_not(evidence: &Evidence<'_>) -> Option<String> {
    let paths = evidence.paths();
    if paths.computing.cards.iter().any(Option::is_none) {
        return cannot_co_reside(evidence);
    }
    let calls = paths.calls();
    let work: f64 = calls.iter().flatten().map(|call| call.work).sum();
    // What bounds the duration bounds the busy time, too: idle moments do no work.
    let least = makespan::least_seconds(&calls, &paths.computing, |_| 0.0)?;
    let at_best = work / least.seconds;
    (at_best < WORTH_ASKING).then(|| {
        format!(
            "no order of these calls has more than {at_best:.2} computed at once: {} takes turns, by the slots and by \
             what cannot co-reside",
            paths.told(least.because)
        )
    })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};

    use crate::{
        judge::{
            Standing, Verdict,
            doctored::{self, GIB},
        },
        record::RunRecord,
    };

    fn verdict(record: &RunRecord) -> Verdict {
        doctored::verdict(record, "server_concurrency")
    }

    /// Calls one after the other, of which every n-th begins with the one before it.
    fn every(nth: Option<usize>) -> RunRecord {
        let mut record = doctored::healthy();
        let mut end: DateTime<Utc> = doctored::START;
        for (position, exchange) in record.exchanges.iter_mut().enumerate() {
            let together = nth.is_some_and(|nth| position % nth == 1);
            let start = if together {
                end - TimeDelta::seconds(1)
            } else {
                end
            };
            let line = exchange.final_line.as_mut().unwrap();
            (line.prompt_eval_duration, line.eval_duration) = (0, 1_000_000_000);
            exchange.sent_at = start;
            exchange.last_byte_at = Some(start + TimeDelta::seconds(1));
            end = start + TimeDelta::seconds(1);
        }
        doctored::date_rows_by_exchanges(&mut record);
        record
    }

    #[test]
    fn a_server_that_works_on_several_calls_at_once_is_told_from_one_that_works_them_off() {
        for (nth, expected) in [
            (Some(2), Standing::Target),
            (Some(5), Standing::Target),
            (Some(7), Standing::Acceptable),
            (Some(20), Standing::Acceptable),
            (Some(25), Standing::Red),
            (None, Standing::Red),
        ] {
            let verdict = verdict(&every(nth));
            assert_eq!(verdict.standing, expected, "{nth:?}: {}", verdict.note);
        }
    }

    #[test]
    fn the_note_says_it_in_words() {
        let verdict = verdict(&every(Some(2)));
        assert!(
            verdict.note.starts_with("the server worked on 2.0 at once"),
            "{}",
            verdict.note
        );
    }

    #[test]
    fn where_the_card_lets_next_to_nothing_be_computed_at_once_it_is_not_judgeable() {
        let mut record = every(None);
        record.residency.clear();
        record.environment.servers[0].gpu_memory = Some(6 * GIB);
        assert!(matches!(
            verdict(&record).standing,
            Standing::NotJudgeable { .. }
        ));
        record.environment.servers[0].slots = 2;
        assert_eq!(verdict(&record).standing, Standing::Red);
    }

    #[test]
    fn a_missing_exchange_is_no_data() {
        let mut record = doctored::healthy();
        record.exchanges.pop();
        assert_eq!(verdict(&record).standing, Standing::NoData);
        record.exchanges.clear();
        assert_eq!(verdict(&record).standing, Standing::NoData);
    }
}
