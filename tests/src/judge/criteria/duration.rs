//! How long the batch took, in the plan's time.

use chrono::TimeDelta;

use crate::judge::{
    criterion::{Criterion, Enforcement, Rule, Scaling, WHERE_TIME_PASSES},
    evidence::Evidence,
    reading::{Reading, number},
    tiers::{Bound, Tiers, Unit},
};

/// The table's "Total duration". Faster than its acceptable range is good news; whether it is possible is
/// a matter of validity.
pub(in crate::judge) const TOTAL_DURATION: Rule = Rule {
    criterion: Criterion {
        id: "total_duration",
        name: "Total duration",
        sentence: "The time from the first start of a run to the last end of one.",
        judged_in: WHERE_TIME_PASSES,
        also: &["performance within range"],
    },
    enforcement: Enforcement::Should,
    // 3.6 hours for 50 postings say nothing about 500: the plan's hours grow with the batch.
    tiers: Tiers {
        unit: Unit::Hours,
        target: Bound::AtMost(3.6),
        acceptable: Some(Bound::Below(5.0)),
        red: Bound::Above(6.0),
    },
    scaling: Scaling::WithBatch,
    read: read_total,
};

/// The table's "Avg per posting": wall time over completed postings, as in the plan's first query, but with
/// the time that failed ones took. How long one posting stays in the pipeline is another matter.
pub(super) const AVERAGE_PER_POSTING: Rule = Rule {
    criterion: Criterion {
        id: "average_per_posting",
        name: "Average per posting",
        sentence: "The total duration over the postings that came through.",
        judged_in: WHERE_TIME_PASSES,
        also: &["avg per posting", "time per posting"],
    },
    enforcement: Enforcement::Should,
    tiers: Tiers {
        unit: Unit::Seconds,
        target: Bound::AtMost(260.0),
        acceptable: Some(Bound::Below(300.0)),
        red: Bound::Above(360.0),
    },
    scaling: Scaling::Fixed,
    read: read_average,
};

/// The plan's wish to beat the original's run 195, which took 4 minutes and 51.9 seconds for its one posting.
pub(super) const FASTER_THAN_BASELINE: Rule = Rule {
    criterion: Criterion {
        id: "faster_than_baseline",
        name: "Faster than the baseline",
        sentence: "The total duration over the postings that came through is less than what a single posting took \
                   before there were batches.",
        judged_in: WHERE_TIME_PASSES,
        also: &["performance improvement"],
    },
    enforcement: Enforcement::Nice,
    tiers: Tiers {
        unit: Unit::Seconds,
        target: Bound::Below(291.9),
        acceptable: None,
        red: Bound::AtLeast(291.9),
    },
    scaling: Scaling::Fixed,
    read: read_average,
};

fn read_total(evidence: &Evidence<'_>) -> Reading {
    let Some(wall) = evidence.wall_time() else {
        return Reading::no_data("no run has begun and ended");
    };
    let hours = evidence.plan_seconds(wall) / 3600.0;
    let size = evidence.size();
    if evidence.all_work_ended() {
        Reading::value(hours, size, told(evidence, wall))
    } else {
        let note = format!("{} so far, and the batch did not end", told(evidence, wall));
        Reading::value(hours, size, note).at_least()
    }
}

fn read_average(evidence: &Evidence<'_>) -> Reading {
    let completed = evidence.postings_come_through().len();
    match evidence.wall_time() {
        _ if completed == 0 => Reading::no_data("no posting has been completed"),
        _ if !evidence.all_work_ended() => Reading::no_data("the batch did not end"),
        None => Reading::no_data("no run has begun and ended"),
        Some(wall) => {
            let seconds = evidence.plan_seconds(wall) / number(completed);
            let note = format!("{}, over {completed} postings", told(evidence, wall));
            Reading::value(seconds, completed, note)
        }
    }
}

