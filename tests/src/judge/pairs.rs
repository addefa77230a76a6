//! The two grades of one posting, which the plan wants at the same time.

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    conversations::{GRADE_A, GRADE_B, needs_summary},
    evidence::Evidence,
    reading::Reading,
};
use crate::record::{Exchange, Interaction, Run, Status};

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
}

impl Window {
    /// Whether two stretches share any time. Touching is not sharing: that is one after the other.
    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.shared(other) > TimeDelta::zero()
    }

    /// The time that two stretches share.
    pub(crate) fn shared(self, other: Self) -> TimeDelta {
        (self.end.min(other.end) - self.start.max(other.start)).max(TimeDelta::zero())
    }

    /// How long it is.
    pub(crate) fn length(self) -> TimeDelta {
        (self.end - self.start).max(TimeDelta::zero())
    }

    /// When the server says it computed: its own durations, counted back from the last byte.
    /// It cannot have begun before it was asked.
    pub(crate) fn of_compute(exchange: &Exchange) -> Option<Self> {
        let end = exchange.last_byte_at?;
        let start = (end - exchange.compute()?).max(exchange.sent_at);
        Some(Self { start, end })
    }

    fn of_flight(exchange: &Exchange) -> Option<Self> {
        Some(Self {
            start: exchange.sent_at,
            end: exchange.last_byte_at?,
        })
    }

    fn of_execution(interaction: &Interaction) -> Option<Self> {
        Some(Self {
            start: interaction.started_at?,
            end: interaction.completed_at?,
        })
    }
}

/// What is known of both grades of one run. `None` where either is missing: a pair that was owed and
/// cannot be shown stays in the denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The run.
    pub(crate) run: i64,
    /// From start to end, as the database has it.
    pub(crate) executed: Option<[Window; 2]>,
    /// The same of the one grade that has both dates, where the other is lost.
    pub(crate) executed_alone: Option<Window>,
    /// From sending to last byte, as the witness has it.
    pub(crate) in_flight: Option<[Window; 2]>,
    /// When the server computed, as the witness has it.
    pub(crate) computed: Option<[Window; 2]>,
    /// Between the two sendings, as the witness has it.
    pub(crate) gap: Option<TimeDelta>,
}

impl Pair {
    /// Whether both executions share time.
    pub(crate) fn overlaps_in_execution(&self) -> bool {
        self.executed.is_some_and(|[a, b]| a.overlaps(b))
    }

    /// Whether the server computed both at once.
    pub(crate) fn overlaps_on_server(&self) -> bool {
        self.computed.is_some_and(|[a, b]| a.overlaps(b))
    }

    fn of(evidence: &Evidence<'_>, run: &Run) -> Self {
        let grades = [GRADE_A, GRADE_B].map(|grade| evidence.step(run, grade));
        let [executed_a, executed_b] = grades.map(|grade| grade.and_then(Window::of_execution));
        let exchanges = grades.map(|grade| grade.and_then(|grade| evidence.exchange_of(grade)));
        let exchanges = both(exchanges[0], exchanges[1]);
        Self {
            run: run.workflow_run_id,
            executed: both(executed_a, executed_b),
            executed_alone: executed_a.xor(executed_b),
            in_flight: exchanges
                .and_then(|[a, b]| both(Window::of_flight(a), Window::of_flight(b))),
            computed: exchanges
                .and_then(|[a, b]| both(Window::of_compute(a), Window::of_compute(b))),
            gap: exchanges.map(|[a, b]| (a.sent_at - b.sent_at).abs()),
        }
    }
}

/// The pairs that the batch owed, by run.
pub(crate) fn of(evidence: &Evidence<'_>) -> Vec<Pair> {
    evidence
        .runs()
        .filter(|run| owes_a_pair(evidence, run))
        .map(|run| Pair::of(evidence, run))
        .collect()
}

