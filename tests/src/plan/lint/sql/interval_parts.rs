//! Parts of a duration taken for the whole of it.

use sqlparser::ast::{BinaryOperator, Expr};

use super::expression::{arguments, bare, call, expressions, shapes, text};
use super::statement::Statement;
use crate::plan::lint::{Defect, Finding};

pub(super) fn findings(statement: &Statement<'_>) -> Vec<Finding> {
    shapes(&statement.tree)
        .iter()
        .flat_map(|shape| expressions(&shape.select))
        .filter_map(|expr| part(statement, &expr))
        .collect()
}

/// The parts of an interval that begin again, and what each begins again after.
const PARTS: [(&[&str], &str); 3] = [
    (
        &[
            "microsecond",
            "microseconds",
            "millisecond",
            "milliseconds",
            "second",
            "seconds",
        ],
        "a minute",
    ),
    (&["minute", "minutes"], "an hour"),
    (&["hour", "hours"], "a day, where days are kept apart"),
];

/// `EXTRACT(milliseconds FROM b - a)`: of a minute and a second that is one second.
fn part(statement: &Statement<'_>, expr: &Expr) -> Option<Finding> {
    let (field, of) = match expr {
        Expr::Extract { field, expr, .. } => (field.to_string().to_lowercase(), &**expr),
        Expr::Function(_) => match arguments(call(expr, &["date_part"])?).as_slice() {
            [field, of] => (text(field)?.to_lowercase(), *of),
            _ => return None,
        },
        _ => return None,
    };
    let (_, after) = PARTS
        .into_iter()
        .find(|(fields, _)| fields.contains(&field.as_str()))?;
    is_duration(of).then(|| {
        Finding::new(
            Defect::PartOfInterval,
            statement.place_of(expr),
            format!("this is one part of the duration, and it begins again after {after}: a long duration is a short figure"),
            "take the whole: EXTRACT(EPOCH FROM …) in seconds, times 1000 for milliseconds",
        )
    })
}

fn is_duration(expr: &Expr) -> bool {
    matches!(
        bare(expr),
        Expr::BinaryOp {
            op: BinaryOperator::Minus,
            ..
        }
    ) || call(expr, &["age"]).is_some()
}

#[cfg(test)]
mod tests {
    use super::super::defects_of;
    use super::*;

    fn of(expression: &str) -> Vec<Defect> {
        defects_of(&format!("SELECT {expression} FROM workflow_runs"))
    }

    #[test]
    fn a_part_of_a_duration_is_not_the_whole() {
        for expression in [
            "EXTRACT(milliseconds FROM completed_at - started_at) AS lasted",
            "abs(extract(minute FROM (max(completed_at) - min(started_at))))",
            "date_part('seconds', age(completed_at, started_at))",
        ] {
            assert_eq!(of(expression), [Defect::PartOfInterval], "{expression}");
        }
    }

    #[test]
    fn the_whole_in_seconds_and_a_part_of_a_date_are_let_be() {
        for expression in [
            "EXTRACT(EPOCH FROM completed_at - started_at) AS lasted",
            "EXTRACT(hour FROM started_at)",
            "date_part('epoch', completed_at - started_at)",
        ] {
            assert_eq!(of(expression), [], "{expression}");
        }
    }
}
