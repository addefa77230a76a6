//! Whole comparisons: a record beside itself, beside its mirror, beside a spoiled one.

use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;
use crate::judge::{Requirements, doctored, judge};
use crate::record::november_2025::november_2025;
use crate::record::run_195::run_195;

fn compared(before: &RunRecord, after: &RunRecord) -> Comparison {
    let [a, b] = [before, after].map(|record| judge(record, &Requirements::none()));
    let side = |record, judgement| Side { record, judgement };
    compare(side(before, &a), side(after, &b))
}

fn findings(comparison: &Comparison) -> Vec<&Finding> {
    let criteria = comparison.criteria.iter().map(|row| &row.finding);
    let steps = comparison.steps.iter().map(|row| &row.finding);
    criteria.chain(steps).collect()
}

fn certainties(comparison: &Comparison) -> Vec<Option<Certainty>> {
    let certainty = |finding: &&Finding| match finding {
        Finding::Tested(test) => Some(test.certainty),
        Finding::Untested(_) => None,
    };
    findings(comparison).iter().map(certainty).collect()
}

fn step(comparison: &Comparison, conversation: i32) -> &StepComparison {
    let mut steps = comparison.steps.iter();
    steps
        .find(|row| row.step.conversation == conversation)
        .unwrap()
}

fn criterion<'c>(comparison: &'c Comparison, id: &str) -> &'c CriterionComparison {
    let mut criteria = comparison.criteria.iter();
    criteria.find(|row| row.criterion.id == id).unwrap()
}

fn certainty(finding: &Finding) -> Certainty {
    match finding {
        Finding::Tested(test) => test.certainty,
        Finding::Untested(why) => panic!("{why}"),
    }
}

#[test]
fn a_record_never_differs_from_itself() {
    for record in [
        doctored::healthy(),
        doctored::serial(),
        november_2025(),
        run_195(),
    ] {
        let comparison = compared(&record, &record);
        let shown =
            |it: &Option<Certainty>| matches!(it, Some(Certainty::Certain | Certainty::Hint));
        assert!(
            !certainties(&comparison).iter().any(shown),
            "{comparison:#?}"
        );
    }
}

#[test]
fn skills_that_are_all_missing_are_certain_and_one_that_is_missing_is_not() {
    let (healthy, mut one) = (doctored::healthy(), doctored::healthy());
    one.postings[3].skill_keywords = None;
    let mut all = doctored::healthy();
    for posting in &mut all.postings {
        posting.skill_keywords = None;
    }
    let skills =
        |other| certainty(&criterion(&compared(&healthy, other), "skills_completeness").finding);
    assert_eq!(skills(&one), Certainty::NotShown);
    assert_eq!(skills(&all), Certainty::Certain);
}

#[test]
fn a_step_that_became_faster_is_certain_and_its_neighbours_are_not() {
    let (healthy, mut faster) = (doctored::healthy(), doctored::healthy());
    for run in 1..=50 {
        let row = doctored::interaction(&mut faster, run, 3341);
        row.completed_at = row.completed_at.map(|at| at - TimeDelta::seconds(3));
    }
    let comparison = compared(&healthy, &faster);
    assert_eq!(
        certainty(&step(&comparison, 3341).finding),
        Certainty::Certain
    );
    assert_eq!(
        certainty(&step(&comparison, 3335).finding),
        Certainty::NotShown
    );
}

#[test]
fn of_published_figures_a_mean_without_a_spread_is_not_tested_and_one_with_it_is() {
    let comparison = compared(&november_2025(), &doctored::healthy());
    assert!(matches!(
        step(&comparison, 9144).finding,
        Finding::Untested(_)
    ));
    assert!(matches!(
        step(&comparison, 3341).finding,
        Finding::Tested(_)
    ));
}

#[test]
fn one_posting_is_told_and_not_tested() {
    let comparison = compared(&run_195(), &doctored::healthy());
    let Finding::Untested(why) = &step(&comparison, 3336).finding else {
        panic!("tested with n = 1")
    };
    assert!(why.contains("next to nothing"), "{why}");
}

#[test]
fn other_time_scales_servers_and_workflows_are_said_and_equals_are_not_doubted() {
    let (healthy, mut other) = (doctored::healthy(), doctored::healthy());
    other.mode.time_scale *= 2.0;
    other.workflow.hash = "another".to_owned();
    let said = compared(&healthy, &other).reservations.join("\n");
    assert!(
        said.contains("NOT COMPARABLE in time: simulated at"),
        "{said}"
    );
    assert!(said.contains("workflows are not the same"), "{said}");
    let said = compared(&healthy, &november_2025()).reservations.join("\n");
    assert!(
        said.contains("one model server is live, that of the first SIMULATED"),
        "{said}"
    );
    assert!(
        said.contains("The second was put together from published figures"),
        "{said}"
    );
    let said = compared(&healthy, &healthy).reservations;
    assert_eq!(said.len(), 1, "but that both are simulated: {said:?}");
}

#[test]
fn a_batch_that_broke_off_or_contradicts_itself_is_said() {
    let (healthy, interrupted) = (doctored::healthy(), doctored::interrupted());
    let said = compared(&interrupted, &healthy).reservations.join("\n");
    assert!(said.contains("The first batch is not at its end"), "{said}");
    let mut forged = doctored::healthy();
    forged.batch.size = 49;
    let said = compared(&healthy, &forged).reservations.join("\n");
    assert!(
        said.contains("evidence of the second contradicts itself"),
        "{said}"
    );
}

/// A healthy batch with its format steps longer by so many milliseconds each, and so many runs failed.
fn spoiled(longer: &[i64], failed: i64) -> RunRecord {
    let mut record = doctored::healthy();
    for (run, longer) in (1..).zip(longer) {
        let row = doctored::interaction(&mut record, run, 3341);
        row.completed_at = row
            .completed_at
            .map(|at| at + TimeDelta::milliseconds(*longer));
    }
    for run in 1..=failed {
        doctored::fail(&mut record, run);
    }
    record
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sides_that_change_places_change_the_signs_and_nothing_else(
        longer in proptest::collection::vec(0_i64..3_000, 50), failed in 0_i64..20,
    ) {
        let (a, b) = (doctored::healthy(), spoiled(&longer, failed));
        let (there, back) = (compared(&a, &b), compared(&b, &a));
        prop_assert_eq!(certainties(&there), certainties(&back));
        for (one, other) in findings(&there).into_iter().zip(findings(&back)) {
            if let (Finding::Tested(one), Finding::Tested(other)) = (one, other) {
                let sum = one.difference.estimate + other.difference.estimate;
                prop_assert!(sum.abs() < 1e-6, "{:?} {:?}", one, other);
            }
        }
    }

    #[test]
    fn no_record_is_certain_to_differ_from_itself(
        longer in proptest::collection::vec(0_i64..3_000, 50), failed in 0_i64..20,
    ) {
        let record = spoiled(&longer, failed);
        let certain = certainties(&compared(&record, &record));
        prop_assert!(!certain.contains(&Some(Certainty::Certain)));
    }
}
