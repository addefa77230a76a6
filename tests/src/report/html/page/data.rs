//! What the workflow was run for: which postings have it, and how their scores spread.

use maud::{Markup, html};

use super::outside;
use crate::judge::Measured;
use crate::judge::Unit;
use crate::judge::reading::number;
use crate::report::html::View;
use crate::report::html::shapes::fields::Field;
use crate::report::html::shapes::november::November;
use crate::report::html::shapes::scores::Scores;

pub(super) fn section(view: &View<'_>) -> Markup {
    html! {
        section id="data" aria-labelledby="data-heading" {
            h2 id="data-heading" { "Data" }
            h3 { "Completeness" }
            p.lead {
                "Every posting of the batch by id, from left to right; where it lacks the field, the strip is low and red."
            }
            div.scroll role="region" aria-label="Table of completeness" tabindex="0" {
                table {
                    thead {
                        tr {
                            th scope="col" { "Field" }
                            th.number scope="col" { "Postings" }
                            th.number scope="col" { "Share" }
                            th.strip scope="col" { "Posting by posting" }
                            th.number scope="col" { "Nov. 2025" }
                        }
                    }
                    tbody { @for field in &view.fields { (row(field, &view.november)) } }
                }
            }
            (spread(&view.scores))
        }
    }
}

fn row(field: &Field, november: &November) -> Markup {
    let share = Measured {
        value: field.percent(),
        unit: Unit::Percent,
    };
    html! {
        tr {
            th scope="row" { code { (field.column) } }
            td.number { (field.with) " of " (field.of) }
            td.number { (share) }
            td.strip {
                svg viewBox={ "0 0 " (field.of.max(1)) " 12" } preserveAspectRatio="none" role="img"
                    aria-label={ (field.of - field.with) " of " (field.of) " postings lack it" } {
                    rect.full width=(field.of) height="12" {}
                    @for (first, length) in &field.lacking {
                        rect.rest x=(first) width=(length) height="12" {}
                        rect.empty x=(first) y="8" width=(length) height="4" {}
                    }
                }
            }
            td.number {
                @match november.field(field.column) { Some(then) => { (then.with) " of " (then.of) }, None => "–" }
            }
        }
    }
}

fn spread(scores: &Scores) -> Markup {
    let highest = number(scores.highest().max(1));
    html! {
        h3 { "IHL scores" }
        @match &scores.told {
            None => p { "No posting has a score." },
            Some(told) => {
                p.lead {
                    "0 is a genuine vacancy, 10 a fake one. Mean " (format!("{:.2}", told.mean)) ", median "
                    (format!("{:.1}", told.median)) "; " (scores.without) " postings have none"
                    @if scores.off_the_scale > 0 {
                        ", and " (scores.off_the_scale) " have one that is not on the scale"
                    }
                    "."
                }
                div.columns {
                    table.scores {
                        caption { "Postings by score" }
                        tbody {
                            @for (score, count) in &scores.bins {
                                tr {
                                    th.number scope="row" { (score) }
                                    td.fill {
                                        svg viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden="true" {
                                            @let width = format!("{:.1}", number(*count) * 100.0 / highest);
                                            rect.bar y="1" width=(width) height="12" {}
                                        }
                                    }
                                    td.number { (count) }
                                }
                            }
                        }
                    }
                    table.scores {
                        caption { "Postings by category" }
                        tbody {
                            @for (category, count) in &scores.categories {
                                tr { th scope="row" { (outside(category)) } td.number { (count) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
