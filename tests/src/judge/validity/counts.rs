//! The record has as many rows as the tables gained.

use super::Doubt;
use crate::{judge::evidence::Evidence, record::RunRecord};

/// Rows were counted apart from being read. A table that gained more of them than the record has says that some were
/// left out, be it the failed ones. Fewer are no sign: a batch that is taken up again had some before.
///
/// Of the postings as many as the batch was to have are no fewer than were promoted for it.
///
/// Of two batches that were made meanwhile nobody can tell whose rows they are. And where no run is left, nothing can
/// be met any more.
pub(super) fn no_row_was_left_out(evidence: &Evidence<'_>) -> Option<Doubt> {
    let record = evidence.record;
    if record.runs.is_empty() || gained(record, "batches") != Some(1) {
        return None;
    }
    let tables = [
        ("workflow_runs", record.runs.len()),
        ("interactions", record.interactions.len()),
        ("interaction_attempts", record.attempts.len()),
        ("workflow_errors", record.errors.len()),
        ("postings", record.postings.len().max(evidence.size())),
    ];
    let told: Vec<String> = tables
        .iter()
        .filter_map(|(table, there)| {
            let gained = gained(record, table)?;
            let there = u64::try_from(*there).unwrap_or(u64::MAX);
            (gained > there)
                .then(|| format!("{table} gained {gained} rows and the record has {there}"))
        })
        .collect();
    (!told.is_empty()).then(|| Doubt {
        check: "rows_left_out",
        sentence: format!(
            "{}: what the batch wrote is not all here, and nobody knows what the rest would say",
            told.join("; ")
        ),
        look: Vec::new(),
    })
}

/// What a table has more than before the batch; absent where it was not counted.
fn gained(record: &RunRecord, table: &str) -> Option<u64> {
    let before = record.row_counts_at_start.get(table)?;
    let after = record.row_counts_at_end.as_ref()?.get(table)?;
    Some(after.saturating_sub(*before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{
        doctored::{self, PLAIN_RUN},
        validity::tests::doubts,
    };

    /// A run with all that is about it, as if the batch had been smaller.
    fn leave_out(record: &mut RunRecord, run: i64) {
        let left_out: Vec<i64> = record
            .runs
            .extract_if(.., |row| row.workflow_run_id == run)
            .map(|row| row.posting_id)
            .collect();
        record
            .postings
            .retain(|row| !left_out.contains(&row.posting_id));
        record.interactions.retain(|row| row.workflow_run_id != run);
        record.batch.size -= 1;
    }

    fn count(record: &mut RunRecord, table: &str, rows: u64) {
        let counts = record.row_counts_at_end.get_or_insert_default();
        *counts.get_mut(table).unwrap() += rows;
    }

    #[test]
    fn a_failed_run_that_is_left_out_with_all_that_is_about_it_is_missed() {
        let mut record = doctored::healthy();
        doctored::fail(&mut record, PLAIN_RUN);
        leave_out(&mut record, PLAIN_RUN);
        // The calls of the run are still there.
        assert_eq!(doubts(&record), ["rows_left_out", "unexplained_evidence"]);
    }

    #[test]
    fn errors_and_attempts_that_were_counted_and_are_not_there_are_missed() {
        for table in ["workflow_errors", "interaction_attempts"] {
            let mut record = doctored::healthy();
            count(&mut record, table, 1);
            assert_eq!(doubts(&record), ["rows_left_out"], "{table}");
        }
    }

    #[test]
    fn rows_beside_those_of_another_batch_or_from_before_are_no_doubt() {
        let mut beside = doctored::healthy();
        count(&mut beside, "batches", 1);
        count(&mut beside, "workflow_runs", 7);
        assert_eq!(doubts(&beside), Vec::<&str>::new());
        let mut before = doctored::healthy();
        before
            .row_counts_at_start
            .insert("workflow_runs".to_owned(), 7);
        assert_eq!(doubts(&before), Vec::<&str>::new());
    }
}
