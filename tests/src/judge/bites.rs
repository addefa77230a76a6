//! Every criterion bites: for each criterion and each tier that it can land in, a doctored record that lands exactly
//! there. What changes along with it is named, and nothing else may change.
//!
//! The rows lie in `bites/rows/`, one family a file; records that were tampered with in `bites/audits.rs`. A criterion
//! without a row that lands in red does not compile. `bites/table.rs` prints what was seen.

mod audits;
mod rows;
mod table;

use std::collections::BTreeSet;
use std::sync::LazyLock;

pub(super) use self::rows::Bite;
use self::{
    audits::audits,
    rows::{FAMILIES, Lands},
    table::{Audited, Doctored},
};
use super::{
    Judgement, Requirements, Standing, Tiers,
    criteria::{RULES, rules},
    doctored, judge,
};
use crate::plan::Plan;

// A criterion that nobody has seen to fail is not trusted: without a row that lands in red this does not compile.
const _: () = {
    let mut family = 0;
    while family < RULES.len() {
        let rules = RULES[family].1;
        let mut rule = 0;
        while rule < rules.len() {
            assert!(
                rows::bites_in_red(rules[rule].criterion.id),
                "a criterion has no row in judge/bites/rows that lands in red"
            );
            rule += 1;
        }
        family += 1;
    }
};

static PLAN: LazyLock<Requirements> = LazyLock::new(|| Plan::builtin().requirements());

static HEALTHY: LazyLock<Judgement> = LazyLock::new(|| judge(&doctored::healthy(), &PLAN));

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

type Ids = BTreeSet<&'static str>;

/// The criteria that stand elsewhere than in the healthy record.
fn turned(judgement: &Judgement) -> Ids {
    HEALTHY
        .verdicts
        .iter()
        .zip(&judgement.verdicts)
        .filter(|(before, after)| lands(&before.standing) != lands(&after.standing))
        .map(|(_, after)| after.criterion.id)
        .collect()
}

fn doubts(judgement: &Judgement) -> Ids {
    let doubts = judgement.validity.doubts.iter();
    doubts.map(|doubt| doubt.check).collect()
}

fn ids(ids: &[&'static str]) -> Ids {
    ids.iter().copied().collect()
}

/// All rows of the table.
pub(super) fn rows() -> impl Iterator<Item = &'static Bite> {
    FAMILIES.iter().flat_map(|(_, rows)| rows.iter())
}

/// What is wrong with a row, if anything.
fn fault(row: &Bite, judgement: &Judgement) -> Option<String> {
    let verdict = judgement.verdict(row.criterion).unwrap();
    let found = lands(&verdict.standing);
    let mut expected = ids(row.along);
    expected.insert(row.criterion);
    let (turned, doubts) = (turned(judgement), doubts(judgement));
    let is_right = found == row.lands && turned == expected && doubts == ids(row.doubts);
    (!is_right).then(|| {
        format!(
            "{} in {:?}: found {found:?} ({:?}, {})\n    turned {turned:?}\n    expected {expected:?}\n    doubts \
             {doubts:?}, expected {:?}",
            row.criterion, row.lands, verdict.measured, verdict.note, row.doubts
        )
    })
}

#[test]
fn each_doctored_record_lands_where_it_is_meant_to_and_turns_nothing_unrelated() {
    let mut wrong = Vec::new();
    let mut reached = BTreeSet::new();
    let mut table = Doctored::new();
    for row in rows() {
        let judgement = judge(&row.record(), &PLAN);
        wrong.extend(fault(row, &judgement));
        table.add(row, &judgement);
        let verdicts = judgement.verdicts.iter();
        reached.extend(verdicts.map(|it| (it.criterion.id, lands(&it.standing))));
    }
    table.show();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let cells: BTreeSet<_> = rows().map(|row| (row.criterion, row.lands)).collect();
    let without_row: Vec<_> = reached
        .iter()
        .filter(|(_, lands)| *lands != Lands::Target)
        .filter(|cell| !cells.contains(cell))
        .collect();
    assert!(
        without_row.is_empty(),
        "reached along with others only: {without_row:?}"
    );
}

/// The tiers that the plan has for a criterion, without the one that a healthy record meets; and no data, for what was
/// not measured is never a pass.
fn owed(tiers: &Tiers) -> Vec<Lands> {
    let acceptable = tiers.acceptable.is_some().then_some(Lands::Acceptable);
    let gap = tiers.leaves_a_gap().then_some(Lands::Gap);
    acceptable
        .into_iter()
        .chain(gap)
        .chain([Lands::Red, Lands::NoData])
        .collect()
}

#[test]
fn every_tier_that_the_plan_has_for_a_criterion_is_reached_once() {
    let mut missing = Vec::new();
    for verdict in &HEALTHY.verdicts {
        let id = verdict.criterion.id;
        assert_eq!(verdict.standing, Standing::Target, "{id}: {}", verdict.note);
        let reached: Vec<Lands> = rows()
            .filter(|row| row.criterion == id)
            .map(|row| row.lands)
            .collect();
        let distinct: BTreeSet<Lands> = reached.iter().copied().collect();
        assert_eq!(distinct.len(), reached.len(), "{id} lands somewhere twice");
        let owed = owed(&verdict.tiers).into_iter();
        missing.extend(owed.filter(|it| !distinct.contains(it)).map(|it| (id, it)));
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_row_lies_in_the_family_of_its_criterion() {
    for (family, rows) in &FAMILIES {
        for row in *rows {
            let of_criterion = rules().find(|(_, rule)| rule.criterion.id == row.criterion);
            assert_eq!(
                of_criterion.map(|(family, _)| family),
                Some(*family),
                "{}",
                row.criterion
            );
        }
    }
}

#[test]
fn each_audit_raises_its_doubts_and_no_other() {
    let mut wrong = Vec::new();
    let mut table = Audited::new();
    for audit in audits() {
        let mut record = doctored::healthy();
        (audit.spoil)(&mut record);
        let judgement = judge(&record, &PLAN);
        let (turned, doubts) = (turned(&judgement), doubts(&judgement));
        table.add(audit, &judgement);
        if doubts != ids(audit.doubts) || turned != ids(audit.turns) {
            wrong.push(format!(
                "{}:\n    doubts {doubts:?}, expected {:?}\n    turned {turned:?}, expected {:?}",
                audit.name, audit.doubts, audit.turns
            ));
        }
    }
    table.show();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_check_of_validity_is_raised_by_an_audit() {
    let raised: Ids = audits().flat_map(|audit| audit.doubts).copied().collect();
    assert_eq!(raised.len(), super::validity::CHECKS, "{raised:?}");
}

#[test]
fn without_evidence_no_criterion_is_met() {
    for verdict in judge(&doctored::empty(), &PLAN).verdicts {
        assert!(!verdict.standing.is_met(), "{}", verdict.criterion.id);
    }
}
