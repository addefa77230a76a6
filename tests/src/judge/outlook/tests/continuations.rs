//! Whatever comes, what was called certain is so; and it is called certain as soon as it is.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{
    PLAN,
    moment::{Fate, Lot, Moment},
};
use crate::{
    judge::{Bound, Requirement, Requirements, Standing, Tiers, criteria::outlooks::OUTLOOKS},
    record::Ended,
};

/// How many postings: enough for rates, few enough for many cases.
const SIZE: usize = 12;

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Open),
        4 => Just(Fate::CameThrough),
        1 => Just(Fate::Failed),
    ]
}

/// Mostly whole, as they are.
fn columns() -> impl Strategy<Value = [bool; 4]> {
    prop_oneof![6 => Just([true; 4]), 1 => any::<[bool; 4]>()]
}

fn lot() -> impl Strategy<Value = Lot> {
    (fate(), columns()).prop_map(|(fate, has)| Lot { fate, has })
}

fn moment() -> impl Strategy<Value = Moment> {
    let scales = prop::sample::select(vec![1.0, 10.0, 60.0, 400.0]);
    let counts = (0_usize..16, 0_usize..20, 0_usize..2);
    let lots = prop::collection::vec(lot(), SIZE);
    (lots, counts, scales).prop_map(|(lots, (interventions, retries, database_errors), scale)| {
        Moment {
            lots,
            interventions,
            retries,
            database_errors,
            ended: Ended::UnderWay,
            time_scale: scale,
        }
    })
}

/// How a batch may end: by itself, by a signal, by a red flag, by a failure.
fn end() -> impl Strategy<Value = Ended> {
    prop::sample::select(vec![
        Ended::Completed,
        Ended::Interrupted,
        Ended::UnderWay,
        Ended::StoppedOnRed {
            criteria: vec!["completion_rate".to_owned()],
            why: "it was".to_owned(),
        },
        Ended::Failed {
            why: "the server is away".to_owned(),
        },
    ])
}

/// A moment, and one that may follow: what is over stays, what was counted stays, all else may change.
fn moment_and_later() -> impl Strategy<Value = (Moment, Moment)> {
    let lots = prop::collection::vec(lot(), SIZE);
    let more = (0_usize..4, 0_usize..4, 0_usize..2);
    (moment(), lots, more, end()).prop_map(|(now, lots, (stopped, retried, errors), ended)| {
        let next = |(now, later): (&Lot, Lot)| if now.fate == Fate::Open { later } else { *now };
        let later = Moment {
            lots: now.lots.iter().zip(lots).map(next).collect(),
            interventions: now.interventions + stopped,
            retries: now.retries + retried,
            database_errors: now.database_errors + errors,
            ended,
            time_scale: now.time_scale,
        };
        (now, later)
    })
}

/// Tiers as nobody would write them: whatever is called certain by them has to be so, too.
fn odd_plan() -> impl Strategy<Value = Requirements> {
    let value = || prop::sample::select(vec![0.0, 1.0, 5.0, 11.0, 12.0, 50.0, 75.0, 91.0, 100.0]);
    let bound = || {
        (0_usize..7, value(), value()).prop_map(|(kind, one, other)| match kind {
            0 => Bound::Exactly(one),
            1 => Bound::AtMost(one),
            2 => Bound::Below(one),
            3 => Bound::AtLeast(one),
            4 => Bound::Above(one),
            5 => Bound::Between(one.min(other), one.max(other)),
            _ => Bound::Outside(one.min(other), one.max(other)),
        })
    };
    let tiers = (bound(), prop::option::of(bound()), bound());
    prop::collection::vec(tiers, OUTLOOKS.len()).prop_map(|rows| {
        let demanded = OUTLOOKS
            .iter()
            .zip(rows)
            .map(|((rule, _), (target, acceptable, red))| {
                let tiers = Tiers {
                    unit: rule.tiers.unit,
                    target,
                    acceptable,
                    red,
                };
                let requirement = Requirement {
                    tiers: Some(tiers),
                    enforcement: None,
                };
                (rule.criterion.id.to_owned(), requirement)
            });
        Requirements {
            batch_size: u32::try_from(SIZE).unwrap(),
            by_criterion: demanded.collect::<BTreeMap<_, _>>(),
            ..Requirements::none()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_continuation_leads_elsewhere_than_to_the_red_that_was_certain((now, later) in moment_and_later()) {
        let judgement = later.judged(&PLAN);
        for criterion in now.reds(&PLAN) {
            let verdict = judgement.verdict(criterion).unwrap();
            prop_assert_eq!(&verdict.standing, &Standing::Red, "{}: {}", criterion, verdict.note);
        }
    }

    #[test]
    fn nor_does_one_by_tiers_of_any_shape((now, later) in moment_and_later(), plan in odd_plan()) {
        let judgement = later.judged(&plan);
        for criterion in now.reds(&plan) {
            let verdict = judgement.verdict(criterion).unwrap();
            prop_assert_eq!(&verdict.standing, &Standing::Red, "{}: {}", criterion, verdict.note);
        }
    }

    #[test]
    fn what_is_certain_stays_so((now, later) in moment_and_later()) {
        let later = later.reds(&PLAN);
        for criterion in now.reds(&PLAN) {
            prop_assert!(later.contains(&criterion), "{} in {:?}", criterion, later);
        }
    }

    #[test]
    fn a_red_that_even_the_best_continuation_ends_on_is_called_certain_and_no_other_is(now in moment()) {
        let best = now.at_best().judged(&PLAN);
        let reds = now.reds(&PLAN);
        // How long the best takes nobody knows; what has passed is certain.
        for (rule, _) in OUTLOOKS.iter().filter(|(rule, _)| rule.criterion.id != "total_duration") {
            let id = rule.criterion.id;
            let is_red = best.verdict(id).unwrap().standing == Standing::Red;
            prop_assert_eq!(reds.contains(&id), is_red, "{}: {:?}", id, now);
        }
    }
}
