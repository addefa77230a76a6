//! Differences of dates: in which unit, of which sign, and of which dates.

use sqlparser::ast::{BinaryOperator, Expr, SelectItem};

use super::expression::{arguments, bare, call, column, expressions, folded, number, shapes};
use super::statement::{Script, Statement};
use crate::plan::lint::{Defect, Finding};

pub(super) fn findings(statement: &Statement<'_>, script: &Script<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for shape in shapes(&statement.tree) {
        for item in &shape.select.projection {
            found.extend(unit_of_alias(statement, item, script));
        }
        let all = expressions(&shape.select);
        found.extend(all.iter().filter_map(|expr| signed(statement, expr, &all)));
        found.extend(all.iter().filter_map(|expr| creation(statement, expr)));
    }
    found
}

/// How many of a unit are in a second, by what a name ends in.
const UNITS: [(&[&str], &str, f64); 4] = [
    (&["_ms", "_millis", "_milliseconds"], "milliseconds", 1000.0),
    (&["_s", "_sec", "_secs", "_seconds"], "seconds", 1.0),
    (&["_min", "_mins", "_minutes"], "minutes", 1.0 / 60.0),
    (&["_h", "_hrs", "_hours"], "hours", 1.0 / 3600.0),
];

/// EXTRACT(EPOCH …) is in seconds, whatever the result is called.
fn unit_of_alias(
    statement: &Statement<'_>,
    item: &SelectItem,
    script: &Script<'_>,
) -> Option<Finding> {
    let SelectItem::ExprWithAlias { expr, alias } = item else {
        return None;
    };
    let name = folded(alias);
    let (_, meant, per_second) = UNITS
        .into_iter()
        .find(|(endings, _, _)| endings.iter().any(|ending| name.ends_with(ending)))?;
    let factor = seconds_times(expr)?;
    if (factor / per_second - 1.0).abs() < 1e-6 {
        return None;
    }
    let is = UNITS
        .into_iter()
        .find(|(_, _, unit)| (factor / unit - 1.0).abs() < 1e-6)
        .map_or("in no unit that has a name", |(_, unit, _)| unit);
    let finding = Finding::new(
        Defect::UnitOfAlias,
        statement.place(alias.span),
        format!("{name} is said to be in {meant}, and the expression is in {is}"),
        match meant {
            "milliseconds" => "multiply by 1000: EXTRACT(EPOCH …) is in seconds".to_owned(),
            _ => format!("name it after its unit, or turn it into {meant}"),
        },
    )
    .beside(statement.place_of(expr), format!("in {is}"));
    let compared = script
        .comments
        .iter()
        .find(|(comment, _)| comment.to_lowercase().contains(&name));
    Some(match compared {
        Some((_, span)) => finding.beside(span.clone(), format!("read as {meant}")),
        None => finding,
    })
}

/// By what a number of seconds is multiplied in an expression; nothing where no EXTRACT(EPOCH …) is behind it.
fn seconds_times(expr: &Expr) -> Option<f64> {
    match bare(expr) {
        Expr::Extract { field, .. } => field
            .to_string()
            .eq_ignore_ascii_case("epoch")
            .then_some(1.0),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Multiply,
            right,
        } => match (seconds_times(left), seconds_times(right)) {
            (Some(factor), None) => Some(factor * number(right).unwrap_or(1.0)),
            (None, Some(factor)) => Some(factor * number(left).unwrap_or(1.0)),
            _ => None,
        },
        Expr::BinaryOp {
            left,
            op: BinaryOperator::Divide,
            right,
        } => Some(seconds_times(left)? / number(right).unwrap_or(1.0)),
        Expr::Function(_) => {
            let shape_keepers = [
                "abs", "avg", "coalesce", "max", "min", "round", "sum", "greatest",
            ];
            let function = call(expr, &shape_keepers)?;
            seconds_times(arguments(function).first()?)
        }
        _ => None,
    }
}

/// A difference between two rows' dates, and nothing says which comes first.
fn signed(statement: &Statement<'_>, expr: &Expr, all: &[Expr]) -> Option<Finding> {
    let (left, _, name) = same_column_of_two(expr, &[BinaryOperator::Minus])?;
    let is_absolute = all.iter().any(|outer| {
        call(outer, &["abs", "greatest"])
            .is_some_and(|function| expressions(function).contains(expr))
    });
    (!is_absolute).then(|| {
        Finding::new(
            Defect::SignedDifference,
            statement.place_of(expr),
            format!(
                "where {left}.{name} is the earlier one the difference is negative, and anything negative is below a \
                 limit"
            ),
            "take the difference by its size: ABS(EXTRACT(EPOCH FROM …))",
        )
    })
}

