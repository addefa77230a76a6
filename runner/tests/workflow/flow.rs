//! Values that are missing when they are read, and columns that stay empty.

use wave_runner::workflow::Rule::{
    ColumnWithoutValue, MissingRead, SourceOfAnotherKind, TooManyPaths, TwoWriters,
    UnwrittenColumn, UnwrittenRead,
};
use wave_runner::workflow::{
    Actor, Outcome, PostingColumn, PostingField, Script, Source, Workflow,
};

use crate::{breaks, finds, ids, output, read, twin, when, with};

#[test]
fn a_source_that_never_has_a_value() {
    let workflow = with(9161, |analyst| read(analyst, "description", output(3335)));
    finds(&workflow, &[(9161, UnwrittenRead)]);
    let score = Source::Posting(PostingField::IhlScore);
    let workflow = with(9163, |expert| read(expert, "analyst", score));
    finds(&workflow, &[(9163, UnwrittenRead)]);
    let workflow = with(9161, |analyst| {
        _ = analyst.reads.insert("description".to_owned(), vec![]);
    });
    finds(&workflow, &[(9161, UnwrittenRead)]);
}

#[test]
fn a_source_that_has_no_value_on_some_path() {
    let workflow = with(3341, |format| read(format, "summary", output(3338)));
    let text = finds(&workflow, &[(3341, MissingRead)]);
    assert!(text.contains("3336 PASS, 3337 PASS"), "{text}");
}

#[test]
fn a_source_that_may_still_be_at_work() {
    let workflow = with(3337, |grade| read(grade, "summary", output(3336)));
    finds(
        &workflow,
        &[(3337, UnwrittenRead), (3337, SourceOfAnotherKind)],
    );
}

#[test]
fn a_column_counts_as_filled_only_where_its_own_check_found_it_so() {
    let other_check = Actor::Script(Script::CheckSkills);
    let workflow = with(9184, |check| check.actor = other_check);
    finds(&workflow, &[(3350, MissingRead), (0, UnwrittenColumn)]);
}

#[test]
fn a_column_written_twice_on_one_path() {
    let summary = PostingColumn::ExtractedSummary;
    let workflow = with(3341, |format| format.writes.push(summary));
    let text = finds(&workflow, &[(9168, TwoWriters)]);
    assert!(text.contains("3341, 9168"), "{text}");
}

#[test]
fn a_column_written_on_two_paths_apart_is_no_fault() {
    let mut workflow = Workflow::builtin();
    let mut save = twin(&workflow, 9168, 9169);
    save.needs = ids(&[9184]);
    save.when = Some(when(&[(9184, Outcome::Skip)]));
    read(
        &mut save,
        "summary",
        Source::Posting(PostingField::ExtractedSummary),
    );
    workflow.conversations.push(save);
    finds(&workflow, &[]);
}

#[test]
fn a_column_for_which_the_output_has_no_value() {
    let workflow = with(9162, |skeptic| skeptic.writes.push(PostingColumn::IhlScore));
    finds(&workflow, &[(9162, ColumnWithoutValue), (9163, TwoWriters)]);
}

#[test]
fn more_paths_than_anybody_can_follow() {
    let mut workflow = Workflow::builtin();
    for number in 0..12 {
        workflow.conversations.push(twin(&workflow, 9185, number));
    }
    assert!(breaks(&workflow, TooManyPaths));
    assert!(!breaks(&Workflow::builtin(), TooManyPaths));
}
