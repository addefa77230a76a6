//! How many calls were in flight at a time.

use chrono::{DateTime, Utc};

use crate::judge::{
    calls::{self, Call},
    criterion::{Criterion, Enforcement, Rule, Scaling, WHERE_TIME_PASSES},
    evidence::Evidence,
    reading::{Reading, counted, number},
    tiers::{Bound, Tiers, Unit},
};

/// The plan's "running interactions". More slots are there to be used, and more servers: what is judged is what waits
/// there, so the number is told for a single slot. Calls of a model only: a script is over before it can be counted. By
/// the witness, not by rows as in the plan's query: one that waits for its result to be written occupies no server.
pub(super) const RUNNING_AT_A_TIME: Rule = Rule {
    criterion: Criterion {
        id: "running_at_a_time",
        name: "Calls running at a time",
        sentence: "The most calls of models that were in flight at one moment, over the calls that one model was set to \
                   compute at a time, all servers together.",
        judged_in: WHERE_TIME_PASSES,
        also: &["running interactions", "interactions running at a time"],
    },
    enforcement: Enforcement::Should,
    tiers: Tiers {
        unit: Unit::Count,
        target: Bound::AtMost(3.0),
        acceptable: Some(Bound::Below(7.0)),
        red: Bound::Above(12.0),
    },
    scaling: Scaling::Fixed,
    read,
};

fn read(evidence: &Evidence<'_>) -> Reading {
    let calls = calls::of(evidence);
    let Some((most, moment)) = busiest(&calls) else {
        return Reading::no_data("no model has been called");
    };
    let slots = evidence.paths().servers.slots_at_once();
    let of_how_many = match slots {
        1 => String::new(),
        slots => format!(" for {slots} slots a model"),
    };
    let note = format!(
        "at most {most} at one moment{of_how_many}, of {}",
        counted(calls.len(), "call")
    );
    let there = calls.iter().filter(|call| call.is_in_flight_at(moment));
    let reading = Reading::value((number(most) / f64::from(slots)).ceil(), calls.len(), note)
        .look(there.filter_map(|call| call.look));
    if evidence.all_work_ended() {
        reading
    } else {
        reading.at_least()
    }
}

/// How many calls were in flight at the first moment with the most of them.
fn busiest(calls: &[Call]) -> Option<(usize, DateTime<Utc>)> {
    let mut ends: Vec<DateTime<Utc>> = calls.iter().filter_map(|call| call.end).collect();
    ends.sort_unstable();
    let mut busiest: Option<(usize, DateTime<Utc>)> = None;
    for (begun, call) in (1..).zip(calls) {
        // What ends at the moment at which another begins was there before it.
        let over = ends.partition_point(|end| *end <= call.start);
        let in_flight = begun - over.min(begun);
        if busiest.is_none_or(|(most, _)| in_flight > most) {
            busiest = Some((in_flight, call.start));
        }
    }
    busiest
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use crate::{
        judge::{
            Standing, Verdict,
            conversations::{EXTRACT, GRADE_A, GRADE_B},
            doctored::{self, PLAIN_RUN},
        },
        record::{RunRecord, Status},
    };

    fn verdict(record: &RunRecord) -> Verdict {
        doctored::verdict(record, "running_at_a_time")
    }

    /// A healthy record with this many calls at one moment.
    fn together(count: usize) -> RunRecord {
        let mut record = doctored::healthy();
        let start = doctored::find(&record, 1, EXTRACT).started_at.unwrap();
        for run in (1..).take(count) {
            let at = doctored::find(&record, run, EXTRACT).started_at.unwrap();
            doctored::postpone(&mut record, run, EXTRACT, start - at);
        }
        record
    }

    #[test]
    fn between_six_and_twelve_lies_the_gap() {
        for (count, standing) in [
            (1, Standing::Target),
            (3, Standing::Target),
            (4, Standing::Acceptable),
            (6, Standing::Acceptable),
            (7, Standing::Gap),
            (12, Standing::Gap),
            (13, Standing::Red),
        ] {
            let verdict = verdict(&together(count));
            assert_eq!(verdict.standing, standing, "{count}: {}", verdict.note);
        }
    }

    #[test]
    fn a_call_that_begins_when_another_ends_does_not_run_beside_it() {
        let mut record = doctored::healthy();
        let most = |record: &RunRecord| verdict(record).measured.unwrap().to_string();
        for run in 1..=50 {
            let ended = doctored::exchange(&mut record, run, EXTRACT).ended_at;
            for grade in [GRADE_A, GRADE_B] {
                doctored::exchange(&mut record, run, grade).sent_at = ended;
            }
        }
        assert_eq!(most(&record), "2");
        let early = TimeDelta::milliseconds(1);
        doctored::exchange(&mut record, PLAIN_RUN, GRADE_A).sent_at -= early;
        assert_eq!(most(&record), "2");
        doctored::exchange(&mut record, PLAIN_RUN, GRADE_B).sent_at -= early;
        assert_eq!(most(&record), "3");
    }

    #[test]
    fn a_lost_row_does_not_hide_its_call() {
        let mut record = together(4);
        doctored::remove_row(&mut record, PLAIN_RUN, EXTRACT);
        assert_eq!(verdict(&record).standing, Standing::Acceptable);
    }

    #[test]
    fn a_batch_at_work_may_yet_have_more_calls_at_a_time() {
        let at_work = |together_calls| {
            let mut record = together(together_calls);
            record.runs[49].status = Status::Running;
            record.interactions.last_mut().unwrap().status = Status::Pending;
            record
        };
        let record = at_work(3);
        assert_eq!(verdict(&record).standing, Standing::NoData);
        let record = at_work(13);
        assert_eq!(verdict(&record).standing, Standing::Red);
    }
}