/// When rows were written says nothing about when their work was done.
fn creation(statement: &Statement<'_>, expr: &Expr) -> Option<Finding> {
    let comparing = [
        BinaryOperator::Minus,
        BinaryOperator::Eq,
        BinaryOperator::Lt,
        BinaryOperator::LtEq,
        BinaryOperator::Gt,
        BinaryOperator::GtEq,
    ];
    let (_, _, name) = same_column_of_two(expr, &comparing)?;
    (name == "created_at").then(|| {
        Finding::new(
            Defect::CreationIsNotExecution,
            statement.place_of(expr),
            "rows that one transaction writes bear the same created_at where it defaults to now(), so the gap is 0 \
             whatever ran after what",
            "compare what ran: started_at and completed_at of both overlap",
        )
    })
}

/// The same column of two tables, in one operation.
fn same_column_of_two(
    expr: &Expr,
    operators: &[BinaryOperator],
) -> Option<(String, String, String)> {
    let Expr::BinaryOp { left, op, right } = expr else {
        return None;
    };
    let (left, right) = (column(bare(left))?, column(bare(right))?);
    let (left_table, right_table) = (left.0?, right.0?);
    let is_pair = operators.contains(op) && left.1 == right.1 && left_table != right_table;
    // Identity of rows is compared by keys; only dates have an order that a pair can be wrong about.
    (is_pair && left.1.ends_with("_at")).then_some((left_table, right_table, left.1))
}

#[cfg(test)]
mod tests {
    use super::super::defects_of;
    use super::*;

    fn gap(expression: &str) -> Vec<Defect> {
        defects_of(&format!(
            "SELECT {expression} FROM interactions a LEFT JOIN interactions b \
             ON b.workflow_run_id = a.workflow_run_id"
        ))
    }

    #[test]
    fn seconds_that_are_called_milliseconds_are_found() {
        let seconds = "ABS(EXTRACT(EPOCH FROM (b.started_at - a.started_at)))";
        assert_eq!(gap(&format!("{seconds} AS gap_ms")), [Defect::UnitOfAlias]);
        assert_eq!(
            gap(&format!("ROUND({seconds} / 60, 1) AS gap_seconds")),
            [Defect::UnitOfAlias]
        );
        for right in [
            format!("{seconds} * 1000 AS gap_ms"),
            format!("1000 * {seconds} AS gap_ms"),
            format!("ROUND({seconds} / 60, 1) AS gap_minutes"),
            format!("{seconds} AS gap_seconds"),
            format!("{seconds} AS gap"),
        ] {
            assert_eq!(gap(&right), [], "{right}");
        }
    }

    #[test]
    fn a_comment_that_reads_the_figure_is_shown_beside() {
        let text = "```sql\nSELECT EXTRACT(EPOCH FROM x) AS gap_ms FROM t;\n-- gap_ms should be <100ms\n```\n";
        let facts = crate::plan::lint::Facts {
            batch_size: None,
            worst_case_seconds: None,
        };
        let found = super::super::findings(&crate::plan::Document::parse(text), &facts);
        let beside = &found[0].related[1];
        assert!(
            text[beside.span.clone()].contains("should be <100ms"),
            "{beside:?}"
        );
    }

    #[test]
    fn a_difference_between_two_rows_has_a_sign() {
        assert_eq!(
            gap("EXTRACT(EPOCH FROM (b.started_at - a.started_at)) AS gap"),
            [Defect::SignedDifference]
        );
        assert_eq!(
            gap("ABS(EXTRACT(EPOCH FROM (b.started_at - a.started_at))) AS gap"),
            []
        );
        assert_eq!(gap("a.completed_at - a.started_at"), []);
    }

    #[test]
    fn dates_of_creation_do_not_show_what_ran_together() {
        assert_eq!(
            gap("a.created_at = b.created_at"),
            [Defect::CreationIsNotExecution]
        );
        assert_eq!(
            gap("ABS(EXTRACT(EPOCH FROM (a.created_at - b.created_at))) AS gap"),
            [Defect::CreationIsNotExecution]
        );
        assert_eq!(
            gap("a.started_at < b.completed_at AND b.started_at < a.completed_at"),
            []
        );
        assert_eq!(gap("a.started_at = b.started_at"), []);
    }
}
