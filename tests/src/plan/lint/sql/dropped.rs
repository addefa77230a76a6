//! Queries that leave out the very cases they are asked about.

use sqlparser::ast::{BinaryOperator, Expr, JoinConstraint, JoinOperator};

use super::expression::{
    Shape, bare, call, column, conjuncts, expressions, is_aggregate, number, shapes, text,
};
use super::statement::Statement;
use crate::plan::lint::{Defect, Finding};

pub(super) fn findings(statement: &Statement<'_>, batch_size: Option<f64>) -> Vec<Finding> {
    let mut found = Vec::new();
    for shape in shapes(&statement.tree) {
        found.extend(inner_join(statement, &shape));
        if let Some(size) = batch_size {
            found.extend(limit(statement, &shape, size));
        }
        found.extend(survivors(statement, &shape));
    }
    found
}

/// An inner join to chosen rows of a table: where the chosen row is missing, everything about the case is.
fn inner_join(statement: &Statement<'_>, shape: &Shape) -> Option<Finding> {
    let joins = shape.select.from.iter().flat_map(|table| &table.joins);
    let mut choosing = joins.filter_map(|join| match &join.join_operator {
        JoinOperator::Join(JoinConstraint::On(on))
        | JoinOperator::Inner(JoinConstraint::On(on)) => {
            let choice = conjuncts(on).into_iter().find(|part| chooses(part))?;
            Some(statement.place_of(choice))
        }
        _ => None,
    });
    let first = choosing.next()?;
    let finding = Finding::new(
        Defect::InnerJoinDropsCases,
        first,
        "an inner join to one kind of row: a case in which this row is missing disappears from the result instead of \
         failing",
        "write LEFT JOIN, and count the rows where nothing was joined",
    );
    Some(choosing.fold(finding, |finding, span| finding.beside(span, "and here")))
}

/// Whether a condition compares a column with something written out.
fn chooses(condition: &Expr) -> bool {
    let Expr::BinaryOp {
        left,
        op: BinaryOperator::Eq,
        right,
    } = condition
    else {
        return false;
    };
    let is_written_out = |expr: &Expr| number(expr).is_some() || text(expr).is_some();
    column(left).is_some() && is_written_out(right)
        || column(right).is_some() && is_written_out(left)
}

/// A limit below the size of the batch, unless the order says which rows are wanted: the ten slowest are ten.
fn limit(statement: &Statement<'_>, shape: &Shape, size: f64) -> Option<Finding> {
    let written = shape.limit.as_ref()?;
    let limit = number(written).filter(|limit| *limit < size)?;
    let is_top = shape
        .order_by
        .first()
        .is_some_and(|order| !is_key(&order.expr));
    let is_one_row = shape
        .select
        .projection
        .iter()
        .any(|item| expressions(item).iter().any(is_aggregate));
    if is_top || is_one_row {
        return None;
    }
    Some(Finding::new(
        Defect::LimitDropsCases,
        statement.place_of(written),
        format!(
            "{limit} of {size} rows are looked at: what is wrong in the other {} is never seen",
            size - limit
        ),
        "leave the limit out, and count what is wrong instead of showing rows",
    ))
}

fn is_key(expr: &Expr) -> bool {
    column(expr).is_some_and(|(_, name)| name.ends_with("_id"))
}

/// A mean or total over those that completed.
fn survivors(statement: &Statement<'_>, shape: &Shape) -> Option<Finding> {
    let condition = shape.select.selection.as_ref()?;
    let survived = conjuncts(condition)
        .into_iter()
        .find(|part| keeps_completed(part))?;
    let figure = expressions(&shape.select.projection)
        .into_iter()
        .find(|expr| call(expr, &["avg", "sum", "max", "min", "percentile_cont"]).is_some())?;
    Some(
        Finding::new(
            Defect::SurvivorsOnly,
            statement.place_of(survived),
            "means, totals and ends are taken over those that completed: what failed, or hangs still, makes the figure \
             better by not being in it",
            "take all of the batch, with what is unfinished counted up to its end; tell how many were left out",
        )
        .beside(statement.place_of(&figure), "this figure"),
    )
}

fn keeps_completed(condition: &Expr) -> bool {
    let Expr::BinaryOp {
        left,
        op: BinaryOperator::Eq,
        right,
    } = bare(condition)
    else {
        return false;
    };
    column(left).is_some_and(|(_, name)| name == "status") && text(right) == Some("completed")
}

#[cfg(test)]
mod tests {
    use super::super::defects_of;
    use super::*;

    fn pair(join: &str) -> Vec<Defect> {
        defects_of(&format!(
            "SELECT r.workflow_run_id FROM workflow_runs r \
             {join} interactions a ON a.workflow_run_id = r.workflow_run_id AND a.conversation_id = 3336 \
             {join} interactions b ON b.workflow_run_id = r.workflow_run_id AND b.conversation_id = 3337"
        ))
    }

    #[test]
    fn an_inner_join_to_chosen_rows_drops_the_cases_without_them() {
        assert_eq!(pair("JOIN"), [Defect::InnerJoinDropsCases]);
        assert_eq!(pair("INNER JOIN"), [Defect::InnerJoinDropsCases]);
    }

    #[test]
    fn an_outer_join_keeps_them_and_a_join_along_a_key_drops_none() {
        assert_eq!(pair("LEFT JOIN"), []);
        let sql = "SELECT c.conversation_name FROM interactions i \
                   JOIN conversations c ON i.conversation_id = c.conversation_id";
        assert_eq!(defects_of(sql), []);
    }

    #[test]
    fn a_limit_below_the_batch_drops_cases() {
        for sql in [
            "SELECT posting_id FROM postings LIMIT 10",
            "SELECT posting_id FROM postings ORDER BY posting_id LIMIT 49",
        ] {
            assert_eq!(defects_of(sql), [Defect::LimitDropsCases], "{sql}");
        }
    }

    #[test]
    fn a_limit_of_the_batch_drops_none_and_the_ten_slowest_are_ten() {
        for sql in [
            "SELECT posting_id FROM postings LIMIT 50",
            "SELECT posting_id, ihl_score FROM postings ORDER BY ihl_score DESC LIMIT 10",
            "SELECT COUNT(*) FROM postings LIMIT 1",
        ] {
            assert_eq!(defects_of(sql), [], "{sql}");
        }
    }

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
}
