//! What went wrong, by step and message.

use maud::{Markup, html};

use super::{message, outside, step};
use crate::report::html::shapes::failures::{Failures, Group};

pub(super) fn section(failures: &Failures) -> Markup {
    html! {
        section id="failures" aria-labelledby="failures-heading" {
            h2 id="failures-heading" { "Failures" }
            @if failures.count == 0 {
                p { "Nothing failed, and nothing had to be tried again." }
            } @else {
                p.lead {
                    (failures.count) " attempts failed. Those with one step, kind and message, but for the numbers in it, are \
                     one row; the message is that of the first."
                }
                div.scroll role="region" aria-label="Table of failures" tabindex="0" {
                    table.failed {
                        thead {
                            tr {
                                th.number scope="col" { "Times" }
                                th.number scope="col" { "Runs" }
                                th.number scope="col" { "Final" }
                                th scope="col" { "Step" }
                                th scope="col" { "Kind" }
                                th scope="col" { "Message" }
                            }
                        }
                        tbody { @for group in &failures.groups { (row(group)) } }
                    }
                }
                @if failures.left_out > 0 {
                    p { (failures.left_out) " more kinds of failure are in the record and left out here." }
                }
            }
        }
    }
}

fn row(group: &Group) -> Markup {
    html! {
        tr {
            td.number { b { (group.count) } }
            td.number { (group.runs) }
            td.number { (group.final_ones) }
            td { @match &group.step { Some(it) => (step(it)), None => "–" } }
            td { @match &group.kind { Some(kind) => (outside(kind)), None => "not in the books" } }
            td.message { (message(&group.message)) }
        }
    }
}
