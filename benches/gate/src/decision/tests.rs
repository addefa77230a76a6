use std::collections::BTreeMap;

use super::*;
use crate::counts::Counts;

const RULES: &str = r#"
    [[count]]
    name = "exact"
    growth_percent = 0
    why = "it does not wobble"
    [[count]]
    name = "loose"
    growth_percent = 5
    why = "it wobbles a little"
    [[count]]
    name = "told"
    why = "it depends on the moment"
"#;

fn runs(name: &str, counted: &[u64]) -> Runs {
    let run = |count: &u64| Counts {
        counts: BTreeMap::from([(name.to_owned(), *count)]),
        ..Counts::default()
    };
    Runs::of(&counted.iter().map(run).collect::<Vec<_>>())
}

fn decided(name: &str, before: &[u64], after: &[u64], accepted: &str) -> Decision {
    decide(
        &runs(name, before),
        &runs(name, after),
        &Thresholds::parse(RULES).unwrap(),
        &Accepted::parse(accepted).unwrap(),
    )
}

fn standing_of(name: &str, before: &[u64], after: &[u64]) -> Standing {
    decided(name, before, after, "").verdicts[0]
        .standing
        .clone()
}

#[test]
fn a_count_may_grow_by_its_threshold_and_by_no_more() {
    assert_eq!(
        standing_of("loose", &[100, 100], &[105, 105]),
        Standing::Held
    );
    assert_eq!(
        standing_of("loose", &[100, 100], &[106, 106]),
        Standing::Grown
    );
    assert_eq!(standing_of("exact", &[8, 8], &[8, 8]), Standing::Held);
    assert_eq!(standing_of("exact", &[8, 8], &[9, 9]), Standing::Grown);
    assert_eq!(standing_of("exact", &[0, 0], &[1, 1]), Standing::Grown);
}

#[test]
fn growth_fails_the_gate_and_shrinking_does_not() {
    assert_eq!(
        decided("exact", &[8, 8], &[9, 9], "").outcome(),
        Outcome::Failed
    );
    let fewer = decided("exact", &[8, 8], &[7, 7], "");
    assert_eq!(fewer.verdicts[0].standing, Standing::Shrunk);
    assert_eq!(fewer.outcome(), Outcome::Passed);
}

#[test]
fn a_threshold_below_the_noise_of_one_commit_is_refused_with_both_figures() {
    for (before, after) in [([100, 107], [100, 100]), ([100, 100], [100, 107])] {
        let decision = decided("loose", &before, &after, "");
        assert_eq!(decision.outcome(), Outcome::Undecidable);
        let complaint = decision.verdicts[0].complaint().unwrap();
        assert!(complaint.contains("threshold of 5 %"), "{complaint}");
        assert!(complaint.contains("differ by 7.00 %"), "{complaint}");
    }
}

#[test]
fn a_threshold_at_the_floor_is_held_to() {
    assert_eq!(
        standing_of("loose", &[100, 105], &[100, 105]),
        Standing::Held
    );
}

#[test]
fn a_count_that_is_only_told_neither_fails_nor_is_refused() {
    let decision = decided("told", &[100, 300], &[900, 2_000], "");
    assert_eq!(decision.verdicts[0].standing, Standing::Told);
    assert_eq!(decision.outcome(), Outcome::Passed);
}

#[test]
fn a_count_without_a_rule_and_one_without_a_second_run_are_refused() {
    let unknown = standing_of("unknown", &[1, 1], &[1, 1]);
    assert_eq!(unknown, Standing::Refused(Refusal::NoThreshold));
    let once = standing_of("exact", &[1], &[1]);
    assert_eq!(once, Standing::Refused(Refusal::TooFewRuns));
}

#[test]
fn a_count_of_one_commit_alone_decides_nothing() {
    assert_eq!(standing_of("exact", &[], &[5, 5]), Standing::New);
    assert_eq!(standing_of("exact", &[5, 5], &[]), Standing::Gone);
    assert_eq!(
        decided("exact", &[], &[5, 5], "").outcome(),
        Outcome::Passed
    );
}

#[test]
fn growth_that_a_commit_owns_up_to_passes_and_other_growth_does_not() {
    let owned = decided("exact", &[8, 8], &[9, 9], "exact because a column is new");
    assert!(matches!(
        owned.verdicts[0].standing,
        Standing::Accepted { .. }
    ));
    assert_eq!(owned.outcome(), Outcome::Passed);
    let other = decided("exact", &[8, 8], &[9, 9], "loose because a column is new");
    assert_eq!(other.outcome(), Outcome::Failed);
}
