//! Which exchange stands behind which interaction.
//!
//! The runner puts no mark into its requests, so that it cannot claim an exchange: the two are joined by
//! what was asked (model and hash of the prompt) and when. An exchange stands behind one interaction at
//! most, so a copied row finds none.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::record::{Exchange, Input, Interaction, RunRecord, Status};

/// Database and witness may drift against each other by this much during a run, beyond the difference
/// measured at its end.
pub(crate) const DRIFT: TimeDelta = TimeDelta::seconds(1);

/// The exchange of each interaction that asked a model and has one.
pub(crate) fn exchanges_by_interaction(record: &RunRecord) -> BTreeMap<i64, &Exchange> {
    let mut unclaimed = exchanges_by_question(record);
    let mut askers: Vec<(DateTime<Utc>, &Interaction, &Input)> = record
        .interactions
        .iter()
        .filter_map(|asker| Some((asker.started_at?, asker, asker.input.as_ref()?)))
        .collect();
    askers.sort_by_key(|(started_at, asker, _)| (*started_at, asker.interaction_id));
    let clocks = record.environment.database_clock_ahead();
    askers
        .into_iter()
        .filter_map(|(_, asker, input)| {
            let question = (input.model.as_str(), input.prompt_sha256.as_str());
            let candidates = unclaimed.get_mut(&question)?;
            let exchange = take_closest(candidates, asker, clocks)?;
            Some((asker.interaction_id, exchange))
        })
        .collect()
}

type Question<'r> = (&'r str, &'r str);

fn exchanges_by_question(record: &RunRecord) -> BTreeMap<Question<'_>, Vec<&Exchange>> {
    let mut questions: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for exchange in &record.exchanges {
        if let Some(prompt) = &exchange.prompt_sha256 {
            let question = (exchange.model.as_str(), prompt.as_str());
            questions.entry(question).or_default().push(exchange);
        }
    }
    questions
}

/// Of several attempts with the same question, the row tells of the last: `started_at` is written anew for
/// each, as the time at which the request was sent.
fn take_closest<'r>(
    candidates: &mut Vec<&'r Exchange>,
    asker: &Interaction,
    clocks: TimeDelta,
) -> Option<&'r Exchange> {
    let started_at = asker.started_at?;
    let (position, _) = candidates
        .iter()
        .enumerate()
        .filter(|(_, exchange)| could_answer(exchange, asker, clocks))
        .min_by_key(|(_, exchange)| {
            let distance = (exchange.sent_at + clocks - started_at).abs();
            (distance, exchange.sent_at, exchange.id)
        })?;
    Some(candidates.swap_remove(position))
}

fn could_answer(exchange: &Exchange, asker: &Interaction, clocks: TimeDelta) -> bool {
    let sent_at = exchange.sent_at + clocks;
    let after_start = asker
        .started_at
        .is_some_and(|start| sent_at >= start - DRIFT);
    let before_end = asker.completed_at.is_none_or(|end| sent_at <= end + DRIFT);
    after_start && before_end && (asker.status != Status::Completed || exchange.answered())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{
            conversations::EXTRACT,
            doctored::{self, PLAIN_RUN},
        },
        record::ExchangeEnd,
    };

    fn joined(record: &RunRecord, conversation: i32) -> Option<u64> {
        let interaction = doctored::find(record, PLAIN_RUN, conversation);
        exchanges_by_interaction(record)
            .get(&interaction.interaction_id)
            .map(|exchange| exchange.id)
    }

    #[test]
    fn every_model_step_of_a_healthy_record_has_its_own_exchange() {
        let record = doctored::healthy();
        assert_eq!(
            exchanges_by_interaction(&record).len(),
            record.exchanges.len()
        );
    }

    #[test]
    fn a_retried_call_is_joined_to_the_exchange_of_its_last_attempt() {
        let mut record = doctored::healthy();
        let last = doctored::exchange(&mut record, PLAIN_RUN, EXTRACT).clone();
        let mut first = last.clone();
        first.id = 9_000;
        first.sent_at -= TimeDelta::milliseconds(900);
        record.exchanges.insert(0, first);
        assert_eq!(joined(&record, EXTRACT), Some(last.id));
    }

    #[test]
    fn a_broken_off_exchange_is_behind_no_completed_interaction() {
        let mut record = doctored::healthy();
        doctored::exchange(&mut record, PLAIN_RUN, EXTRACT).ended = ExchangeEnd::UpstreamFailed;
        assert_eq!(joined(&record, EXTRACT), None);
    }

    #[test]
    fn an_exchange_at_another_time_is_not_taken() {
        let mut record = doctored::healthy();
        doctored::exchange(&mut record, PLAIN_RUN, EXTRACT).sent_at -= TimeDelta::minutes(1);
        assert_eq!(joined(&record, EXTRACT), None);
    }

    #[test]
    fn a_database_whose_clock_is_a_minute_ahead_is_understood() {
        let mut record = doctored::healthy();
        let ahead = TimeDelta::minutes(1);
        for exchange in &mut record.exchanges {
            exchange.sent_at -= ahead;
        }
        assert!(exchanges_by_interaction(&record).is_empty());
        record.environment.database_clock_ahead_us = 60_000_000;
        assert_eq!(
            exchanges_by_interaction(&record).len(),
            record.exchanges.len()
        );
    }

    #[test]
    fn clocks_that_are_beyond_measure_apart_join_nothing() {
        for ahead in [i64::MIN, i64::MAX] {
            let mut record = doctored::healthy();
            record.environment.database_clock_ahead_us = ahead;
            assert!(exchanges_by_interaction(&record).is_empty());
        }
    }

    #[test]
    fn one_exchange_does_not_stand_behind_two_interactions() {
        let mut record = doctored::healthy();
        let mut copy = doctored::find(&record, PLAIN_RUN, EXTRACT).clone();
        copy.interaction_id = 9_000;
        record.interactions.push(copy);
        let joined = exchanges_by_interaction(&record);
        assert_eq!(joined.len(), record.exchanges.len());
        assert!(!joined.contains_key(&9_000));
    }
}
