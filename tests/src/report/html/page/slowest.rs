//! The interactions that took longest.

use maud::{Markup, html};

use super::{outside, seconds};
use crate::report::html::View;
use crate::report::html::shapes::axis::clock_to_the_second;
use crate::report::html::shapes::slowest::{Slow, TOLD};

pub(super) fn section(view: &View<'_>) -> Markup {
    html! {
        section id="slowest" aria-labelledby="slowest-heading" {
            h2 id="slowest-heading" { "Slowest interactions" }
            @if view.slowest.is_empty() {
                p { "Nothing was begun and ended." }
            } @else {
                p.lead {
                    "The " (TOLD) " that took longest, in seconds of the plan's time, and what the witness saw of them."
                }
                div.scroll role="region" aria-label="Table of the slowest interactions" tabindex="0" {
                    table {
                        thead {
                            tr {
                                th scope="col" { "Interaction" }
                                th scope="col" { "Step" }
                                th scope="col" { "Posting" }
                                th.number scope="col" { "Begun at" }
                                th.number scope="col" { "Took" }
                                th.number scope="col" { "Over the" br; "step's median" }
                                th.number scope="col" { "Computed" }
                                th.number scope="col" { "Waited" }
                                th.number scope="col" { "Tokens" br; "written" }
                            }
                        }
                        tbody { @for it in &view.slowest { (row(it, view)) } }
                    }
                }
            }
        }
    }
}

fn row(it: &Slow<'_>, view: &View<'_>) -> Markup {
    let known = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), seconds);
    let step = view
        .steps
        .iter()
        .find(|step| step.conversation == it.row.conversation_id);
    let begun = it.row.started_at.zip(view.timeline.as_ref());
    let begun = begun.map(|(at, timeline)| clock_to_the_second(timeline.origin.until(at)));
    html! {
        tr {
            th scope="row" { (it.row.interaction_id) }
            td { @if let Some(step) = step { (super::step(step)) } @else { (it.row.conversation_id) } }
            td { (it.row.posting_id) " " @if let Some(title) = it.title { (outside(title)) } }
            td.number { (begun.unwrap_or_else(|| "–".to_owned())) }
            td.number { b { (seconds(it.seconds)) } }
            td.number { (format!("{:.2} ×", it.times_the_median)) }
            td.number { (known(it.computed)) }
            td.number { (known(it.waited)) }
            td.number { (it.tokens.map_or_else(|| "–".to_owned(), |it| it.to_string())) }
        }
    }
}
