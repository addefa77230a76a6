//! Time runs forward.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::Doubt;
use crate::{
    judge::{
        evidence::Evidence,
        reading::{LOOK_AT_MOST, Look, counted},
    },
    record::{Attempt, Batch, Exchange, Interaction, Posting, Run},
};

/// Nothing is completed before it was started, started before it was claimed, claimed before it was created; no run
/// begins after its own work, and no posting is written before it was there; no byte of an answer arrives before it was asked for. A sample has one date, which contradicts nothing by itself.
pub(super) fn runs_forward(evidence: &Evidence<'_>) -> Option<Doubt> {
    let record = evidence.record;
    let began: BTreeMap<i64, DateTime<Utc>> = first_starts(&record.interactions);
    let runs = record
        .runs
        .iter()
        .filter(|run| backwards(&of_run(run)) || begins_late(run, &began));
    let interactions = record
        .interactions
        .iter()
        .filter(|interaction| backwards(&of_interaction(interaction)));
    let attempts = record
        .attempts
        .iter()
        .filter(|attempt| backwards(&of_attempt(attempt)));
    let postings = record.postings.iter();
    let postings = postings.filter(|posting| backwards(&of_posting(posting)));
    let mut look: Vec<Look> = runs
        .map(|run| Look::Run(run.workflow_run_id))
        .chain(interactions.map(|row| Look::Interaction(row.interaction_id)))
        .chain(attempts.map(|row| Look::Interaction(row.interaction_id)))
        .chain(postings.map(|posting| Look::Posting(posting.posting_id)))
        .collect();
    let exchanges = record.exchanges.iter();
    let exchanges = exchanges.filter(|exchange| backwards(&of_exchange(exchange)));
    let batch = backwards(&of_batch(&record.batch));
    let found = look.len() + exchanges.count() + usize::from(batch);
    look.sort_unstable();
    look.truncate(LOOK_AT_MOST);
    (found > 0).then(|| Doubt {
        check: "clock_runs_forward",
        sentence: format!(
            "in {} a later event is dated before an earlier one (created, claimed, started, completed; sent, \
             answered, over; a run, and the first of its work): the clock was set back, or the dates were written by hand",
            counted(found, "row")
        ),
        look,
    })
}

fn of_run(run: &Run) -> [Option<DateTime<Utc>>; 3] {
    [Some(run.created_at), run.started_at, run.completed_at]
}

/// A run begins with its first interaction, in one statement. One that is said to have begun when its work was under
/// way has had its date moved, and the time of the batch with it.
fn begins_late(run: &Run, began: &BTreeMap<i64, DateTime<Utc>>) -> bool {
    let first = began.get(&run.workflow_run_id);
    run.started_at
        .zip(first)
        .is_some_and(|(start, first)| start > *first + ONE_TRANSACTION)
}

fn first_starts(rows: &[Interaction]) -> BTreeMap<i64, DateTime<Utc>> {
    let mut first = BTreeMap::new();
    for row in rows {
        if let Some(start) = row.started_at {
            let earliest = first.entry(row.workflow_run_id).or_insert(start);
            *earliest = start.min(*earliest);
        }
    }
    first
}

/// A posting is written when it is there.
fn of_posting(posting: &Posting) -> [Option<DateTime<Utc>>; 2] {
    [Some(posting.created_at), Some(posting.updated_at)]
}

fn of_interaction(row: &Interaction) -> [Option<DateTime<Utc>>; 4] {
    [
        Some(row.created_at),
        row.claimed_at,
        row.started_at,
        row.completed_at,
    ]
}

fn of_attempt(row: &Attempt) -> [Option<DateTime<Utc>>; 3] {
    [Some(row.claimed_at), row.started_at, Some(row.ended_at)]
}

fn of_exchange(exchange: &Exchange) -> [Option<DateTime<Utc>>; 4] {
    [
        Some(exchange.sent_at),
        exchange.first_byte_at,
        exchange.last_byte_at,
        Some(exchange.ended_at),
    ]
}

fn of_batch(batch: &Batch) -> [Option<DateTime<Utc>>; 3] {
    [Some(batch.created_at), batch.started_at, batch.ended_at]
}

fn backwards(events: &[Option<DateTime<Utc>>]) -> bool {
    !events
        .iter()
        .flatten()
        .is_sorted_by(|earlier, later| **earlier <= **later + ONE_STATEMENT)
}

/// What one transaction dates is seconds apart only where the database stands still. A batch does not become shorter by
/// less: its time is counted from whatever began first.
const ONE_TRANSACTION: TimeDelta = TimeDelta::seconds(10);

/// Two columns that one statement dates are dated in no fixed order.
const ONE_STATEMENT: TimeDelta = TimeDelta::milliseconds(1);

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use crate::{
        judge::{doctored, validity::tests::doubts},
        record::RunRecord,
    };

    #[test]
    fn each_pair_of_events_must_be_in_order() {
        let long_before = doctored::START - TimeDelta::days(1);
        let edits: [fn(&mut RunRecord, chrono::DateTime<chrono::Utc>); 4] = [
            |record, then| record.interactions[0].completed_at = Some(then),
            |record, then| record.interactions[0].claimed_at = Some(then),
            |record, then| record.runs[0].completed_at = Some(then),
            |record, then| record.runs[0].started_at = Some(then),
        ];
        for edit in edits {
            let mut record = doctored::healthy();
            edit(&mut record, long_before);
            assert!(doubts(&record).contains(&"clock_runs_forward"));
        }
    }

    #[test]
    fn an_exchange_and_the_batch_itself_must_be_in_order_too() {
        let before = TimeDelta::milliseconds(-2);
        let edits: [fn(&mut RunRecord, TimeDelta); 5] = [
            |record, before| record.exchanges[5].ended_at = record.exchanges[5].sent_at + before,
            |record, before| {
                record.exchanges[5].first_byte_at = Some(record.exchanges[5].sent_at + before);
            },
            |record, before| {
                let first = record.exchanges[5].first_byte_at;
                record.exchanges[5].last_byte_at = first.map(|at| at + before);
            },
            |record, before| record.batch.started_at = Some(record.batch.created_at + before),
            |record, before| {
                let start = record.batch.started_at;
                record.batch.ended_at = start.map(|at| at + before);
            },
        ];
        for edit in edits {
            let mut record = doctored::healthy();
            edit(&mut record, before);
            assert!(doubts(&record).contains(&"clock_runs_forward"));
        }
    }

    #[test]
    fn an_answer_of_which_no_byte_arrived_is_in_order() {
        let mut record = doctored::healthy();
        let mut silent = record.exchanges[5].clone();
        (silent.id, silent.first_byte_at, silent.last_byte_at) = (9_000, None, None);
        silent.ended_at = silent.sent_at;
        record.exchanges.push(silent);
        assert_eq!(doubts(&record), Vec::<&str>::new());
    }

    #[test]
    fn columns_dated_by_one_statement_may_be_dated_in_either_order() {
        let mut record = doctored::healthy();
        let created_at = record.runs[1].started_at.unwrap();
        record.runs[1].created_at = created_at + TimeDelta::microseconds(35);
        assert_eq!(doubts(&record), Vec::<&str>::new());
        record.runs[1].created_at = created_at + TimeDelta::milliseconds(2);
        assert_eq!(doubts(&record), ["clock_runs_forward"]);
    }

    #[test]
    fn an_event_that_has_not_happened_is_in_nobodys_way() {
        let mut record = doctored::healthy();
        record.interactions[0].claimed_at = None;
        assert_eq!(doubts(&record), Vec::<&str>::new());
    }
}
