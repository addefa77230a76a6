//! Edits of dates that keep a record in order: everything that belongs together is moved together.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{START, healthy::sample, prompt};
use crate::record::{Exchange, Interaction, RunRecord};

/// Changes every date of a record in the same way: rows, witness, samples and batch.
pub(crate) fn change_dates(
    record: &mut RunRecord,
    change: impl Fn(DateTime<Utc>) -> DateTime<Utc>,
) {
    let batch = &mut record.batch;
    let batch = [
        Some(&mut batch.created_at),
        batch.started_at.as_mut(),
        batch.ended_at.as_mut(),
    ];
    let runs = record.runs.iter_mut().flat_map(|row| {
        [
            Some(&mut row.created_at),
            row.started_at.as_mut(),
            row.completed_at.as_mut(),
        ]
    });
    let attempts = record.attempts.iter_mut().flat_map(|row| {
        [
            Some(&mut row.claimed_at),
            row.started_at.as_mut(),
            Some(&mut row.ended_at),
        ]
    });
    let samples = (record.residency.iter_mut().map(|it| &mut it.at))
        .chain(record.connections.iter_mut().map(|it| &mut it.at))
        .chain(record.gpu.iter_mut().flatten().map(|it| &mut it.at))
        .chain(record.identities.iter_mut().flatten().map(|it| &mut it.at));
    let rows = batch.into_iter().chain(runs).chain(attempts).flatten();
    rows.chain(record.interactions.iter_mut().flat_map(of_interaction))
        .chain(record.exchanges.iter_mut().flat_map(of_exchange))
        .chain(samples)
        .for_each(|at| *at = change(*at));
}

fn of_interaction(row: &mut Interaction) -> impl Iterator<Item = &mut DateTime<Utc>> {
    let dates = [
        Some(&mut row.created_at),
        Some(&mut row.available_at),
        row.claimed_at.as_mut(),
        row.lease_expires_at.as_mut(),
        row.started_at.as_mut(),
        row.completed_at.as_mut(),
    ];
    dates.into_iter().flatten()
}

fn of_exchange(exchange: &mut Exchange) -> impl Iterator<Item = &mut DateTime<Utc>> {
    let dates = [
        Some(&mut exchange.sent_at),
        exchange.first_byte_at.as_mut(),
        exchange.last_byte_at.as_mut(),
        Some(&mut exchange.ended_at),
    ];
    dates.into_iter().flatten()
}

/// Lets all of a batch go more slowly or faster, the server's work too, so that it takes this long.
pub(crate) fn last_for(record: &mut RunRecord, wall: TimeDelta) {
    let end = record.runs.iter().filter_map(|run| run.completed_at).max();
    let took = microseconds(end.unwrap() - START);
    let takes = microseconds(wall);
    change_dates(record, |at| {
        let since = microseconds(at - START) * takes / took;
        START + TimeDelta::microseconds(i64::try_from(since).unwrap())
    });
    for exchange in &mut record.exchanges {
        let line = exchange.final_line.as_mut().unwrap();
        for duration in [
            &mut line.total_duration,
            &mut line.load_duration,
            &mut line.prompt_eval_duration,
            &mut line.eval_duration,
        ] {
            *duration = u64::try_from(i128::from(*duration) * takes / took).unwrap();
        }
    }
}

fn microseconds(delta: TimeDelta) -> i128 {
    i128::from(delta.num_microseconds().unwrap())
}

/// Lets nothing happen for a while when this run is over, except that samples are taken.
pub(crate) fn pause_after(record: &mut RunRecord, run: i64, pause: TimeDelta) {
    for later in record.runs.iter_mut().filter(|it| it.workflow_run_id > run) {
        for at in [&mut later.started_at, &mut later.completed_at] {
            *at = at.map(|at| at + pause);
        }
    }
    let mut asked: BTreeSet<String> = BTreeSet::new();
    for row in &mut record.interactions {
        if row.workflow_run_id > run {
            asked.extend(prompt(row).map(str::to_owned));
            of_interaction(row).for_each(|at| *at += pause);
        }
    }
    for exchange in &mut record.exchanges {
        if exchange
            .prompt_sha256
            .as_ref()
            .is_some_and(|it| asked.contains(it))
        {
            of_exchange(exchange).for_each(|at| *at += pause);
        }
    }
    record.batch.ended_at = record.batch.ended_at.map(|end| end + pause);
    let end = record.batch.ended_at.unwrap();
    sample(record, end);
}