/// A completed run owes both grades unless its summary was skipped. A run that ended otherwise owes them
/// once either has begun, and while either is still open nothing can be said.
fn owes_a_pair(evidence: &Evidence<'_>, run: &Run) -> bool {
    if run.status == Status::Completed {
        return needs_summary(evidence, run);
    }
    let grades = [GRADE_A, GRADE_B].map(|grade| evidence.step(run, grade));
    let begun = |grade: &Interaction| grade.started_at.is_some();
    let open = |grade: &Interaction| grade.status.is_open();
    grades.iter().flatten().any(|grade| begun(grade))
        && !grades.iter().flatten().any(|grade| open(grade))
}

/// What is to be said where no pair was owed: completed runs that all had their summaries already cannot show how
/// grades run; without a completed run there is nothing at all.
pub(crate) fn none_owed(evidence: &Evidence<'_>) -> Reading {
    if evidence.completed_runs().next().is_none() {
        return Reading::no_data("no posting has been graded");
    }
    if evidence.runs_missing() > 0 {
        return Reading::no_data(
            "no posting that is in the record was graded, and some are missing",
        );
    }
    Reading::NotJudgeable {
        reason: "no grading was due: every posting had its summary already".to_owned(),
        value: None,
        n: 0,
    }
}

fn both<T>(a: Option<T>, b: Option<T>) -> Option<[T; 2]> {
    Some([a?, b?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{
        conversations::CHECK_SUMMARY,
        doctored::{self, PLAIN_RUN},
    };
    use serde_json::json;

    fn window(start: i64, end: i64) -> Window {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        Window {
            start: at(start),
            end: at(end),
        }
    }

    #[test]
    fn touching_is_not_overlapping_and_containing_is() {
        assert!(!window(0, 5).overlaps(window(5, 9)));
        assert!(!window(5, 9).overlaps(window(0, 5)));
        assert!(window(0, 9).overlaps(window(3, 4)));
        assert!(window(0, 5).overlaps(window(4, 9)));
    }

    #[test]
    fn a_server_cannot_have_computed_before_it_was_asked() {
        let mut record = doctored::healthy();
        let exchange = doctored::exchange(&mut record, PLAIN_RUN, GRADE_A);
        exchange.final_line.as_mut().unwrap().eval_duration = 3_600_000_000_000;
        let window = Window::of_compute(exchange).unwrap();
        assert_eq!(window.start, exchange.sent_at);
    }

    #[test]
    fn a_run_without_need_of_a_summary_owes_no_pair() {
        let mut record = doctored::healthy();
        doctored::interaction(&mut record, PLAIN_RUN, CHECK_SUMMARY).output =
            Some(json!({"kind": "check", "outcome": "SKIP"}));
        assert_eq!(Evidence::of(&record).pairs().len(), 49);
    }

    #[test]
    fn a_lost_grade_leaves_its_pair_in_the_count() {
        let mut record = doctored::healthy();
        doctored::remove(&mut record, PLAIN_RUN, GRADE_B);
        let evidence = Evidence::of(&record);
        assert_eq!(evidence.pairs().len(), 50);
        let lost = evidence.pairs().iter().find(|pair| pair.run == PLAIN_RUN);
        assert_eq!(lost.unwrap().executed, None);
    }

    #[test]
    fn a_pair_that_is_still_at_work_is_not_yet_counted() {
        let mut record = doctored::healthy();
        record.runs[0].status = Status::Running;
        let run = record.runs[0].workflow_run_id;
        doctored::interaction(&mut record, run, GRADE_B).status = Status::Running;
        assert_eq!(Evidence::of(&record).pairs().len(), 49);
    }

    #[test]
    fn a_failed_run_with_a_grade_begun_and_the_other_cancelled_owes_the_pair() {
        let mut record = doctored::healthy();
        record.runs[0].status = Status::Failed;
        let run = record.runs[0].workflow_run_id;
        let grade = doctored::interaction(&mut record, run, GRADE_B);
        (grade.status, grade.started_at) = (Status::Cancelled, None);
        let evidence = Evidence::of(&record);
        assert_eq!(evidence.pairs().len(), 50);
        assert!(!evidence.pairs()[0].overlaps_in_execution());
    }
}
