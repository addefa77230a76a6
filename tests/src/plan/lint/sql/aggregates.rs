//! Aggregates that cannot be computed, or tell another thing than they are called.

use std::collections::BTreeSet;

use sqlparser::ast::{BinaryOperator, Expr, GroupByExpr, SelectItem};

use super::expression::{
    Shape, alias, arguments, bare, call, column, expressions, folded, is_aggregate, shapes,
};
use super::statement::Statement;
use crate::plan::lint::{Defect, Finding};

pub(super) fn findings(statement: &Statement<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for shape in shapes(&statement.tree) {
        found.extend(ungrouped(statement, &shape));
        found.extend(one_field_of_several(statement, &shape));
        found.extend(division_by_zero(statement, &shape));
    }
    found
}

/// All rows become one, and that one is put in the order of a column it no longer has.
fn ungrouped(statement: &Statement<'_>, shape: &Shape) -> Option<Finding> {
    let is_grouped =
        !matches!(&shape.select.group_by, GroupByExpr::Expressions(by, _) if by.is_empty());
    let projected = expressions(&shape.select.projection);
    let aggregate = projected.iter().find(|expr| is_aggregate(expr))?;
    if is_grouped {
        return None;
    }
    let results: BTreeSet<String> = shape.select.projection.iter().filter_map(alias).collect();
    let order = shape.order_by.iter().find(|order| {
        column(&order.expr).is_some_and(|(table, name)| table.is_some() || !results.contains(&name))
    })?;
    let finding = Finding::new(
        Defect::UngroupedColumn,
        statement.place_of(&order.expr),
        "the aggregate makes one row of all, and this column is not in it: Postgres refuses the query",
        "order inside the aggregate, as in array_agg(x ORDER BY x), over a subquery that has the limit",
    )
    .beside(statement.place_of(aggregate), "one row of all");
    Some(match &shape.limit {
        Some(limit) => finding.beside(
            statement.place_of(limit),
            "limits the one row, not what goes into it",
        ),
        None => finding,
    })
}

/// Several columns are counted, and the one share that is called complete is that of one of them.
fn one_field_of_several(statement: &Statement<'_>, shape: &Shape) -> Option<Finding> {
    let projection = &shape.select.projection;
    let counted: BTreeSet<String> = projection.iter().filter_map(counted_column).collect();
    let mut shares = projection.iter().filter_map(|item| {
        let SelectItem::ExprWithAlias { expr, alias } = item else {
            return None;
        };
        let is_whole = ["complete", "populated", "filled"]
            .iter()
            .any(|word| folded(alias).contains(word));
        Some((item, share_of(expr)?)).filter(|_| is_whole)
    });
    let (item, field) = shares.next()?;
    if counted.len() < 2 || shares.next().is_some() || !counted.contains(&field) {
        return None;
    }
    Some(Finding::new(
        Defect::OneFieldOfSeveral,
        statement.place_of(item),
        format!(
            "this share is that of {field} alone, and {} columns are to be complete: the others may be empty throughout",
            counted.len()
        ),
        "one share a column, and one over the rows in which all are filled",
    ))
}

/// `COUNT(column)`, alone.
fn counted_column(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => count_of(expr),
        _ => None,
    }
}

fn count_of(expr: &Expr) -> Option<String> {
    let function = call(expr, &["count"])?;
    match arguments(function).as_slice() {
        [one] if function.filter.is_none() => column(one).map(|(_, name)| name),
        _ => None,
    }
}

/// The column whose count is divided by the count of all.
fn share_of(expr: &Expr) -> Option<String> {
    let inside = expressions(expr);
    let division = inside.iter().find_map(|expr| match expr {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Divide,
            right,
        } if call(right, &["count", "nullif"]).is_some() => Some(left),
        _ => None,
    })?;
    expressions(&**division).iter().find_map(count_of)
}

/// A count may be zero. Where all of the numerator is NULL over no rows, the quotient is, too, and nothing breaks.
fn division_by_zero(statement: &Statement<'_>, shape: &Shape) -> Vec<Finding> {
    let mut found = Vec::new();
    for expr in expressions(&shape.select.projection) {
        let Expr::BinaryOp {
            left,
            op: BinaryOperator::Divide,
            right,
        } = &expr
        else {
            continue;
        };
        let is_null_over_no_rows = expressions(&**left)
            .iter()
            .any(|part| call(part, &["avg", "max", "min", "sum"]).is_some());
        if call(right, &["count"]).is_some() && !is_null_over_no_rows && bare(right) != bare(left) {
            found.push(Finding::new(
                Defect::DivisionByZero,
                statement.place_of(&expr),
                "over no rows this divides by zero, so that the query breaks off where it should say that there is \
                 nothing; and what was never written is not in the denominator",
                "divide by the size of the batch, which is fixed before it starts; at the least by NULLIF(COUNT(*), 0)",
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::defects_of;
    use super::*;

    #[test]
    fn an_aggregate_is_not_put_in_the_order_of_what_it_swallowed() {
        let sql = "SELECT array_agg(posting_id) FROM postings ORDER BY posting_id LIMIT 50";
        assert_eq!(defects_of(sql), [Defect::UngroupedColumn]);
    }

    #[test]
    fn the_order_of_a_group_of_a_result_or_within_the_aggregate_is_none_of_these() {
        for sql in [
            "SELECT array_agg(posting_id ORDER BY posting_id) FROM postings",
            "SELECT COUNT(*) AS n FROM postings ORDER BY n",
            "SELECT source, COUNT(*) FROM postings GROUP BY source ORDER BY source",
            "SELECT posting_id FROM postings ORDER BY posting_id LIMIT 50",
        ] {
            assert_eq!(defects_of(sql), [], "{sql}");
        }
    }

    #[test]
    fn completeness_of_four_columns_is_not_that_of_one() {
        let counts = "COUNT(extracted_summary) AS a, COUNT(skill_keywords) AS b";
        let share = |column: &str, alias: &str| {
            format!("100.0 * COUNT({column}) / NULLIF(COUNT(*), 0) AS {alias}")
        };
        let one = share("extracted_summary", "pct_complete");
        assert_eq!(
            defects_of(&format!("SELECT {counts}, {one} FROM postings")),
            [Defect::OneFieldOfSeveral]
        );
        let two = share("skill_keywords", "skills_complete");
        let named = share("extracted_summary", "pct_summary");
        for columns in [
            format!("{counts}, {one}, {two}"),
            format!("{counts}, {named}"),
            one,
        ] {
            assert_eq!(
                defects_of(&format!("SELECT {columns} FROM postings")),
                [],
                "{columns}"
            );
        }
    }

    #[test]
    fn a_count_may_be_zero() {
        let completed = "COUNT(CASE WHEN status = 'completed' THEN 1 END)";
        assert_eq!(
            defects_of(&format!(
                "SELECT ROUND(100.0 * {completed} / COUNT(*), 1) FROM workflow_runs"
            )),
            [Defect::DivisionByZero]
        );
        for quotient in [
            format!("{completed} / NULLIF(COUNT(*), 0)"),
            format!("{completed} / 50"),
            "SUM(attempt) / COUNT(*)".to_owned(),
        ] {
            let sql = format!("SELECT {quotient} FROM interactions");
            assert_eq!(defects_of(&sql), [], "{sql}");
        }
    }
}
