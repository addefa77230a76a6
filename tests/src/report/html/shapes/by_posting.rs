//! When each posting took each step: the timeline as a table.

use std::collections::BTreeMap;

use super::calls::{Call, Calls};
use super::steps::{Step, steps};
use crate::judge::evidence::Evidence;
use crate::record::{Run, Status};

/// The table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ByPosting<'r> {
    /// The columns.
    pub(crate) steps: Vec<Step>,
    pub(crate) rows: Vec<PostingRow<'r>>,
    /// Runs that are not told.
    pub(crate) left_out: usize,
}

/// A posting's way.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PostingRow<'r> {
    pub(crate) run: &'r Run,
    pub(crate) title: Option<&'r str>,
    pub(crate) status: Status,
    /// One a column; absent where the step was not taken.
    pub(crate) cells: Vec<Option<Cell>>,
}

/// When a step began and how long it took, in milliseconds of the plan's time. Of several attempts it tells the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) start: i64,
    pub(crate) took: i64,
}

/// More rows than this make a page that no browser likes.
const ROWS_AT_MOST: usize = 500;

impl<'r> ByPosting<'r> {
    pub(crate) fn of(evidence: &Evidence<'r>, calls: &Calls) -> Self {
        let mut last: BTreeMap<(i64, i32), &Call> = BTreeMap::new();
        for call in &calls.all {
            if let (Some(run), Some(conversation)) = (call.run, call.conversation) {
                last.insert((run, conversation), call);
            }
        }
        let steps: Vec<Step> = steps(evidence.record)
            .into_iter()
            .filter(|step| last.keys().any(|(_, taken)| *taken == step.conversation))
            .collect();
        let cell = |run: &Run, step: &Step| {
            let call = last.get(&(run.workflow_run_id, step.conversation))?;
            Some(Cell {
                start: call.span.start,
                took: call.span.length(),
            })
        };
        let runs: Vec<&'r Run> = evidence.runs().collect();
        Self {
            rows: runs
                .iter()
                .take(ROWS_AT_MOST)
                .map(|run| PostingRow {
                    run,
                    title: evidence.posting(run.posting_id).map(|it| it.title.as_str()),
                    status: run.status,
                    cells: steps.iter().map(|step| cell(run, step)).collect(),
                })
                .collect(),
            left_out: runs.len().saturating_sub(ROWS_AT_MOST),
            steps,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::doctored;

    fn table(size: usize) -> (usize, usize, usize) {
        let record = doctored::healthy_of(size);
        let evidence = Evidence::of(&record);
        let table = ByPosting::of(&evidence, &Calls::of(&evidence).unwrap());
        let told = table.rows.iter().flat_map(|row| &row.cells).flatten();
        (table.rows.len(), table.left_out, told.count())
    }

    #[test]
    fn every_step_of_every_posting_is_told() {
        let record = doctored::healthy();
        assert_eq!(table(50), (50, 0, record.interactions.len()));
    }

    #[test]
    fn rows_that_are_too_many_are_counted() {
        let (rows, left_out, _) = table(510);
        assert_eq!((rows, left_out), (500, 10));
    }
}
