//! Every criterion bites: for each criterion and each tier that it can land in, a doctored record that lands exactly
//! there. What changes along with it is named, and nothing else may change.
//!
//! The tables lie beside the criteria's families in `bites/`. A criterion without a row does not compile.

mod audits;
mod rows;

use std::collections::BTreeSet;

use self::{
    audits::AUDITS,
    rows::{Bite, FAMILIES, Lands},
};
use super::{Judgement, Standing, criteria::RULES, doctored, judge};
use crate::{plan::Plan, record::RunRecord};

// A criterion that nobody has seen to fail is not trusted: without a row that lands in red this does not compile.
const _: () = {
    let mut rule = 0;
    while rule < RULES.len() {
        assert!(
            rows::bites_in_red(RULES[rule].criterion.id),
            "a criterion has no row in judge/bites that lands in red"
        );
        rule += 1;
    }
};

fn judged(record: &RunRecord) -> Judgement {
    judge(record, &Plan::builtin().requirements())
}

fn lands(standing: &Standing) -> Lands {
    match standing {
        Standing::Target => Lands::Target,
        Standing::Acceptable => Lands::Acceptable,
        Standing::Gap => Lands::Gap,
        Standing::Red => Lands::Red,
        Standing::NoData => Lands::NoData,
        Standing::NotJudgeable { .. } => Lands::NotJudgeable,
    }
}

/// The criteria that stand elsewhere than in the healthy record.
fn turned(healthy: &Judgement, spoiled: &Judgement) -> BTreeSet<&'static str> {
    healthy
        .verdicts
        .iter()
        .zip(&spoiled.verdicts)
        .filter(|(before, after)| lands(&before.standing) != lands(&after.standing))
        .map(|(_, after)| after.criterion.id)
        .collect()
}

fn doubts(judgement: &Judgement) -> BTreeSet<&'static str> {
    judgement
        .validity
        .doubts
        .iter()
        .map(|doubt| doubt.check)
        .collect()
}

fn rows() -> impl Iterator<Item = &'static Bite> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

#[test]
fn each_doctored_record_lands_where_it_is_meant_to_and_turns_nothing_unrelated() {
    let healthy = judged(&doctored::healthy());
    let mut wrong = Vec::new();
    for row in rows() {
        let mut record = doctored::healthy();
        (row.spoil)(&mut record);
        let judgement = judged(&record);
        let verdict = judgement.verdict(row.criterion).unwrap();
        let found = lands(&verdict.standing);
        let mut expected: BTreeSet<_> = row.along.iter().copied().collect();
        expected.insert(row.criterion);
        let turned = turned(&healthy, &judgement);
        let expected_doubts: BTreeSet<_> = row.doubts.iter().copied().collect();
        if found != row.lands || turned != expected || doubts(&judgement) != expected_doubts {
            wrong.push(format!(
                "{} in {:?}: found {found:?} ({:?}: {})\n    turned {turned:?}\n    expected {expected:?}\n    \
                 doubts {:?}, expected {expected_doubts:?}",
                row.criterion, row.lands, verdict.measured, verdict.note, doubts(&judgement)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_tier_that_a_criterion_has_is_reached() {
    let healthy = judged(&doctored::healthy());
    let mut missing = Vec::new();
    for verdict in &healthy.verdicts {
        let id = verdict.criterion.id;
        let reached: BTreeSet<Lands> = rows()
            .filter(|row| row.criterion == id)
            .map(|row| row.lands)
            .collect();
        assert_eq!(lands(&verdict.standing), Lands::Target, "{id}: {}", verdict.note);
        let mut owed = vec![Lands::Red];
        if verdict.tiers.acceptable.is_some() {
            owed.push(Lands::Acceptable);
        }
        if verdict.tiers.leaves_a_gap() {
            owed.push(Lands::Gap);
        }
        missing.extend(owed.into_iter().filter(|lands| !reached.contains(lands)).map(|lands| (id, lands)));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn without_evidence_no_criterion_is_met() {
    for verdict in judged(&doctored::empty()).verdicts {
        assert!(!verdict.standing.is_met(), "{}", verdict.criterion.id);
    }
}

#[test]
fn each_audit_raises_its_doubts_and_no_other() {
    let healthy = judged(&doctored::healthy());
    let mut wrong = Vec::new();
    for audit in &AUDITS {
        let mut record = doctored::healthy();
        (audit.spoil)(&mut record);
        let judgement = judged(&record);
        let turned = turned(&healthy, &judgement);
        if doubts(&judgement) != audit.doubts.iter().copied().collect()
            || turned != audit.turns.iter().copied().collect()
        {
            wrong.push(format!(
                "{}: doubts {:?}, expected {:?}; turned {turned:?}, expected {:?}",
                audit.name, doubts(&judgement), audit.doubts, audit.turns
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
