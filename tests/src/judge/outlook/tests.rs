//! When a red flag is certain, and how it is told. `continuations` holds that it really is.

mod continuations;
mod moment;

use std::sync::LazyLock;

use self::moment::{Fate, Lot, Moment, WHOLE};
use super::*;
use crate::{
    judge::{conversations::EXPERT, doctored, tiers::Unit},
    plan::Plan,
    record::Ended,
};

static PLAN: LazyLock<Requirements> = LazyLock::new(|| Plan::builtin().requirements());

/// Fifty postings, all open, the first few with another fate.
fn fifty(count: usize, lot: Lot) -> Moment {
    let open = Lot {
        fate: Fate::Open,
        has: [false; 4],
    };
    let mut lots = vec![open; 50];
    lots[..count].fill(lot);
    Moment {
        lots,
        interventions: 0,
        retries: 0,
        database_errors: 0,
        ended: Ended::UnderWay,
        time_scale: 10.0,
    }
}

const LOST: Lot = Lot {
    fate: Fate::Failed,
    has: [true, true, false, false],
};

#[test]
fn nothing_is_certain_of_a_batch_that_has_just_begun_or_goes_well() {
    assert_eq!(fifty(0, WHOLE).reds(&PLAN), [""; 0]);
    assert_eq!(fifty(49, WHOLE).reds(&PLAN), [""; 0]);
    assert_eq!(fifty(50, WHOLE).reds(&PLAN), [""; 0]);
}

/// A batch after so much has gone wrong.
type After = fn(usize) -> Moment;

#[test]
fn a_step_before_a_red_is_certain_it_is_not_called_so() {
    let lacking = Lot {
        has: [true, false, true, true],
        ..WHOLE
    };
    let cases: [(&str, After, usize); 8] = [
        ("postings_completed", |count| fifty(count, LOST), 6),
        ("completion_rate", |count| fifty(count, LOST), 6),
        ("failure_rate", |count| fifty(count, LOST), 6),
        ("ihl_score_completeness", |count| fifty(count, LOST), 3),
        (
            "watchdog_interventions",
            |interventions| Moment {
                interventions,
                ..fifty(3, WHOLE)
            },
            11,
        ),
        (
            "zero_watchdog_interventions",
            |interventions| Moment {
                interventions,
                ..fifty(3, WHOLE)
            },
            1,
        ),
        (
            "retries",
            |retries| Moment {
                retries,
                ..fifty(3, WHOLE)
            },
            51,
        ),
        (
            "no_database_errors",
            |database_errors| Moment {
                database_errors,
                ..fifty(3, WHOLE)
            },
            1,
        ),
    ];
    for (criterion, moment, certain_at) in cases {
        let is_certain = |count| moment(count).reds(&PLAN).contains(&criterion);
        assert!(!is_certain(certain_at - 1), "{criterion} too early");
        assert!(is_certain(certain_at), "{criterion} too late");
    }
    let reds = |count| fifty(count, lacking).reds(&PLAN);
    assert!(!reds(0).contains(&"completed_postings_have_all_data"));
    assert!(reds(1).contains(&"completed_postings_have_all_data"));
    assert!(!reds(2).contains(&"skills_completeness"));
    assert!(reds(3).contains(&"skills_completeness"));
}

#[test]
fn six_hours_of_the_plans_time_are_not_yet_too_long_and_more_is_for_good() {
    let after = |seconds: i64| {
        let mut record = fifty(3, WHOLE).record();
        let last = record
            .runs
            .iter_mut()
            .find_map(|run| run.completed_at.as_mut());
        *last.unwrap() = doctored::START + chrono::TimeDelta::milliseconds(seconds * 100);
        let reds = certain_reds(&SoFar::of(&record), &PLAN);
        reds.iter().map(|red| red.why.clone()).collect::<Vec<_>>()
    };
    assert_eq!(after(6 * 3600), [""; 0]);
    assert_eq!(
        after(6 * 3600 + 36),
        [
            "no time can be taken back: Total duration (should) is 6.01 h already, and the red flag is above 6 h"
        ]
    );
}

#[test]
fn a_start_that_may_be_taken_back_is_no_time_that_has_passed() {
    let mut record = fifty(3, WHOLE).record();
    let before = SoFar::of(&record);
    let mut open = record.interactions.last().unwrap().clone();
    open.interaction_id += 1;
    open.status = Status::Running;
    open.started_at = Some(doctored::START + chrono::TimeDelta::days(1));
    open.completed_at = None;
    record.interactions.push(open);
    assert_eq!(SoFar::of(&record).wall_us, before.wall_us);
}

#[test]
fn what_is_certain_is_told_with_what_is_known_what_can_be_reached_and_where_the_red_flag_is() {
    let told = |moment: &Moment| {
        let reds = certain_reds(&SoFar::of(&moment.record()), &PLAN);
        reds.into_iter()
            .map(|red| red.why)
            .collect::<Vec<_>>()
            .join("\n")
    };
    insta::assert_snapshot!(told(&Moment {
        interventions: 11,
        retries: 51,
        database_errors: 1,
        ..fifty(6, LOST)
    }));
    let lacking = Lot {
        has: [false, true, true, true],
        ..WHOLE
    };
    assert_eq!(
        told(&fifty(1, lacking)),
        "1 completed posting lacks data: Completed postings have all data (must) can reach 98 % at best, and the red \
         flag is below 100 %"
    );
}

#[test]
fn a_posting_that_fails_in_its_last_step_keeps_what_it_has() {
    let record = fifty(3, LOST).record();
    assert_eq!(doctored::find(&record, 1, EXPERT).status, Status::Failed);
    let known = SoFar::of(&record);
    assert_eq!((known.failed, known.completed), (3, 0));
    assert_eq!((known.without_summary, known.without_ihl_score), (0, 3));
    assert_eq!(known.completed_and_lacking, 0);
}

#[test]
fn every_unit_of_an_outlook_is_that_of_its_criterion() {
    // A reach is laid against the criterion's own tiers: a share in percent against counts would never be red.
    for (rule, outlook) in &OUTLOOKS {
        let known = SoFar::of(&fifty(50, LOST).record());
        if let (Unit::Percent, Some(reach)) = (rule.tiers.unit, outlook(&known)) {
            assert!(
                (0.0..=100.0).contains(&reach.least) && reach.most <= 100.0,
                "{rule:?}"
            );
        }
    }
}
