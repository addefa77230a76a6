//! Limits that leave out cases.

use sqlparser::ast::{Expr, SelectItem};

use super::expression::{Shape, column, expressions, is_aggregate, number, shapes};
use super::statement::Statement;
use crate::plan::lint::{Defect, Finding};

pub(super) fn findings(statement: &Statement<'_>, batch_size: f64) -> Vec<Finding> {
    shapes(&statement.tree)
        .iter()
        .filter_map(|shape| limit(statement, shape, batch_size))
        .collect()
}

/// A limit below the size of the batch, unless the order says which rows are wanted: the ten slowest are ten.
fn limit(statement: &Statement<'_>, shape: &Shape, size: f64) -> Option<Finding> {
    let written = shape.limit.as_ref()?;
    let limit = number(written).filter(|limit| *limit < size)?;
    let is_top = shape
        .order_by
        .first()
        .is_some_and(|order| !is_key(ordered_by(shape, &order.expr)));
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

/// What an order goes by: a number is the place of a result.
fn ordered_by<'s>(shape: &'s Shape, order: &'s Expr) -> &'s Expr {
    let place = number(order).unwrap_or_default();
    let mut results = (1_u32..).map(f64::from).zip(&shape.select.projection);
    match results.find(|(at, _)| (at - place).abs() < 0.5) {
        Some((_, SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. })) => expr,
        _ => order,
    }
}

fn is_key(expr: &Expr) -> bool {
    column(expr).is_some_and(|(_, name)| name.ends_with("_id"))
}

#[cfg(test)]
mod tests {
    use super::super::defects_of;
    use super::*;

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
    fn a_limit_may_be_written_otherwise_and_an_order_be_a_number() {
        for sql in [
            "SELECT posting_id, ihl_score FROM postings ORDER BY 1 LIMIT 10",
            "SELECT posting_id FROM postings ORDER BY posting_id FETCH FIRST 10 ROWS ONLY",
        ] {
            assert_eq!(defects_of(sql), [Defect::LimitDropsCases], "{sql}");
        }
        for sql in [
            "SELECT posting_id, ihl_score FROM postings ORDER BY 2 DESC LIMIT 10",
            "SELECT posting_id, ihl_score FROM postings ORDER BY 2 DESC FETCH FIRST 10 ROWS ONLY",
            "SELECT posting_id FROM postings FETCH FIRST 50 ROWS ONLY",
        ] {
            assert_eq!(defects_of(sql), [], "{sql}");
        }
    }
}