fn told(evidence: &Evidence<'_>, wall: TimeDelta) -> String {
    let (minutes, seconds) = (wall.num_minutes(), wall.num_seconds() % 60);
    let scale = evidence.record.mode.time_scale;
    format!("{minutes} min {seconds} s of wall time at {scale}:1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{Standing, conversations::EXPERT, doctored},
        record::{Ended, RunRecord, Status},
    };

    /// A healthy batch that took this long, ten times as fast as the plan's time.
    fn lasting(size: usize, plan_seconds: i64) -> RunRecord {
        let mut record = doctored::healthy_of(size);
        let last = record.runs.last_mut().unwrap();
        last.completed_at = Some(doctored::START + TimeDelta::milliseconds(plan_seconds * 100));
        record
    }

    const HOUR: i64 = 3600;

    #[test]
    fn a_run_that_is_said_to_have_begun_late_makes_the_batch_no_shorter() {
        let healthy = doctored::healthy();
        let mut late = healthy.clone();
        for run in &mut late.runs {
            run.started_at = run.started_at.map(|at| at + TimeDelta::seconds(9));
        }
        let measured = |record| doctored::verdict(record, "total_duration").measured;
        assert_eq!(measured(&late), measured(&healthy));
    }

    #[test]
    fn the_plans_hours_are_judged_in_the_plans_time() {
        for (seconds, standing) in [
            (3 * HOUR, Standing::Target),
            (12_960, Standing::Target),
            (12_961, Standing::Acceptable),
            (5 * HOUR - 1, Standing::Acceptable),
            (5 * HOUR, Standing::Gap),
            (6 * HOUR, Standing::Gap),
            (6 * HOUR + 1, Standing::Red),
        ] {
            let verdict = doctored::verdict(&lasting(50, seconds), "total_duration");
            assert_eq!(verdict.standing, standing, "{seconds} s");
        }
    }

    #[test]
    fn the_same_wall_time_at_ten_times_the_scale_is_ten_times_as_long() {
        let mut record = lasting(50, 4 * HOUR);
        record.mode.time_scale = 100.0;
        let verdict = doctored::verdict(&record, "total_duration");
        assert_eq!(verdict.measured.unwrap().to_string(), "40 h");
        assert_eq!(verdict.standing, Standing::Red);
    }

    #[test]
    fn the_hours_grow_with_the_batch() {
        let verdict = doctored::verdict(&lasting(100, 10 * HOUR - 1), "total_duration");
        assert_eq!(verdict.standing, Standing::Acceptable);
    }

    #[test]
    fn a_failed_run_takes_time_like_any_other() {
        let mut record = lasting(50, 7 * HOUR);
        let last = record.runs.last().unwrap().workflow_run_id;
        doctored::fail(&mut record, last);
        let verdict = doctored::verdict(&record, "total_duration");
        assert_eq!(verdict.standing, Standing::Red);
    }

    #[test]
    fn an_unfinished_batch_can_be_too_slow_already_but_never_fast_enough() {
        let unfinished = |seconds| {
            let mut record = lasting(50, seconds);
            leave_unfinished(&mut record);
            doctored::verdict(&record, "total_duration").standing
        };
        assert_eq!(unfinished(2 * HOUR), Standing::NoData);
        assert_eq!(unfinished(7 * HOUR), Standing::Red);
    }

    #[test]
    fn the_average_is_wall_time_over_completed_postings() {
        for (average, standing) in [
            (200, Standing::Target),
            (260, Standing::Target),
            (261, Standing::Acceptable),
            (299, Standing::Acceptable),
            (300, Standing::Gap),
            (360, Standing::Gap),
            (361, Standing::Red),
        ] {
            let record = lasting(50, 50 * average);
            let verdict = doctored::verdict(&record, "average_per_posting");
            assert_eq!(verdict.standing, standing, "{average} s");
        }
    }

    #[test]
    fn the_baseline_is_beaten_or_it_is_not() {
        for (total, standing) in [
            (50 * 200, Standing::Target),
            (14_594, Standing::Target),
            (14_595, Standing::Red),
            (50 * 360, Standing::Red),
        ] {
            let verdict = doctored::verdict(&lasting(50, total), "faster_than_baseline");
            assert_eq!(verdict.standing, standing, "{total} s");
        }
    }

    #[test]
    fn an_unfinished_batch_has_beaten_nothing() {
        let verdict = doctored::verdict(&doctored::interrupted(), "faster_than_baseline");
        assert_eq!(verdict.standing, Standing::NoData);
    }

    #[test]
    fn failed_postings_do_not_make_the_average_better() {
        let mut record = lasting(50, 50 * 260);
        for run in 1..=10 {
            doctored::fail(&mut record, run);
        }
        let verdict = doctored::verdict(&record, "average_per_posting");
        assert_eq!(verdict.measured.unwrap().to_string(), "325 s");
        assert_eq!(verdict.standing, Standing::Gap);
    }

    #[test]
    fn an_unfinished_batch_has_no_average() {
        let mut record = doctored::healthy();
        leave_unfinished(&mut record);
        let verdict = doctored::verdict(&record, "average_per_posting");
        assert_eq!(verdict.standing, Standing::NoData);
    }

    #[test]
    fn a_batch_whose_books_alone_were_left_open_took_as_long_as_its_work() {
        let mut record = doctored::healthy();
        for run in &mut record.runs {
            (run.status, run.completed_at) = (Status::Running, None);
        }
        let standings = |record: &RunRecord| {
            ["total_duration", "average_per_posting"]
                .map(|id| doctored::verdict(record, id).standing)
        };
        assert_eq!(standings(&record), [Standing::Target, Standing::Target]);
        let mut interrupted = record.clone();
        interrupted.ended = Ended::Interrupted;
        assert_eq!(
            standings(&interrupted),
            [Standing::NoData, Standing::NoData]
        );
        doctored::remove(&mut record, 7, EXPERT);
        assert_eq!(standings(&record), [Standing::NoData, Standing::NoData]);
    }

    /// A run is at its last step.
    fn leave_unfinished(record: &mut RunRecord) {
        let run = &mut record.runs[0];
        (run.status, run.completed_at) = (Status::Running, None);
        let run = run.workflow_run_id;
        doctored::interaction(record, run, EXPERT).status = Status::Running;
    }
}
