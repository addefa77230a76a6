//! How many postings came through.

use std::fmt::Write;

use crate::{
    judge::{
        criterion::{Criterion, EVERYWHERE, Enforcement, Rule, Scaling},
        evidence::Evidence,
        reading::{Look, Reading, counted, number},
        tiers::{Bound, Tiers, Unit, percent},
    },
    record::Status,
};

/// The Success Declaration's count. Its first version asked for 47 and for more than 94 %, which 47 of 50 are not: 48 is
/// the least number that keeps all that it asked.
pub(super) const POSTINGS_COMPLETED: Rule = Rule {
    criterion: Criterion {
        id: "postings_completed",
        name: "Postings completed",
        sentence: "The number of postings that came through the workflow; a batch of another size owes as \
                   large a part.",
        judged_in: EVERYWHERE,
        also: &["all postings processed"],
    },
    enforcement: Enforcement::Must,
    tiers: Tiers {
        unit: Unit::Count,
        target: Bound::Exactly(50.0),
        acceptable: Some(Bound::AtLeast(48.0)),
        red: Bound::Below(45.0),
    },
    scaling: Scaling::WithBatch,
    read: |evidence| read(evidence, number),
};

/// The table's "Completion rate".
pub(super) const COMPLETION_RATE: Rule = Rule {
    criterion: Criterion {
        id: "completion_rate",
        name: "Completion rate",
        sentence: "The share of the batch's postings that came through the workflow.",
        judged_in: EVERYWHERE,
        also: &[],
    },
    enforcement: Enforcement::Should,
    tiers: Tiers::share(Bound::Above(95.0), 90.0),
    scaling: Scaling::Fixed,
    read: |evidence| read(evidence, |completed| percent(completed, evidence.size())),
};

/// The plan's "< 5 % failures". Its "max 2–3" would be 6 % of 50 at the upper end: the percentage is what it means.
pub(super) const FAILURE_RATE: Rule = Rule {
    criterion: Criterion {
        id: "failure_rate",
        name: "Failure rate",
        sentence: "The share of the batch's postings whose run failed or was cancelled.",
        judged_in: EVERYWHERE,
        also: &["failures", "failed postings"],
    },
    enforcement: Enforcement::Should,
    tiers: Tiers {
        unit: Unit::Percent,
        target: Bound::Exactly(0.0),
        acceptable: Some(Bound::Below(5.0)),
        red: Bound::Above(10.0),
    },
    scaling: Scaling::Fixed,
    read: read_failures,
};

/// What is still open may yet fail, and a run that is not in the record may have failed: either keeps the rate from
/// being a pass.
fn read_failures(evidence: &Evidence<'_>) -> Reading {
    if evidence.runs().next().is_none() {
        return Reading::no_data("no posting has entered the workflow");
    }
    let failed: Vec<i64> = evidence
        .runs()
        .filter(|run| matches!(run.status, Status::Failed | Status::Cancelled))
        .map(|run| run.workflow_run_id)
        .collect();
    let note = note(evidence, evidence.completed_postings().len());
    let rate = percent(failed.len(), evidence.size());
    let reading =
        Reading::value(rate, evidence.size(), note).look(failed.into_iter().map(Look::Run));
    if evidence.all_runs_ended() {
        reading
    } else {
        reading.at_least()
    }
}

fn read(evidence: &Evidence<'_>, value: impl Fn(usize) -> f64) -> Reading {
    if evidence.runs().next().is_none() {
        return Reading::no_data("no posting has entered the workflow");
    }
    let completed = evidence.completed_postings().len();
    Reading::value(value(completed), evidence.size(), note(evidence, completed))
        .counts_tries()
        .look(
            evidence
                .runs()
                .filter(|run| run.status != Status::Completed)
                .map(|run| Look::Run(run.workflow_run_id)),
        )
}

