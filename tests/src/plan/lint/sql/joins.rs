//! Joins that leave out the very cases that are asked about.

use sqlparser::ast::{BinaryOperator, Expr, JoinConstraint, JoinOperator, TableFactor};

use super::expression::{
    Shape, bare, call, column, conjuncts, expressions, folded, last, number, shapes, text,
};
use super::statement::Statement;
use crate::plan::lint::{Defect, Finding};

pub(super) fn findings(statement: &Statement<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for shape in shapes(&statement.tree) {
        found.extend(inner_join(statement, &shape));
        found.extend(join_by_comma(statement, &shape));
        found.extend(outer_join_undone(statement, &shape));
    }
    found
}

/// An inner join to chosen rows of a table: where the chosen row is missing, everything about the case is.
fn inner_join(statement: &Statement<'_>, shape: &Shape) -> Option<Finding> {
    let joins = shape.select.from.iter().flat_map(|table| &table.joins);
    let choosing = joins.filter_map(|join| match &join.join_operator {
        JoinOperator::Join(JoinConstraint::On(on))
        | JoinOperator::Inner(JoinConstraint::On(on)) => {
            conjuncts(on).into_iter().find(|part| chooses(part))
        }
        _ => None,
    });
    drops(statement, choosing)
}

/// The same join, written as a list of tables and a condition.
fn join_by_comma(statement: &Statement<'_>, shape: &Shape) -> Option<Finding> {
    let joined: Vec<String> = shape
        .select
        .from
        .iter()
        .skip(1)
        .filter_map(|table| called(&table.relation))
        .collect();
    let conditions = shape.select.selection.as_ref().map(conjuncts)?;
    let joins = |part: &Expr| {
        matches!(part, Expr::BinaryOp { left, op: BinaryOperator::Eq, right }
            if table_of(left).is_some_and(|one| table_of(right).is_some_and(|other| other != one)))
    };
    if !conditions.iter().any(|part| joins(part)) {
        return None;
    }
    let is_of_joined = |part: &&Expr| {
        expressions(*part).iter().any(|expr| {
            column(expr).is_some_and(|(table, name)| {
                table.is_some_and(|table| joined.contains(&table))
                    && !OF_ALL.contains(&name.as_str())
            })
        })
    };
    let choosing = conditions
        .iter()
        .copied()
        .filter(|part| chooses(part))
        .filter(is_of_joined);
    drops(statement, choosing)
}

/// Columns that choose a whole batch or workflow and not one kind of row.
const OF_ALL: [&str; 2] = ["batch_id", "workflow_id"];

fn drops<'e>(
    statement: &Statement<'_>,
    choosing: impl Iterator<Item = &'e Expr>,
) -> Option<Finding> {
    let mut places = choosing.map(|part| statement.place_of(part));
    let finding = Finding::new(
        Defect::InnerJoinDropsCases,
        places.next()?,
        "an inner join to one kind of row: a case in which this row is missing disappears from the result instead of \
         failing",
        "write LEFT JOIN, and count the rows where nothing was joined",
    );
    Some(places.fold(finding, |finding, span| finding.beside(span, "and here")))
}

/// A condition on an outer-joined table that NULL does not pass: the rows for which the join was made are gone again.
fn outer_join_undone(statement: &Statement<'_>, shape: &Shape) -> Option<Finding> {
    let outer: Vec<String> = shape
        .select
        .from
        .iter()
        .flat_map(|table| &table.joins)
        .filter(|join| {
            matches!(
                join.join_operator,
                JoinOperator::Left(_) | JoinOperator::LeftOuter(_)
            )
        })
        .filter_map(|join| called(&join.relation))
        .collect();
    let conditions = shape.select.selection.as_ref().map(conjuncts)?;
    let mut undoing = conditions.into_iter().filter_map(|part| {
        let inside = expressions(part);
        let table = inside
            .iter()
            .filter_map(table_of)
            .find(|table| outer.contains(table))?;
        (!inside.iter().any(lets_null_pass)).then(|| (table, statement.place_of(part)))
    });
    let (table, span) = undoing.next()?;
    let finding = Finding::new(
        Defect::OuterJoinUndone,
        span,
        format!(
            "where nothing was joined {table} is NULL, and NULL does not pass this condition: the LEFT JOIN is an inner \
             one, and the cases without such a row are gone"
        ),
        "move the condition into the ON of the join",
    );
    Some(undoing.fold(finding, |finding, (_, span)| {
        finding.beside(span, "this one, too")
    }))
}

/// Whether an expression makes something of NULL.
fn lets_null_pass(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::IsNull(_)
            | Expr::IsDistinctFrom(..)
            | Expr::IsNotDistinctFrom(..)
            | Expr::IsNotTrue(_)
            | Expr::IsNotFalse(_)
            | Expr::Case { .. }
            | Expr::BinaryOp {
                op: BinaryOperator::Or,
                ..
            }
    ) || call(expr, &["coalesce", "concat", "greatest", "least"]).is_some()
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

fn table_of(expr: &Expr) -> Option<String> {
    column(bare(expr))?.0
}

/// What a query calls a table.
fn called(factor: &TableFactor) -> Option<String> {
    match factor {
        TableFactor::Table { name, alias, .. } => Some(
            alias
                .as_ref()
                .map_or_else(|| last(name), |alias| folded(&alias.name)),
        ),
        TableFactor::Derived { alias, .. } => alias.as_ref().map(|alias| folded(&alias.name)),
        _ => None,
    }
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
    fn a_join_by_comma_is_an_inner_join() {
        let by_comma = |condition: &str| {
            defects_of(&format!(
                "SELECT r.workflow_run_id FROM workflow_runs r, interactions a \
                 WHERE a.workflow_run_id = r.workflow_run_id AND {condition}"
            ))
        };
        assert_eq!(
            by_comma("a.conversation_id = 3336"),
            [Defect::InnerJoinDropsCases]
        );
        for chooses_none in [
            "r.workflow_id = 3001",
            "a.batch_id = 7",
            "a.attempt = r.batch_id",
        ] {
            assert_eq!(by_comma(chooses_none), [], "{chooses_none}");
        }
    }

    #[test]
    fn a_condition_that_null_does_not_pass_undoes_an_outer_join() {
        let outer = |condition: &str| {
            defects_of(&format!(
                "SELECT COUNT(*) FROM workflow_runs r \
                 LEFT JOIN interactions b ON b.workflow_run_id = r.workflow_run_id WHERE {condition}"
            ))
        };
        for undoing in [
            "b.conversation_id = 3337",
            "r.batch_id = 1 AND abs(b.attempt - 1) < 2",
            "b.status IN ('completed', 'failed')",
            "b.completed_at IS NOT NULL",
        ] {
            assert_eq!(outer(undoing), [Defect::OuterJoinUndone], "{undoing}");
        }
        for keeping in [
            "r.batch_id = 1",
            "b.interaction_id IS NULL",
            "(b.conversation_id = 3337 OR b.conversation_id IS NULL)",
            "COALESCE(b.status, 'missing') <> 'completed'",
            "(b.status = 'completed') IS NOT TRUE",
        ] {
            assert_eq!(outer(keeping), [], "{keeping}");
        }
    }
}
