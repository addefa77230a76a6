//! The decision and the matrix that the built-in plan has for people: the plan is read, its cases are gone through in
//! their order, and what comes out has to be what was decided. Neither can be changed without the other.

use super::*;
use crate::{
    judge::{Judgement, Standing, bites, doctored, judge},
    plan::{Branch, Case, Plan},
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

/// The first case of the plan that applies to a batch that came to its end: by the words of the plan.
fn first_that_applies(plan: &Plan, evidence: &Evidence<'_>, judgement: &Judgement) -> Case {
    let insisted_on = || {
        let verdicts = judgement.verdicts.iter();
        verdicts.filter(|verdict| verdict.enforcement != Enforcement::Nice)
    };
    // "What a posting lacks only because it failed is not bad data but a failure."
    let is_lacking_for_failures = unsaved(evidence).is_empty();
    let (lacking, missed): (Vec<&Verdict>, Vec<&Verdict>) = insisted_on()
        .filter(|verdict| matches!(verdict.standing, Standing::Gap | Standing::Red))
        .partition(|verdict| verdict.family == Family::Data && is_lacking_for_failures);
    let names_a_missed = |branch: &Branch| {
        let mut named = branch.missed.iter().flat_map(|named| &named.criteria);
        named.any(|named| missed.iter().any(|it| it.criterion.id == named.id))
    };
    let applies = |branch: &&Branch| match branch.case.unwrap() {
        Case::Invalid => !judgement.validity.is_valid(),
        Case::DataQuality | Case::Performance => names_a_missed(branch),
        Case::Failures => names_a_missed(branch) || !lacking.is_empty(),
        Case::NotJudged => insisted_on().any(|verdict| match verdict.standing {
            Standing::NoData => true,
            Standing::NotJudgeable { .. } => verdict.enforcement == Enforcement::Must,
            _ => false,
        }),
        Case::TooLong => !Pace::of(evidence, plan.batch_size).is_fast_enough(),
        Case::AllMet => true,
    };
    plan.decisions.iter().find(applies).unwrap().case.unwrap()
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
