//! Templates that do not fit what is read.

use wave_runner::workflow::Rule::{
    BrokenTemplate, DeadEnd, TaskLine, UnknownPlaceholder, UnusedRead,
};
use wave_runner::workflow::{PostingField, Source};

use crate::{finds, read, reword, with};

#[test]
fn a_placeholder_that_is_not_read() {
    let workflow = with(3335, |extract| {
        reword(extract, "{{ title }}", "{{ job_titel }} {{ title }}");
    });
    let text = finds(&workflow, &[(3335, UnknownPlaceholder)]);
    assert!(
        text.contains("{{ job_titel }}") && text.contains("title"),
        "{text}"
    );
    let workflow = with(9168, |save| save.reads.clear());
    finds(&workflow, &[(9168, UnknownPlaceholder), (3341, DeadEnd)]);
}

#[test]
fn a_read_that_is_not_shown() {
    let country = Source::Posting(PostingField::LocationCountry);
    let workflow = with(3335, |extract| read(extract, "country", country));
    finds(&workflow, &[(3335, UnusedRead)]);
}

#[test]
fn a_template_that_cannot_be_read() {
    let workflow = with(3335, |extract| reword(extract, "{{ title }}", "{{ title"));
    finds(&workflow, &[(3335, BrokenTemplate)]);
}

#[test]
fn a_first_line_that_names_another_step() {
    let workflow = with(3335, |extract| {
        reword(extract, "Task: extract", "Task: format");
    });
    finds(&workflow, &[(3335, TaskLine)]);
}

#[test]
fn braces_that_are_json_are_no_placeholder() {
    let json = "such as {\"a\": 1}, {} or { b }:";
    finds(&with(3350, |skills| reword(skills, "such as:", json)), &[]);
}
