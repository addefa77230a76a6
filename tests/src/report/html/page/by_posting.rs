//! The timeline as a table: for readers without scripts, and for who wants the numbers.

use maud::{Markup, html};

use super::{outside, step};
use crate::report::html::shapes::axis::{clock_to_the_second, share};
use crate::report::html::shapes::by_posting::{ByPosting, Cell};
use crate::report::words::told_status;

/// A row a posting, a column a step.
pub(super) fn table(table: &ByPosting<'_>) -> Markup {
    html! {
        details.calls-by-posting {
            summary { "The same as a table: when each posting took each step" }
            p.muted { "Begin after the first work, and + seconds that it took; of several attempts the last." }
            @if table.left_out > 0 {
                p {
                    "The first " (table.rows.len()) " postings; "
                    (table.left_out) " more are in the record and left out here."
                }
            }
            div.scroll role="region" aria-label="Table of steps by posting" tabindex="0" {
                table.calls {
                    thead {
                        tr {
                            th scope="col" { "Posting" }
                            th scope="col" { "Run" }
                            @for it in &table.steps { th scope="col" { (step(it)) } }
                        }
                    }
                    tbody {
                        @for row in &table.rows {
                            tr {
                                th scope="row" {
                                    (row.run.posting_id) " "
                                    @if let Some(title) = row.title { (outside(title)) }
                                }
                                td { (told_status(row.status)) }
                                @for cell in &row.cells {
                                    td { @if let Some(cell) = cell { (told(*cell)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// When it began, and how many seconds it took.
fn told(cell: Cell) -> String {
    format!(
        "{} +{:.1}",
        clock_to_the_second(cell.start),
        share(cell.took, 1_000)
    )
}
