//! Queries that run and answer something else than was asked.

use sqlparser::ast::{BinaryOperator, Expr};

use super::expression::{arguments, bare, call, expressions, number, text};
use super::statement::Statement;
use crate::plan::lint::{Defect, Finding};

pub(super) fn findings(statement: &Statement<'_>) -> Vec<Finding> {
    let all: Vec<Expr> = super::expression::shapes(&statement.tree)
        .iter()
        .flat_map(|shape| expressions(&shape.select))
        .collect();
    let mut found: Vec<Finding> = all
        .iter()
        .filter_map(|expr| {
            category_by_wording(statement, expr).or_else(|| last_part(statement, expr))
        })
        .collect();
    found.extend(errors_in_one_place(statement, &all));
    found
}

/// `error LIKE '%watchdog%'`: whoever changes the wording changes the count to zero.
fn category_by_wording(statement: &Statement<'_>, expr: &Expr) -> Option<Finding> {
    let (Expr::Like {
        expr: of, pattern, ..
    }
    | Expr::ILike {
        expr: of, pattern, ..
    }) = expr
    else {
        return None;
    };
    let pattern_text = text(pattern)?;
    let of = bare(of);
    let is_about_errors = error_field(of)
        || super::expression::column(of).is_some_and(|(_, name)| name.contains("error"));
    (is_about_errors && pattern_text.starts_with('%')).then(|| {
        Finding::new(
            Defect::CategoryByWording,
            statement.place_of(expr),
            "what kind of failure it was is told by a word in a text: with another wording, or the text in another \
             column, the count is 0, and 0 is the target",
            "ask for the kind where it is written as such, as in workflow_errors.error_type = 'watchdog'",
        )
    })
}

/// A failure may say why in another place; grouped by this one it has no reason at all.
fn errors_in_one_place(statement: &Statement<'_>, all: &[Expr]) -> Option<Finding> {
    let is_excused = |expr: &Expr| {
        all.iter().any(|outer| match outer {
            Expr::Like { expr: of, .. } | Expr::ILike { expr: of, .. } => bare(of) == expr,
            Expr::Function(function) => {
                call(outer, &["coalesce"]).is_some() && expressions(function).contains(expr)
            }
            _ => false,
        })
    };
    let expr = all
        .iter()
        .find(|expr| error_field(expr) && !is_excused(expr))?;
    Some(Finding::new(
        Defect::ErrorsInOnePlace,
        statement.place_of(expr),
        "a failure that says why in another place, or was never written, is NULL here, and all such failures look alike",
        "COALESCE it with every other place that errors go to, or read workflow_errors",
    ))
}

/// `… ->> 'error'`
fn error_field(expr: &Expr) -> bool {
    matches!(expr, Expr::BinaryOp { op: BinaryOperator::LongArrow, right, .. } if text(right) == Some("error"))
}

/// `SPLIT_PART(location, ',', -1)` of a text without a comma is the whole text.
fn last_part(statement: &Statement<'_>, expr: &Expr) -> Option<Finding> {
    let Expr::Function(function) = expr else {
        return None;
    };
    call(expr, &["split_part"])?;
    let arguments = arguments(function);
    let position = arguments.get(2)?;
    (number(position)? < 0.0).then(|| {
        Finding::new(
            Defect::LastPartOfOne,
            statement.place_of(expr),
            "of a text without the separator the last part is the first, so that 'Frankfurt' is both city and country; \
             counting from the end needs Postgres 14, and a blank after the separator stays",
            "take the part only where there are two, and trim it: \
             CASE WHEN location LIKE '%,%' THEN btrim(…) END",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::defects_of;
    use super::*;

    #[test]
    fn a_kind_of_failure_is_not_told_by_its_wording() {
        let count = "SELECT COUNT(*) FROM interactions WHERE";
        for condition in [
            "output->>'error' LIKE '%watchdog%'",
            "(output->>'error') ILIKE '%Watchdog%'",
        ] {
            assert!(
                defects_of(&format!("{count} {condition}")).contains(&Defect::CategoryByWording),
                "{condition}"
            );
        }
        assert_eq!(
            defects_of("SELECT COUNT(*) FROM workflow_errors WHERE error_type = 'watchdog'"),
            []
        );
        assert_eq!(
            defects_of("SELECT 1 FROM postings WHERE job_title LIKE '%Director%'"),
            []
        );
    }

    #[test]
    fn errors_lie_in_more_than_one_place() {
        let sql = "SELECT output->>'error' AS why FROM interactions WHERE status = 'failed'";
        assert_eq!(defects_of(sql), [Defect::ErrorsInOnePlace]);
        for sql in [
            "SELECT COALESCE(output->>'error', outcome) AS why FROM interactions",
            "SELECT output->>'summary' AS summary FROM interactions",
        ] {
            assert_eq!(defects_of(sql), [], "{sql}");
        }
    }

    #[test]
    fn the_last_part_of_a_text_may_be_all_of_it() {
        assert_eq!(
            defects_of("SELECT SPLIT_PART(location, ',', -1) FROM postings_staging"),
            [Defect::LastPartOfOne]
        );
        assert_eq!(
            defects_of("SELECT SPLIT_PART(location, ',', 1) FROM postings_staging"),
            []
        );
    }
}
