//! Figures over those that came through.

use sqlparser::ast::{BinaryOperator, Expr};

use super::expression::{Shape, bare, call, column, conjuncts, expressions, shapes, text};
use super::statement::Statement;
use crate::plan::lint::{Defect, Finding};

pub(super) fn findings(statement: &Statement<'_>) -> Vec<Finding> {
    shapes(&statement.tree)
        .iter()
        .filter_map(|shape| survivors(statement, shape))
        .collect()
}

/// Figures that those who are left out would make worse.
const FIGURES: [&str; 5] = ["avg", "sum", "max", "min", "percentile_cont"];

/// A mean or total over those that completed: by a condition of the query, or of the figure.
fn survivors(statement: &Statement<'_>, shape: &Shape) -> Option<Finding> {
    let figures: Vec<Expr> = expressions(&shape.select.projection)
        .into_iter()
        .filter(|expr| call(expr, &FIGURES).is_some())
        .collect();
    let kept = |condition: &Expr| {
        let mut parts = conjuncts(condition).into_iter();
        let part = parts.find(|part| keeps_completed(part))?;
        Some(statement.place_of(part))
    };
    let (survived, figure) = match shape.select.selection.as_ref().and_then(kept) {
        Some(span) => (span, figures.first()?),
        None => figures.iter().find_map(|figure| {
            let filter = call(figure, &FIGURES)?.filter.as_ref()?;
            Some((kept(filter)?, figure))
        })?,
    };
    Some(
        Finding::new(
            Defect::SurvivorsOnly,
            survived,
            "means, totals and ends are taken over those that completed: what failed, or hangs still, makes the figure \
             better by not being in it",
            "take all of the batch, with what is unfinished counted up to its end; tell how many were left out",
        )
        .beside(statement.place_of(figure), "this figure"),
    )
}

/// Whether only those that completed pass a condition.
fn keeps_completed(condition: &Expr) -> bool {
    let is = |expr: &Expr, wanted: &str| column(bare(expr)).is_some_and(|(_, name)| name == wanted);
    let is_completed = |expr: &Expr| text(expr) == Some("completed");
    match bare(condition) {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Eq,
            right,
        } => is(left, "status") && is_completed(right) || is(right, "status") && is_completed(left),
        Expr::InList {
            expr,
            list,
            negated: false,
        } => is(expr, "status") && list.iter().all(is_completed),
        Expr::IsNotNull(expr) => is(expr, "completed_at"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::defects_of;
    use super::*;

    #[test]
    fn a_mean_over_those_that_completed_is_one_over_survivors() {
        let mean = "SELECT AVG(completed_at - started_at) FROM workflow_runs";
        assert_eq!(
            defects_of(&format!("{mean} WHERE status = 'completed'")),
            [Defect::SurvivorsOnly]
        );
        assert_eq!(defects_of(mean), []);
        assert_eq!(defects_of(&format!("{mean} WHERE status = 'failed'")), []);
    }

    #[test]
    fn to_count_those_that_completed_is_no_mean_over_them() {
        let sql = "SELECT COUNT(*) FROM workflow_runs WHERE status = 'completed'";
        assert_eq!(defects_of(sql), []);
    }

    #[test]
    fn survivors_are_kept_in_more_ways_than_one() {
        let mean = "AVG(completed_at - started_at)";
        for sql in [
            format!("SELECT {mean} FROM workflow_runs WHERE status IN ('completed')"),
            format!(
                "SELECT {mean} FROM workflow_runs WHERE batch_id = 1 AND completed_at IS NOT NULL"
            ),
            format!("SELECT {mean} FROM workflow_runs WHERE 'completed' = status"),
            format!("SELECT {mean} FILTER (WHERE status = 'completed') FROM workflow_runs"),
            format!(
                "SELECT COUNT(*), ROUND({mean} FILTER (WHERE status IN ('completed'))) FROM workflow_runs"
            ),
        ] {
            assert_eq!(defects_of(&sql), [Defect::SurvivorsOnly], "{sql}");
        }
        for sql in [
            format!("SELECT {mean} FROM workflow_runs WHERE status IN ('completed', 'failed')"),
            format!("SELECT {mean} FROM workflow_runs WHERE status NOT IN ('completed')"),
            format!("SELECT {mean} FROM workflow_runs WHERE started_at IS NOT NULL"),
            format!(
                "SELECT {mean}, COUNT(*) FILTER (WHERE status = 'completed') FROM workflow_runs"
            ),
        ] {
            assert_eq!(defects_of(&sql), [], "{sql}");
        }
    }
}
