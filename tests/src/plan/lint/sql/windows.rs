//! Time windows: rows leave them by growing old, and rows of other batches stand in them.

use std::ops::Range;

use sqlparser::ast::{BinaryOperator, Expr, TableFactor};

use super::expression::{Shape, bare, call, expressions, last, shapes, text};
use super::statement::Statement;
use crate::plan::lint::{Defect, Finding};

/// A condition such as `started_at > NOW() - interval '6 hours'`.
struct Window {
    span: Range<usize>,
    seconds: f64,
    of_runs: bool,
}

/// One finding for all windows of a kind: they are one decision, made many times.
pub(super) fn findings(
    statements: &[&Statement<'_>],
    worst_case_seconds: Option<f64>,
) -> Vec<Finding> {
    let windows = statements.iter().flat_map(|statement| windows(statement));
    let (short, others): (Vec<_>, Vec<_>) = windows.partition(|window| {
        worst_case_seconds
            .is_some_and(|worst| window.looks_at_the_run(worst) && window.seconds <= worst)
    });
    let mut found = Vec::new();
    if let Some(worst) = worst_case_seconds {
        found.extend(together(&short, Defect::WindowTooShort, &format!(
            "the window reaches no further back than the red flag of {} h, and rows of the phases before are older \
             still: in the worst case, which the query is for, rows have left it",
            worst / 3600.0
        )));
    }
    found.extend(together(
        &others,
        Defect::WindowInsteadOfBatch,
        "the window takes in whatever else was written lately and loses what is older: what is counted depends on the \
         moment of asking",
    ));
    found
}

fn together(windows: &[Window], defect: Defect, message: &str) -> Option<Finding> {
    let (first, rest) = windows.split_first()?;
    let advice = "select by the batch: WHERE batch_id = :batch_id";
    let finding = Finding::new(defect, first.span.clone(), message, advice);
    Some(rest.iter().fold(finding, |finding, window| {
        finding.beside(window.span.clone(), "here, too")
    }))
}

impl Window {
    /// A window of a few minutes over postings follows their promotion; one of hours follows the run.
    fn looks_at_the_run(&self, worst: f64) -> bool {
        self.of_runs || self.seconds >= worst / 2.0
    }
}

fn windows(statement: &Statement<'_>) -> Vec<Window> {
    let mut found = Vec::new();
    for shape in shapes(&statement.tree) {
        let of_runs = tables(&shape)
            .iter()
            .any(|table| matches!(table.as_str(), "workflow_runs" | "interactions"));
        for expr in shape.select.selection.iter().flat_map(expressions) {
            if let Some(seconds) = window(&expr) {
                found.push(Window {
                    span: statement.place_of(&expr),
                    seconds,
                    of_runs,
                });
            }
        }
    }
    found
}

fn tables(shape: &Shape) -> Vec<String> {
    shape
        .select
        .from
        .iter()
        .flat_map(|table| {
            std::iter::once(&table.relation).chain(table.joins.iter().map(|join| &join.relation))
        })
        .filter_map(|factor| match factor {
            TableFactor::Table { name, .. } => Some(last(name)),
            _ => None,
        })
        .collect()
}

/// How far back a condition reaches, in seconds.
fn window(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Gt | BinaryOperator::GtEq,
            right,
        } if ago(left).is_none() => ago(right),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Lt | BinaryOperator::LtEq,
            right,
        } if ago(right).is_none() => ago(left),
        _ => None,
    }
}

/// `NOW() - interval '…'` in seconds.
fn ago(expr: &Expr) -> Option<f64> {
    match bare(expr) {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Minus,
            right,
        } if is_now(left) => match bare(right) {
            Expr::Interval(interval) => seconds(text(&interval.value)?),
            Expr::TypedString(typed) => seconds(&typed.value.to_string().replace('\'', "")),
            other => seconds(text(other)?),
        },
        _ => None,
    }
}

fn is_now(expr: &Expr) -> bool {
    let names = [
        "now",
        "clock_timestamp",
        "current_timestamp",
        "localtimestamp",
        "statement_timestamp",
        "transaction_timestamp",
    ];
    call(expr, &names).is_some()
}

/// An interval as Postgres reads it, as far as plans write them: a number and a unit.
fn seconds(interval: &str) -> Option<f64> {
    let mut words = interval.split_whitespace();
    let value: f64 = words.next()?.parse().ok()?;
    let unit = match words.next()?.to_lowercase().trim_end_matches('s') {
        "second" | "sec" => 1.0,
        "minute" | "min" => 60.0,
        "hour" | "hr" => 3600.0,
        "day" => 86_400.0,
        "week" => 604_800.0,
        _ => return None,
    };
    words.next().is_none().then_some(value * unit)
}

#[cfg(test)]
mod tests {
    use super::super::defects_of;
    use super::*;

    fn over(table: &str, condition: &str) -> Vec<Defect> {
        defects_of(&format!("SELECT COUNT(*) FROM {table} WHERE {condition}"))
    }

    #[test]
    fn a_window_as_long_as_the_red_flag_is_too_short() {
        for condition in [
            "started_at > NOW() - interval '6 hours'",
            "started_at >= now() - interval '30 minutes'",
            "NOW() - interval '6 hours' < started_at",
        ] {
            assert_eq!(
                over("workflow_runs", condition),
                [Defect::WindowTooShort],
                "{condition}"
            );
        }
        assert_eq!(
            over("postings", "created_at > NOW() - interval '6 hours'"),
            [Defect::WindowTooShort]
        );
    }

    #[test]
    fn a_longer_window_and_one_over_a_short_phase_still_stand_where_a_batch_is_meant() {
        assert_eq!(
            over("workflow_runs", "started_at > NOW() - interval '1 day'"),
            [Defect::WindowInsteadOfBatch]
        );
        assert_eq!(
            over("postings", "created_at > NOW() - interval '5 minutes'"),
            [Defect::WindowInsteadOfBatch]
        );
    }

    #[test]
    fn a_batch_is_no_window_nor_is_an_age() {
        assert_eq!(over("workflow_runs", "batch_id = $1"), []);
        assert_eq!(
            over("interactions", "started_at < NOW() - interval '15 minutes'"),
            []
        );
    }

    #[test]
    fn all_windows_of_a_kind_are_one_finding() {
        let sql = "SELECT 1 FROM postings WHERE created_at > NOW() - interval '5 minutes'; \
                   SELECT 2 FROM postings WHERE created_at > NOW() - interval '10 minutes';";
        assert_eq!(defects_of(sql), [Defect::WindowInsteadOfBatch]);
    }
}
