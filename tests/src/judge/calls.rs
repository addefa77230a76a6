//! The calls of the model server that were in flight, as rows and witness together have them.
//!
//! A row tells of an interaction's last attempt only. Exchanges behind no row are calls too: those of earlier attempts,
//! and that of a row which is no longer there. So taking away a row or an exchange takes away no call.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    evidence::Evidence,
    reading::Look,
    window::{Window, united},
};
use crate::record::{ActorType, Exchange};

/// A call, by the database's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) start: DateTime<Utc>,
    /// Absent while it is still in flight.
    pub(crate) end: Option<DateTime<Utc>>,
    /// The row, where there is one.
    pub(crate) look: Option<Look>,
}

impl Call {
    /// Whether it was in flight at a moment; at its end it no longer is.
    pub(crate) fn is_in_flight_at(&self, moment: DateTime<Utc>) -> bool {
        self.start <= moment && self.end.is_none_or(|end| moment < end)
    }
}

/// All calls, by their start.
///
/// When a call was in flight, the witness knows: a row begins as its call is sent and ends when its result is written
/// down, which takes as long as the database likes. Only where nobody saw the call the row has to do.
pub(crate) fn of(evidence: &Evidence<'_>) -> Vec<Call> {
    let clocks = clocks(evidence);
    let seen = |exchange: &Exchange, look| Call {
        start: exchange.sent_at + clocks,
        end: Some(exchange.ended_at + clocks),
        look,
    };
    let rows = evidence
        .interactions()
        .filter(|row| row.actor_type == ActorType::AiModel)
        .filter_map(|row| {
            let look = Some(Look::Interaction(row.interaction_id));
            if let Some(exchange) = evidence.exchange_of(row) {
                return Some(seen(exchange, look));
            }
            Some(Call {
                start: row.started_at?,
                end: row.completed_at,
                look,
            })
        });
    let behind_rows: BTreeSet<u64> = evidence.joined_exchanges().map(|it| it.id).collect();
    let others = evidence
        .record
        .exchanges
        .iter()
        .filter(|exchange| exchange.prompt_sha256.is_some())
        .filter(|exchange| !behind_rows.contains(&exchange.id))
        .map(|exchange| seen(exchange, None));
    let mut calls: Vec<Call> = rows.chain(others).collect();
    calls.sort_unstable_by_key(|call| (call.start, call.end, call.look));
    calls
}

/// The stretches in which at least one call was in flight, in order. One that did not end is left out: nobody knows
/// how long it went on.
pub(crate) fn in_flight(calls: &[Call]) -> Vec<Window> {
    united(calls.iter().filter_map(|call| {
        Some(Window {
            start: call.start,
            end: call.end?,
        })
    }))
}

/// What has to be added to a date of the witness or of a sample to compare it with one of the database.
pub(crate) fn clocks(evidence: &Evidence<'_>) -> TimeDelta {
    evidence.record.environment.database_clock_ahead()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{
            conversations::EXTRACT,
            doctored::{self, PLAIN_RUN},
        },
        record::RunRecord,
    };

    fn calls(record: &RunRecord) -> Vec<Call> {
        of(&Evidence::of(record))
    }

    #[test]
    fn a_row_and_its_exchange_are_one_call_and_either_alone_is_one_too() {
        let record = doctored::healthy();
        let all = calls(&record).len();
        assert_eq!(all, record.exchanges.len());
        let mut without_row = record.clone();
        doctored::remove_row(&mut without_row, PLAIN_RUN, EXTRACT);
        assert_eq!(calls(&without_row).len(), all);
        let mut without_exchange = record;
        without_exchange.exchanges.remove(7);
        assert_eq!(calls(&without_exchange).len(), all);
    }

    #[test]
    fn the_call_of_an_earlier_attempt_is_a_call_of_its_own() {
        let mut record = doctored::healthy();
        let mut earlier = doctored::exchange(&mut record, PLAIN_RUN, EXTRACT).clone();
        earlier.id = 9_000;
        earlier.sent_at -= TimeDelta::minutes(1);
        record.exchanges.push(earlier);
        assert_eq!(calls(&record).len(), record.exchanges.len());
    }

    #[test]
    fn a_result_that_is_written_down_late_does_not_make_its_call_longer_unless_nobody_saw_it() {
        let in_flight_for = |record: &RunRecord| {
            let row = doctored::find(record, PLAIN_RUN, EXTRACT).interaction_id;
            let all = calls(record);
            let mut its = all
                .iter()
                .filter(|it| it.look == Some(Look::Interaction(row)));
            let call = its.next().unwrap();
            call.end.unwrap() - call.start
        };
        let mut record = doctored::healthy();
        let before = in_flight_for(&record);
        let row = doctored::interaction(&mut record, PLAIN_RUN, EXTRACT);
        row.completed_at = row.completed_at.map(|at| at + TimeDelta::minutes(1));
        assert_eq!(in_flight_for(&record), before);
        let seen = doctored::exchange(&mut record, PLAIN_RUN, EXTRACT).id;
        record.exchanges.retain(|exchange| exchange.id != seen);
        assert!(in_flight_for(&record) > TimeDelta::minutes(1));
    }

    #[test]
    fn a_request_that_only_loads_or_unloads_is_no_call() {
        let mut record = doctored::healthy();
        let all = calls(&record).len();
        let mut unload = record.exchanges[0].clone();
        (unload.id, unload.prompt_sha256) = (9_000, None);
        record.exchanges.push(unload);
        assert_eq!(calls(&record).len(), all);
    }

    #[test]
    fn a_call_that_did_not_end_is_in_flight_in_no_stretch() {
        let at = |seconds| doctored::START + TimeDelta::seconds(seconds);
        let call = |start, end: Option<i64>| Call {
            start: at(start),
            end: end.map(at),
            look: None,
        };
        let stretches = in_flight(&[call(0, Some(9)), call(5, None), call(20, Some(30))]);
        let expected = [(0, 9), (20, 30)].map(|(start, end)| Window {
            start: at(start),
            end: at(end),
        });
        assert_eq!(stretches, expected);
    }
}
