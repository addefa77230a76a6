//! Steps that point at each other wrongly.

use wave_runner::workflow::Rule::{
    Cycle, DuplicateId, DuplicateName, ImpossibleOutcome, UnhandledOutcome, UnknownNeed,
    Unreachable, UnwrittenColumn, WhenNotUpstream,
};
use wave_runner::workflow::{ConversationId, Outcome};

use crate::{breaks, finds, ids, reword, when, with};

#[test]
fn an_id_or_a_name_given_twice() {
    let workflow = with(9162, |skeptic| skeptic.id = ConversationId(9161));
    assert!(breaks(&workflow, DuplicateId));
    let workflow = with(3337, |grade| {
        grade.name = "grade_a".to_owned();
        reword(grade, "Task: grade_b", "Task: grade_a");
    });
    finds(&workflow, &[(3337, DuplicateName)]);
}

#[test]
fn a_need_that_does_not_exist() {
    let workflow = with(9161, |analyst| analyst.needs = ids(&[9999]));
    let text = finds(&workflow, &[(9161, UnknownNeed)]);
    assert!(text.contains("needs 9999"), "{text}");
}

#[test]
fn a_cycle_is_found_at_each_of_its_steps_and_not_behind_it() {
    let workflow = with(9161, |analyst| analyst.needs = ids(&[9162]));
    finds(&workflow, &[(9161, Cycle), (9162, Cycle)]);
    let workflow = with(9144, |verify| verify.needs = ids(&[9144]));
    finds(&workflow, &[(9144, Cycle)]);
}

#[test]
fn a_condition_on_a_step_that_is_not_upstream() {
    let workflow = with(3335, |extract| {
        let ran = when(&[(9184, Outcome::Run), (3339, Outcome::Fail)]);
        extract.when = Some(ran);
    });
    finds(&workflow, &[(3335, WhenNotUpstream)]);
}

#[test]
fn a_condition_on_a_step_that_has_no_outcome() {
    let workflow = with(9163, |expert| {
        expert.when = Some(when(&[(9162, Outcome::Pass)]));
    });
    let expected = [
        (9163, ImpossibleOutcome),
        (9163, Unreachable),
        (0, UnwrittenColumn),
    ];
    finds(&workflow, &expected);
}

#[test]
fn an_outcome_that_a_step_never_has() {
    let workflow = with(9193, |check| check.continues_on.push(Outcome::Pass));
    finds(&workflow, &[(9193, ImpossibleOutcome)]);
}

#[test]
fn an_outcome_that_nothing_names() {
    let workflow = with(9193, |check| check.fails_on = vec![Outcome::TooShort]);
    let text = finds(&workflow, &[(9193, UnhandledOutcome)]);
    assert!(text.contains("NO_DESCRIPTION"), "{text}");
    let workflow = with(3336, |grade| grade.continues_on.clear());
    finds(&workflow, &[(3336, UnhandledOutcome)]);
}
