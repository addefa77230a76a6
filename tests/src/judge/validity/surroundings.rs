//! The batch and what lies beside it: rows of another time, other batches at the same time.

use chrono::{DateTime, TimeDelta, Utc};

use super::Doubt;
use crate::{
    judge::{
        evidence::Evidence,
        join::DRIFT,
        reading::{LOOK_AT_MOST, Look, counted},
    },
    record::BatchSpan,
};

/// Rows of one transaction are dated one after the other, and the batch's own row is the first and the last of them.
const ONE_TRANSACTION: TimeDelta = TimeDelta::seconds(1);

/// Every row was created after the batch and ended before it, and every call was sent meanwhile. One that was given up
/// may come to its end later.
pub(super) fn nothing_lies_outside_the_batch(evidence: &Evidence<'_>) -> Option<Doubt> {
    let batch = &evidence.record.batch;
    let earliest = batch.created_at - ONE_TRANSACTION;
    let latest = batch.ended_at.map(|end| end + ONE_TRANSACTION);
    let outside = |dates: &[Option<DateTime<Utc>>]| {
        let mut dates = dates.iter().flatten();
        dates.any(|at| *at < earliest || latest.is_some_and(|latest| *at > latest))
    };
    let record = evidence.record;
    let runs = record
        .runs
        .iter()
        .filter(|run| outside(&[Some(run.created_at), run.started_at, run.completed_at]))
        .map(|run| Look::Run(run.workflow_run_id));
    let interactions = record
        .interactions
        .iter()
        .filter(|row| outside(&[Some(row.created_at), row.started_at, row.completed_at]))
        .map(|row| Look::Interaction(row.interaction_id));
    let attempts = record
        .attempts
        .iter()
        .filter(|row| outside(&[Some(row.claimed_at), row.started_at, Some(row.ended_at)]))
        .map(|row| Look::Interaction(row.interaction_id));
    let mut look: Vec<Look> = runs.chain(interactions).chain(attempts).collect();
    let clocks = record.environment.database_clock_ahead();
    let calls = record.exchanges.iter().filter(|exchange| {
        let sent_at = exchange.sent_at + clocks;
        let asked = exchange.prompt_sha256.is_some();
        let late = latest.is_some_and(|latest| sent_at > latest + DRIFT);
        asked && (sent_at < earliest - DRIFT || late)
    });
    let found = look.len() + calls.count();
    look.sort_unstable();
    look.truncate(LOOK_AT_MOST);
    (found > 0).then(|| Doubt {
        check: "outside_the_batch",
        sentence: format!(
            "{} dated before the batch was created or after it had ended: they are of another batch, or were written \
             by hand",
            counted(found, "row")
        ),
        look,
    })
}

/// Nobody else used the database and the model server: times measured beside another batch are not this one's.
pub(super) fn no_other_batch_was_at_work(evidence: &Evidence<'_>) -> Option<Doubt> {
    let batch = &evidence.record.batch;
    let start = batch.started_at.unwrap_or(batch.created_at);
    let others: Vec<String> = evidence
        .record
        .overlapping_batches
        .iter()
        .flatten()
        .filter(|other| last_at_work(other).is_some_and(|last| last > start))
        .map(|other| other.id.to_string())
        .collect();
    (!others.is_empty()).then(|| Doubt {
        check: "overlapping_batches",
        sentence: format!(
            "other batches of the same database were at work at the same time ({}): they shared database and model \
             server, and no duration is this batch's alone",
            others.join(", ")
        ),
        look: Vec::new(),
    })
}

/// A batch that nobody declared over was at work as long as it gave a sign. Without any it was never begun.
fn last_at_work(other: &BatchSpan) -> Option<DateTime<Utc>> {
    other.ended_at.or(other.last_sign_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{
            doctored::{self, START},
            validity::tests::doubts,
        },
        record::{Attempt, AttemptEnd, Ended, RunRecord},
    };

    #[test]
    fn rows_of_another_time_are_found() {
        let edits: [fn(&mut RunRecord, TimeDelta); 4] = [
            |record, by| record.batch.created_at += by,
            |record, by| record.batch.ended_at = record.batch.ended_at.map(|end| end - by),
            |record, by| {
                let end = record.batch.ended_at.unwrap();
                let run = record.runs.last_mut().unwrap();
                run.completed_at = Some(end + by);
            },
            |record, by| {
                let end = record.batch.ended_at.unwrap();
                let late = attempt(record, end + by);
                record.attempts.push(late);
            },
        ];
        for edit in edits {
            let found = |by| {
                let mut record = doctored::healthy();
                edit(&mut record, by);
                doubts(&record)
            };
            let (soon, late) = (TimeDelta::milliseconds(900), TimeDelta::milliseconds(1_100));
            assert!(!found(soon).contains(&"outside_the_batch"));
            assert!(found(late).contains(&"outside_the_batch"));
        }
    }

    fn attempt(record: &RunRecord, ended_at: DateTime<Utc>) -> Attempt {
        Attempt {
            interaction_id: record.interactions[0].interaction_id,
            attempt: 1,
            claimed_by: "runner-1".to_owned(),
            claimed_at: START,
            started_at: None,
            ended_at,
            ended_as: AttemptEnd::Lost,
            error_type: None,
            error: None,
        }
    }

    #[test]
    fn a_call_of_the_day_before_is_found() {
        let mut record = doctored::healthy();
        let mut stray = record.exchanges[0].clone();
        stray.id = 9_000;
        let yesterday = TimeDelta::days(1);
        stray.sent_at -= yesterday;
        stray.ended_at -= yesterday;
        for at in [&mut stray.first_byte_at, &mut stray.last_byte_at] {
            *at = at.map(|at| at - yesterday);
        }
        record.exchanges.push(stray);
        assert_eq!(doubts(&record), ["outside_the_batch"]);
    }

    #[test]
    fn a_batch_that_has_not_ended_has_rows_of_any_later_time() {
        let mut record = doctored::healthy();
        (record.ended, record.complete) = (Ended::UnderWay, false);
        record.batch.ended_at = None;
        assert_eq!(doubts(&record), Vec::<&str>::new());
    }

    fn beside(other: BatchSpan) -> RunRecord {
        let mut record = doctored::healthy();
        record
            .overlapping_batches
            .get_or_insert_default()
            .push(other);
        record
    }

    #[test]
    fn another_batch_at_work_at_the_same_time_is_found() {
        let minute = TimeDelta::minutes(1);
        let other = |ended_at, last_sign_at| BatchSpan {
            id: 7,
            started_at: START - minute,
            ended_at,
            last_sign_at,
        };
        for (ended_at, last_sign_at) in [(Some(START + minute), None), (None, Some(START + minute))]
        {
            let record = beside(other(ended_at, last_sign_at));
            assert_eq!(doubts(&record), ["overlapping_batches"]);
        }
        // A batch that does not say when it began is not out of reach.
        let mut record = beside(other(Some(START + minute), None));
        record.batch.started_at = None;
        assert_eq!(doubts(&record), ["overlapping_batches"]);
        // A killed batch stays open for ever and is at work no longer.
        for last_sign_at in [Some(START - minute / 2), None] {
            let record = beside(other(None, last_sign_at));
            assert_eq!(doubts(&record), Vec::<&str>::new());
        }
    }
}
