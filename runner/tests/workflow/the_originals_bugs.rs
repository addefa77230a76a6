//! The wiring bugs that the original system ran with, each made again by a small edit.

use std::collections::BTreeSet;

use wave_runner::workflow::Rule::{
    DeadEnd, LiteralPlaceholder, MissingRead, RepeatedRead, SourceOfAnotherKind, UnhandledOutcome,
    UnknownPlaceholder, Unreachable, UnusedRead, UnusedVerdict, UnwrittenColumn, UnwrittenRead,
};
use wave_runner::workflow::{Outcome, Workflow};

use crate::{finds, ids, output, read, reword, step_of, when, with};

#[test]
fn skills_that_are_extracted_and_never_saved() {
    let workflow = with(3350, |skills| skills.writes.clear());
    let text = finds(&workflow, &[(3350, DeadEnd), (0, UnwrittenColumn)]);
    assert!(text.contains("skill_keywords is required"), "{text}");
}

#[test]
fn a_score_that_is_given_and_never_saved() {
    let workflow = with(9163, |expert| expert.writes.clear());
    let text = finds(&workflow, &[(9163, DeadEnd), (0, UnwrittenColumn)]);
    assert!(text.contains("ihl_score is required"), "{text}");
    assert!(text.contains("ihl_category is required"), "{text}");
}

#[test]
fn an_expert_whose_prompt_asks_for_an_analyst_that_is_not_read() {
    let workflow = with(9163, |expert| _ = expert.reads.remove("analyst"));
    let text = finds(&workflow, &[(9163, UnknownPlaceholder)]);
    assert!(text.contains("{{ analyst }}"), "{text}");
}

#[test]
fn an_expert_that_does_not_wait_for_the_analyst() {
    let workflow = with(9163, |expert| expert.needs = ids(&[9193]));
    finds(&workflow, &[(9163, UnwrittenRead)]);
}

#[test]
fn an_expert_whose_prompt_leaves_the_analyst_out() {
    let workflow = with(9163, |expert| reword(expert, "{{ analyst }}", ""));
    finds(&workflow, &[(9163, UnusedRead)]);
}

#[test]
fn a_regrade_that_is_sent_a_literal_placeholder() {
    let workflow = with(3339, |regrade| {
        reword(regrade, "{{ summary }}", "{previous_output}");
    });
    let text = finds(&workflow, &[(3339, LiteralPlaceholder), (3339, UnusedRead)]);
    assert!(text.contains("write {{ previous_output }}"), "{text}");
}

#[test]
fn an_improvement_that_is_shown_the_grade_in_place_of_the_summary() {
    let workflow = with(3338, |improve| read(improve, "summary", output(3337)));
    let text = finds(
        &workflow,
        &[(3338, SourceOfAnotherKind), (3338, RepeatedRead)],
    );
    assert!(
        text.contains("output.3337, a grade, as \"summary\""),
        "{text}"
    );
}

#[test]
fn steps_that_no_path_reaches() {
    let mut workflow = Workflow::builtin();
    for id in [3335, 3336, 3337, 3341, 9168] {
        step_of(&mut workflow, id).when = Some(when(&[(9184, Outcome::Fail)]));
    }
    step_of(&mut workflow, 3350).when = Some(when(&[(9185, Outcome::Fail)]));
    let findings = workflow.lint();
    let unreachable = findings
        .iter()
        .filter(|finding| finding.rule == Unreachable);
    let unreachable: BTreeSet<_> = unreachable.filter_map(|f| f.conversation).collect();
    let expected = ids(&[3335, 3336, 3337, 3338, 3339, 3340, 3341, 3350, 9168]);
    assert_eq!(unreachable, expected.into_iter().collect());
}

#[test]
fn a_check_that_lets_nothing_through() {
    let workflow = with(9193, |check| {
        check.continues_on.clear();
        check.fails_on.push(Outcome::Valid);
    });
    let behind = workflow.conversations.iter().map(|step| step.id.0);
    let behind = behind.filter(|id| ![9144, 9193].contains(id));
    let unreachable: Vec<_> = behind.map(|id| (id, Unreachable)).collect();
    assert_eq!(unreachable.len(), 14);
    finds(&workflow, &unreachable);
}

#[test]
fn a_ticket_behind_which_no_summary_is_formatted_and_saved() {
    let mut workflow = Workflow::builtin();
    for id in [3341, 9168] {
        let passed = when(&[(3336, Outcome::Pass), (3339, Outcome::Pass)]);
        step_of(&mut workflow, id).when = Some(passed);
    }
    let text = finds(&workflow, &[(3350, MissingRead), (0, UnwrittenColumn)]);
    assert!(text.contains("3339 FAIL"), "{text}");
}

#[test]
fn a_ticket_that_nobody_is_meant_to_see() {
    let workflow = with(3340, |ticket| ticket.for_people = false);
    finds(&workflow, &[(3340, DeadEnd)]);
}

#[test]
fn an_improvement_that_one_grader_cannot_ask_for() {
    let workflow = with(3338, |improve| {
        improve.when = Some(when(&[(3337, Outcome::Fail)]));
    });
    let text = finds(&workflow, &[(3339, MissingRead), (3340, MissingRead)]);
    assert!(text.contains("3336 FAIL, 3337 PASS"), "{text}");
}

#[test]
fn a_grader_whose_verdict_changes_nothing() {
    let mut workflow = Workflow::builtin();
    for id in [3338, 3339] {
        step_of(&mut workflow, id).when = Some(when(&[(3337, Outcome::Fail)]));
    }
    finds(
        &workflow,
        &[(3336, UnhandledOutcome), (3336, UnusedVerdict)],
    );
}

#[test]
fn a_grader_that_is_a_dead_end() {
    let mut workflow = with(3338, |improve| {
        improve.reads.remove("grade_a");
        reword(improve, "{{ grade_a }}", "");
    });
    for id in [3338, 3339] {
        step_of(&mut workflow, id).when = Some(when(&[(3337, Outcome::Fail)]));
    }
    step_of(&mut workflow, 3336)
        .continues_on
        .push(Outcome::Fail);
    finds(&workflow, &[(3336, UnusedVerdict), (3336, DeadEnd)]);
}

#[test]
fn skills_that_read_a_summary_which_is_not_yet_saved() {
    let workflow = with(9185, |check| check.needs = ids(&[3341]));
    finds(&workflow, &[(3350, MissingRead)]);
}