fn note(evidence: &Evidence<'_>, completed: usize) -> String {
    let with = |status| evidence.runs().filter(|run| run.status == status).count();
    let rest = [
        (with(Status::Failed), "failed"),
        (with(Status::Cancelled), "cancelled"),
        (with(Status::Running), "still running"),
        (with(Status::Pending), "not begun"),
        (evidence.runs_missing(), "never entered the workflow"),
    ];
    let postings = counted(evidence.size(), "posting");
    let mut note = format!("{completed} of {postings} completed");
    for (count, fate) in rest.iter().filter(|(count, _)| *count > 0) {
        let _ = write!(note, ", {count} {fate}");
    }
    note
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Standing, doctored};

    fn with_failures(count: usize) -> crate::record::RunRecord {
        let mut record = doctored::healthy();
        for run in 1..=i64::try_from(count).unwrap() {
            doctored::fail(&mut record, run);
        }
        record
    }

    #[test]
    fn forty_eight_of_fifty_are_enough_and_fewer_than_forty_five_are_red() {
        for (failures, standing) in [
            (0, Standing::Target),
            (1, Standing::Acceptable),
            (2, Standing::Acceptable),
            (3, Standing::Gap),
            (5, Standing::Gap),
            (6, Standing::Red),
        ] {
            let record = with_failures(failures);
            let verdict = doctored::verdict(&record, "postings_completed");
            assert_eq!(verdict.standing, standing, "{failures} failures");
        }
    }

    #[test]
    fn of_another_number_ninety_six_percent_are_enough() {
        for (size, enough) in [(3, 3.0), (20, 20.0), (50, 48.0), (100, 96.0), (500, 480.0)] {
            let verdict = doctored::verdict(&doctored::healthy_of(size), "postings_completed");
            assert_eq!(
                verdict.tiers.acceptable,
                Some(Bound::AtLeast(enough)),
                "{size}"
            );
        }
    }

    #[test]
    fn the_completion_rate_has_a_gap_between_95_and_90_percent() {
        for (failures, standing) in [
            (0, Standing::Target),
            (2, Standing::Acceptable),
            (3, Standing::Gap),
            (5, Standing::Gap),
            (6, Standing::Red),
        ] {
            let record = with_failures(failures);
            let verdict = doctored::verdict(&record, "completion_rate");
            assert_eq!(verdict.standing, standing, "{failures} failures");
        }
    }

    #[test]
    fn postings_that_never_entered_the_workflow_count_as_not_completed() {
        let mut record = doctored::healthy();
        record.runs.truncate(40);
        let verdict = doctored::verdict(&record, "completion_rate");
        assert_eq!(verdict.standing, Standing::Red);
        assert!(
            verdict.note.contains("10 never entered"),
            "{}",
            verdict.note
        );
    }

    #[test]
    fn a_second_run_of_one_posting_does_not_make_up_for_a_failed_one() {
        let mut record = with_failures(6);
        let mut again = record.runs[10].clone();
        again.workflow_run_id = 900;
        record.runs.push(again);
        let verdict = doctored::verdict(&record, "postings_completed");
        assert_eq!(verdict.standing, Standing::Red);
    }

    #[test]
    fn the_failure_rate_has_a_gap_between_5_and_10_percent() {
        for (failures, standing) in [
            (0, Standing::Target),
            (2, Standing::Acceptable),
            (3, Standing::Gap),
            (5, Standing::Gap),
            (6, Standing::Red),
        ] {
            let verdict = doctored::verdict(&with_failures(failures), "failure_rate");
            assert_eq!(verdict.standing, standing, "{failures} failures");
        }
    }

    #[test]
    fn a_cancelled_run_is_a_failure_too() {
        let mut record = with_failures(2);
        record.runs[40].status = Status::Cancelled;
        let verdict = doctored::verdict(&record, "failure_rate");
        assert_eq!(verdict.measured.unwrap().to_string(), "6 %");
    }

    #[test]
    fn a_run_that_is_open_or_missing_is_no_failure_and_no_pass_either() {
        let missing = |failures| {
            let mut record = with_failures(failures);
            record.runs.truncate(49);
            doctored::verdict(&record, "failure_rate").standing
        };
        let open = |failures| {
            let mut record = with_failures(failures);
            record.runs[49].status = Status::Running;
            doctored::verdict(&record, "failure_rate").standing
        };
        assert_eq!((missing(0), open(0)), (Standing::NoData, Standing::NoData));
        assert_eq!((missing(6), open(6)), (Standing::Red, Standing::Red));
    }

    #[test]
    fn a_verdict_names_runs_to_look_at_and_only_a_few() {
        let verdict = doctored::verdict(&with_failures(20), "completion_rate");
        assert_eq!(verdict.look.len(), 5);
        assert_eq!(verdict.look[0], Look::Run(1));
    }
}
