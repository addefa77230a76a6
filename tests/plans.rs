//! The plans that come with the program and the criteria of the judge are one thing written twice: these tests fail
//! when they drift apart.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say where"
)]

use std::collections::BTreeMap;

use batchproof::judge::{self, Criterion};
use batchproof::plan::{Case, Document, Plan, PlanList};
use batchproof::trial::TrialSettings;
use fixtures::plans::{BATCH_50, BATCH_500};
use sha2::{Digest, Sha256};

fn plans() -> [Plan; 2] {
    [BATCH_50, BATCH_500].map(|text| Plan::parse(text).unwrap())
}

/// How often each criterion is named; criteria that are not named at all included.
fn counted(named: impl Iterator<Item = Option<Criterion>>) -> BTreeMap<&'static str, usize> {
    let mut counts: BTreeMap<_, _> = judge::criteria().map(|one| (one.id, 0)).collect();
    for criterion in named.flatten() {
        *counts.get_mut(criterion.id).unwrap() += 1;
    }
    counts
}

fn each_once() -> BTreeMap<&'static str, usize> {
    judge::criteria()
        .map(|criterion| (criterion.id, 1))
        .collect()
}

#[test]
fn every_criterion_has_exactly_one_row() {
    for plan in plans() {
        let rows = counted(plan.rows.iter().map(|row| row.criterion));
        assert_eq!(rows, each_once(), "{}", plan.id);
    }
}

#[test]
fn every_criterion_is_on_exactly_one_list() {
    for plan in plans() {
        let lists = plan
            .items
            .iter()
            .filter(|item| item.list != PlanList::Declaration);
        let items = counted(lists.map(|item| item.criterion));
        assert_eq!(items, each_once(), "{}", plan.id);
    }
}

#[test]
fn nothing_is_asked_that_nothing_measures() {
    for plan in plans() {
        let unbound: Vec<&str> = plan.unbound().map(|text| text.plain.as_str()).collect();
        assert_eq!(unbound, [""; 0], "{}", plan.id);
    }
}

#[test]
fn the_declaration_weighs_nothing_more_than_the_lists_do() {
    for plan in plans() {
        let on = |list: PlanList| plan.items.iter().filter(move |item| item.list == list);
        assert!(on(PlanList::Declaration).count() > 0);
        for item in on(PlanList::Declaration) {
            let known = on(PlanList::Must).any(|must| must.criterion == item.criterion);
            assert!(known, "{}: {}", plan.id, item.text.plain);
        }
    }
}

#[test]
fn the_declaration_has_the_figures_of_the_tables() {
    for plan in plans() {
        for item in plan
            .items
            .iter()
            .filter(|it| it.list == PlanList::Declaration)
        {
            let row = plan.row(item.criterion.unwrap().id).unwrap();
            let accepted = row.tiers.acceptable.unwrap_or(row.tiers.target);
            let [figure] = item.figures.as_slice() else {
                panic!("{}: one figure, not {:?}", item.text.plain, item.figures)
            };
            assert_eq!(figure.bound, accepted, "{}: {}", plan.id, item.text.plain);
        }
    }
}

#[test]
fn the_built_in_plan_is_the_one_of_fifty_and_a_run_carries_its_hash() {
    let plan = Plan::builtin();
    assert_eq!(plan.sha256, format!("{:x}", Sha256::digest(BATCH_50)));
    let settings = TrialSettings::simulated();
    assert_eq!((settings.plan, settings.batch_size), (plan.reference(), 50));
}

#[test]
fn each_plan_has_advice_for_every_case_in_the_order_in_which_they_apply() {
    for plan in plans() {
        let cases: Vec<Option<Case>> = plan.decisions.iter().map(|branch| branch.case).collect();
        let expected = [
            Case::Invalid,
            Case::DataQuality,
            Case::Failures,
            Case::Performance,
            Case::NotJudged,
            Case::TooLong,
            Case::AllMet,
        ];
        assert_eq!(cases, expected.map(Some), "{}", plan.id);
        for case in expected {
            assert!(plan.advice(case).is_some_and(|advice| !advice.is_empty()));
        }
    }
}

#[test]
fn every_criterion_is_named_by_exactly_one_case_of_the_matrix() {
    for plan in plans() {
        let missed = plan.decisions.iter().flat_map(|branch| &branch.missed);
        let named = counted(missed.flat_map(|it| it.criteria.iter().copied().map(Some)));
        assert_eq!(named, each_once(), "{}", plan.id);
    }
}

#[test]
fn each_plan_knows_its_workflow_its_source_and_its_baseline() {
    for (plan, (size, workers)) in plans().into_iter().zip([(50, None), (500, Some(5))]) {
        assert_eq!(
            (plan.workflow, plan.batch_size, plan.workers),
            (3001, size, workers)
        );
        assert!(plan.source.is_some());
        assert_eq!(plan.baseline.unwrap().name, "Run 195");
    }
}

#[test]
fn each_plan_has_queries_and_none_that_looks_at_a_clock() {
    for text in [BATCH_50, BATCH_500] {
        let document = Document::parse(text);
        let queries: Vec<&str> = document
            .code_blocks()
            .filter(|(_, block)| block.language == "sql")
            .map(|(_, block)| block.code.as_str())
            .collect();
        assert_eq!(queries.len(), 5);
        assert!(
            queries
                .iter()
                .all(|query| query.contains("$1") && !query.contains("now()"))
        );
    }
}
