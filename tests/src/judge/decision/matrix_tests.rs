//! The decision and the matrix that the built-in plan has for people: the plan is read, its cases are gone through in
//! their order, and what comes out has to be what was decided. Neither can be changed without the other.

use super::*;
use crate::{
    judge::{Judgement, Standing, bites, doctored, judge},
    plan::{Case, Plan},
};

/// The case that an action is advised under.
fn decided(action: &Action) -> Case {
    match action {
        Action::ProceedTo(_) => Case::AllMet,
        Action::AddWorkers(_) => Case::TooLong,
        Action::InvestigateFailures => Case::Failures,
        Action::Profile { .. } => Case::Performance,
        Action::FixDataQuality { .. } => Case::DataQuality,
        Action::RunAgain { why } => match why {
            RunAgain::Invalid => Case::Invalid,
            RunAgain::NotMeasured | RunAgain::NotJudgeable => Case::NotJudged,
            RunAgain::BrokeOff | RunAgain::Interrupted => panic!("not at its end: {why:?}"),
        },
    }
}

/// The first case of the plan that applies to a batch that came to its end. The words of the plan, and none of the
/// decision's own functions but the one that knows what was to be saved.
fn first_that_applies(plan: &Plan, evidence: &Evidence<'_>, judgement: &Judgement) -> Case {
    let insisted_on = |verdict: &&Verdict| verdict.enforcement != Enforcement::Nice;
    let lacks_for_failures = unsaved(evidence).is_empty();
    let is_missed = |id: &str| {
        let verdict = judgement.verdict(id).unwrap();
        insisted_on(&verdict) && matches!(verdict.standing, Standing::Gap | Standing::Red)
    };
    let is_data = |id: &str| judgement.verdict(id).unwrap().family == Family::Data;
    let applies = |branch: &&crate::plan::Branch| {
        let named = || branch.missed.iter().flat_map(|missed| &missed.criteria);
        match branch.case.unwrap() {
            Case::Invalid => !judgement.validity.is_valid(),
            // "What a posting lacks only because it failed is not bad data but a failure."
            Case::DataQuality => {
                named().any(|it| is_missed(it.id) && !(is_data(it.id) && lacks_for_failures))
            }
            Case::Failures => {
                let data = judgement.verdicts.iter().map(|it| it.criterion.id);
                let lacking =
                    lacks_for_failures && data.clone().any(|id| is_data(id) && is_missed(id));
                lacking || named().any(|it| is_missed(it.id))
            }
            Case::Performance => named().any(|it| is_missed(it.id)),
            Case::NotJudged => judgement
                .verdicts
                .iter()
                .filter(insisted_on)
                .any(|verdict| {
                    verdict.standing == Standing::NoData
                        || verdict.enforcement == Enforcement::Must && !verdict.standing.is_met()
                }),
            Case::TooLong => !Pace::of(evidence, plan.batch_size).is_fast_enough(),
            Case::AllMet => true,
        }
    };
    let first = plan.decisions.iter().find(applies).unwrap();
    first.case.unwrap()
}

#[test]
fn a_miss_of_each_criterion_alone_is_decided_as_the_case_that_names_it() {
    let plan = Plan::builtin();
    let requirements = plan.requirements();
    // One posting lost what its completed step should have saved: then missing data is bad data.
    let mut record = doctored::healthy();
    record.postings[3].skill_keywords = None;
    let evidence = Evidence::of(&record);
    let met = judge(&doctored::healthy(), &requirements);
    for criterion in crate::judge::criteria() {
        let mut verdicts = met.verdicts.clone();
        let missed = verdicts
            .iter_mut()
            .find(|it| it.criterion.id == criterion.id);
        let missed = missed.unwrap();
        (missed.standing, missed.enforcement) = (Standing::Red, Enforcement::Should);
        let decision = Decision::of(&evidence, &met.validity, &verdicts, &requirements);
        let mut naming = plan.decisions.iter().filter(|branch| {
            let mut criteria = branch.missed.iter().flat_map(|missed| &missed.criteria);
            criteria.any(|named| named.id == criterion.id)
        });
        let named_in = naming.next().and_then(|branch| branch.case);
        assert_eq!(
            Some(decided(&decision.action)),
            named_in,
            "{}",
            criterion.id
        );
        assert_eq!(
            decision.advice,
            plan.advice(decided(&decision.action)).unwrap(),
            "{}",
            criterion.id
        );
    }
}

#[test]
fn every_doctored_record_is_decided_by_the_first_case_of_the_plan_that_applies() {
    let plan = Plan::builtin();
    let requirements = plan.requirements();
    let mut found = std::collections::BTreeSet::new();
    for row in bites::rows() {
        let record = row.record();
        if !matches!(record.ended, Ended::Completed) {
            continue;
        }
        let judgement = judge(&record, &requirements);
        let by_plan = first_that_applies(&plan, &Evidence::of(&record), &judgement);
        assert_eq!(decided(&judgement.decision.action), by_plan, "{row:?}");
        found.insert(by_plan);
    }
    for case in [
        Case::DataQuality,
        Case::Failures,
        Case::Performance,
        Case::NotJudged,
        Case::AllMet,
    ] {
        assert!(found.contains(&case), "no doctored record is {case:?}");
    }
}
