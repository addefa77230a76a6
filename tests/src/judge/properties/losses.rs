//! Evidence that gets lost, of every kind.

use proptest::prelude::*;

use crate::record::{Exchange, RunRecord};

/// Takes one item of one kind of evidence away.
pub(super) type Lose = fn(&mut RunRecord, prop::sample::Index);

/// One for each kind of evidence.
pub(super) const KINDS: [Lose; 15] = [
    lose_run,
    |record, item| lose(&mut record.runs, item),
    |record, item| lose(&mut record.postings, item),
    |record, item| lose(&mut record.interactions, item),
    |record, item| lose(&mut record.exchanges, item),
    |record, item| lose(&mut record.residency, item),
    |record, item| lose(&mut record.connections, item),
    |record, item| {
        if let Some(samples) = &mut record.gpu {
            lose(samples, item);
        }
    },
    |record, item| lose(&mut record.attempts, item),
    // What may be absent by itself.
    |record, _| record.batch.started_at = None,
    |record, _| record.batch.ended_at = None,
    |record, _| record.row_counts_at_end = None,
    |record, _| record.overlapping_batches = None,
    |record, _| record.workers = None,
    // An error that nothing else tells of is gone without a trace: the records of the table are spared.
    |record, item| {
        if !record.attempts.is_empty() {
            lose(&mut record.errors, item);
        }
    },
];

fn lose<T>(items: &mut Vec<T>, item: prop::sample::Index) {
    if !items.is_empty() {
        items.remove(pick(items.len(), item));
    }
}

/// Any place, but more often one of the first or the last: there lies what was spoiled.
fn pick(count: usize, item: prop::sample::Index) -> usize {
    let place = item.index(3 * count);
    match place / count {
        0 => place,
        1 => place % count.min(30),
        _ => count - 1 - place % count.min(5),
    }
}

fn lose_run(record: &mut RunRecord, item: prop::sample::Index) {
    if record.runs.is_empty() {
        return;
    }
    let place = pick(record.runs.len(), item);
    delete_run(record, place);
}

/// Deletes a run with all that it did, as whoever deletes one has to.
pub(super) fn delete_run(record: &mut RunRecord, place: usize) {
    let id = record.runs.remove(place).workflow_run_id;
    let (lost, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut record.interactions)
        .into_iter()
        .partition(|row| row.workflow_run_id == id);
    record.interactions = kept;
    let asked = |exchange: &Exchange| {
        let inputs = lost.iter().filter_map(|row| row.input.as_ref());
        let mut prompts = inputs.map(|input| Some(&input.prompt_sha256));
        prompts.any(|prompt| prompt == exchange.prompt_sha256.as_ref())
    };
    record.exchanges.retain(|exchange| !asked(exchange));
}
