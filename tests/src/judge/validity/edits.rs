//! Rows that somebody wrote after the system had.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::Doubt;
use crate::{
    judge::{
        evidence::Evidence,
        reading::{LOOK_AT_MOST, Look, counted},
    },
    record::{Run, Status},
};

/// A run ends in the transaction that ends its last interaction, and its posting is written no later: milliseconds lie
/// between, and only a database that stands still can make seconds of them. Whoever sets rows by hand looks at them
/// first, and that takes longer.
const ONE_TRANSACTION: TimeDelta = TimeDelta::seconds(10);

/// So many runs that end in the same microsecond were ended by one statement. Two may meet by chance where thousands
/// end within a minute; of three it is a matter of one batch in a hundred thousand.
const ONE_STATEMENT: usize = 3;

/// No run was ended and no posting written but by the work itself.
pub(super) fn nothing_was_edited_afterwards(evidence: &Evidence<'_>) -> Option<Doubt> {
    let late = ended_without_work(evidence);
    let together = ended_together(evidence);
    let postings = written_afterwards(evidence);
    let told = [
        (
            &late,
            "completed or failed when none of its interactions ended",
        ),
        (&together, "ended in the same microsecond as two others"),
        (&postings, "written after its run had ended"),
    ];
    let told: Vec<String> = told
        .iter()
        .zip(["run", "run", "posting"])
        .filter(|((found, _), _)| !found.is_empty())
        .map(|((found, what), thing)| format!("{}, each {what}", counted(found.len(), thing)))
        .collect();
    let mut look: Vec<Look> = late.into_iter().chain(together).chain(postings).collect();
    look.sort_unstable();
    look.dedup();
    look.truncate(LOOK_AT_MOST);
    (!told.is_empty()).then(|| Doubt {
        check: "edited_rows",
        sentence: format!("{}: rows were set by hand", told.join("; ")),
        look,
    })
}

/// Runs whose end is dated long after that of their last interaction, and completed ones without any. One that is
/// dated before has its books in disorder, which is another matter.
fn ended_without_work(evidence: &Evidence<'_>) -> Vec<Look> {
    let without = |run: &&Run| {
        let last = evidence
            .steps_of(run)
            .filter_map(|row| row.completed_at)
            .max();
        match (run.completed_at, last) {
            (Some(end), Some(last)) => end > last + ONE_TRANSACTION,
            (Some(_), None) => run.status == Status::Completed,
            (None, _) => false,
        }
    };
    let runs = evidence.runs().filter(without);
    runs.map(|run| Look::Run(run.workflow_run_id)).collect()
}

fn ended_together(evidence: &Evidence<'_>) -> Vec<Look> {
    let mut by_end: BTreeMap<DateTime<Utc>, Vec<Look>> = BTreeMap::new();
    for run in evidence.runs() {
        if let Some(end) = run.completed_at {
            let ended = by_end.entry(end).or_default();
            ended.push(Look::Run(run.workflow_run_id));
        }
    }
    by_end
        .into_values()
        .filter(|runs| runs.len() >= ONE_STATEMENT)
        .flatten()
        .collect()
}

fn written_afterwards(evidence: &Evidence<'_>) -> Vec<Look> {
    let afterwards = |run: &Run| {
        let end = run.completed_at?;
        let posting = evidence.posting(run.posting_id)?;
        (posting.updated_at > end + ONE_TRANSACTION).then_some(Look::Posting(posting.posting_id))
    };
    evidence.runs().filter_map(afterwards).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{doctored, validity::tests::doubts},
        record::RunRecord,
    };

    /// As the original left them: everything done and no run ended.
    fn never_ended() -> RunRecord {
        let mut record = doctored::healthy();
        for run in &mut record.runs {
            (run.status, run.completed_at) = (Status::Running, None);
        }
        record
    }

    #[test]
    fn fifty_runs_set_to_completed_by_hand_are_found() {
        let mut record = never_ended();
        assert_eq!(doubts(&record), Vec::<&str>::new());
        let now = record.batch.ended_at.unwrap();
        for run in &mut record.runs {
            (run.status, run.completed_at) = (Status::Completed, Some(now));
        }
        assert_eq!(doubts(&record), ["edited_rows"]);
    }

    #[test]
    fn a_single_run_completed_long_after_its_work_is_found_and_one_a_moment_after_is_not() {
        let ended = |after| {
            let mut record = doctored::healthy();
            let last = doctored::find(&record, 7, 9163).completed_at;
            record.runs[6].completed_at = last.map(|at| at + TimeDelta::milliseconds(after));
            doubts(&record)
        };
        assert_eq!(ended(10_000), Vec::<&str>::new());
        assert_eq!(ended(10_001), ["edited_rows"]);
    }

    #[test]
    fn a_completed_run_in_which_nothing_was_ever_done_is_found() {
        let mut record = doctored::healthy();
        record.interactions.retain(|row| row.workflow_run_id != 7);
        assert!(doubts(&record).contains(&"edited_rows"));
    }

    #[test]
    fn a_run_that_was_cancelled_before_it_began_is_in_order() {
        let mut record = doctored::healthy();
        for step in doctored::steps_of(&record, 7) {
            doctored::remove(&mut record, 7, step);
        }
        record.runs[6].status = Status::Cancelled;
        assert_eq!(doubts(&record), Vec::<&str>::new());
    }

    #[test]
    fn three_runs_ended_by_one_statement_are_found_and_two_may_meet() {
        let mut record = doctored::healthy();
        let end = record.runs[5].completed_at;
        for run in 6..=7 {
            for row in record
                .interactions
                .iter_mut()
                .filter(|row| row.workflow_run_id == run)
            {
                row.completed_at = row.completed_at.min(end);
            }
        }
        record.runs[6].completed_at = end;
        assert!(!told(&record).contains("same microsecond"));
        record.runs[7].completed_at = end;
        assert!(told(&record).contains("3 runs, each ended in the same microsecond"));
    }

    fn told(record: &RunRecord) -> String {
        nothing_was_edited_afterwards(&Evidence::of(record))
            .map_or_else(String::new, |doubt| doubt.sentence)
    }

    #[test]
    fn a_posting_written_after_its_run_is_found_and_one_written_by_its_last_step_is_not() {
        let written = |after| {
            let mut record = doctored::healthy();
            let end = record.runs[6].completed_at.unwrap();
            record.postings[6].updated_at = end + TimeDelta::milliseconds(after);
            doubts(&record)
        };
        assert_eq!(written(-1), Vec::<&str>::new());
        assert_eq!(written(10_001), ["edited_rows"]);
    }
}
