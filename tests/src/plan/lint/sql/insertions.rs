//! Rows that a plan makes out of others: which it makes twice, makes empty, or makes too few of; and by what it looks
//! for them afterwards.

use std::collections::BTreeSet;
use std::ops::Range;

use sqlparser::ast::{
    BinaryOperator, Expr, Insert, SetExpr, Statement as Tree, TableFactor, TableObject,
};

use super::expression::{
    Shape, bare, call, column, conjuncts, expressions, last, number, shapes, text,
};
use super::statement::Statement;
use crate::plan::lint::{Defect, Finding};

pub(super) fn findings(statements: &[&Statement<'_>]) -> Vec<Finding> {
    let mut found = Vec::new();
    for statement in statements {
        if let Tree::Insert(insert) = &statement.tree
            && let Some(query) = &insert.source
            && matches!(&*query.body, SetExpr::Select(_))
            && let Some(shape) = shapes(&**query).first()
        {
            found.extend(duplicates(statement, insert, shape));
            found.extend(empty_values(statement, shape));
            found.extend(too_few(statement, shape));
        }
    }
    found.extend(looked_for_by_what_is_not_written(statements));
    found
}

/// Rows that a second run of the statement makes again.
fn duplicates(statement: &Statement<'_>, insert: &Insert, shape: &Shape) -> Option<Finding> {
    let is_guarded = insert.on.is_some()
        || conditions(shape).iter().any(|part| {
            matches!(
                part,
                Expr::IsNull(_)
                    | Expr::Exists { negated: true, .. }
                    | Expr::InSubquery { negated: true, .. }
            )
        });
    (!is_guarded).then(|| {
        Finding::new(
            Defect::InsertsTwice,
            head(statement, insert),
            format!(
                "nothing keeps this from taking what is in {} already: carried out twice, or over two fetches of one \
                 posting, it makes the same row again",
                target(insert)
            ),
            "ON CONFLICT (…) DO NOTHING over a unique key, or WHERE NOT EXISTS (…), and mark what was taken",
        )
    })
}

/// A value that is NULL where its field is missing, written as it comes.
fn empty_values(statement: &Statement<'_>, shape: &Shape) -> Option<Finding> {
    let guarded: Vec<Expr> = conditions(shape).iter().flat_map(expressions).collect();
    let mut unguarded = shape.select.projection.iter().filter_map(|item| {
        let inside = expressions(item);
        let field = inside.iter().find(|expr| is_field(expr))?;
        let is_filled = inside
            .iter()
            .any(|expr| call(expr, &["coalesce"]).is_some());
        (!is_filled && !guarded.contains(field)).then(|| statement.place_of(field))
    });
    let finding = Finding::new(
        Defect::InsertsNothing,
        unguarded.next()?,
        "a row without this field is taken all the same, with NULL in its place: every step after it works on nothing",
        "leave such rows out: WHERE raw_data->>'…' IS NOT NULL, and say how many there were",
    );
    Some(unguarded.fold(finding, |finding, span| {
        finding.beside(span, "this one, too")
    }))
}

/// `… ->> 'field'`
fn is_field(expr: &Expr) -> bool {
    matches!(bare(expr), Expr::BinaryOp { op: BinaryOperator::LongArrow, right, .. }
        if text(right).is_some())
}

/// A limit takes what there is: fewer are no error.
fn too_few(statement: &Statement<'_>, shape: &Shape) -> Option<Finding> {
    let limit = shape.limit.as_ref()?;
    let count = number(limit)?;
    Some(Finding::new(
        Defect::TakesFewer,
        statement.place_of(limit),
        format!(
            "where there are fewer than {count} this takes fewer, and nothing fails: the batch is another one than the plan's"
        ),
        format!(
            "take exactly {count} or none: count them in the same transaction, and roll it back where they are fewer"
        ),
    ))
}

/// Rows that the plan makes are looked for by a date that its INSERT does not write.
fn looked_for_by_what_is_not_written(statements: &[&Statement<'_>]) -> Vec<Finding> {
    let inserts = statements
        .iter()
        .filter_map(|statement| match &statement.tree {
            Tree::Insert(insert) if !insert.columns.is_empty() => Some((statement, insert)),
            _ => None,
        });
    let mut seen = BTreeSet::new();
    inserts
        .filter(|(_, insert)| seen.insert(target(insert)))
        .filter_map(|(maker, insert)| {
            let written: Vec<String> = insert.columns.iter().map(last).collect();
            let table = target(insert);
            let mut places = statements.iter().flat_map(|statement| {
                dates_asked_for(statement, &table)
                    .into_iter()
                    .filter(|(name, _)| !written.contains(name))
            });
            let (name, span) = places.next()?;
            let finding = Finding::new(
                Defect::UnwrittenColumn,
                span,
                format!(
                    "rows of {table} are chosen by {name}, and the plan's own INSERT, which makes them, does not write \
                     it: nothing here shows that {table} has such a column, nor who fills it"
                ),
                format!("write {name} in the INSERT, or choose by what it writes"),
            )
            .beside(head(maker, insert), "made here");
            Some(places.fold(finding, |finding, (_, span)| finding.beside(span, "here, too")))
        })
        .collect()
}

/// The dates by which a statement chooses rows of this table alone: `created_at` and the like.
fn dates_asked_for(statement: &Statement<'_>, table: &str) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    for shape in shapes(&statement.tree) {
        let is_of_table = matches!(shape.select.from.as_slice(), [only] if only.joins.is_empty()
            && matches!(&only.relation, TableFactor::Table { name, .. } if last(name) == table));
        if is_of_table {
            for expr in conditions(&shape).iter().flat_map(expressions) {
                let name = column(&expr).map(|(_, name)| name);
                if let Some(name) = name.filter(|name| name.ends_with("_at")) {
                    found.push((name, statement.place_of(&expr)));
                }
            }
        }
    }
    found
}

fn conditions(shape: &Shape) -> Vec<Expr> {
    let selection = shape.select.selection.iter();
    selection.flat_map(conjuncts).cloned().collect()
}

/// `INSERT INTO postings`
fn head(statement: &Statement<'_>, insert: &Insert) -> Range<usize> {
    let start = statement.place(insert.insert_token.0.span).start;
    match &insert.table {
        TableObject::TableName(name) => start..statement.place_of(name).end,
        _ => statement.span.clone(),
    }
}

fn target(insert: &Insert) -> String {
    match &insert.table {
        TableObject::TableName(name) => last(name),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::defects_of;
    use super::*;

    const TAKE: &str = "INSERT INTO postings (job_title, external_id) SELECT job_title, external_id \
        FROM postings_staging";

    #[test]
    fn what_is_taken_twice_is_made_twice() {
        assert_eq!(defects_of(TAKE), [Defect::InsertsTwice]);
        for guard in [
            "ON CONFLICT (external_id) DO NOTHING",
            "WHERE promoted_to_posting_id IS NULL",
            "WHERE NOT EXISTS (SELECT 1 FROM postings p WHERE p.posting_id = 1)",
        ] {
            assert_eq!(defects_of(&format!("{TAKE} {guard}")), [], "{guard}");
        }
        assert_eq!(
            defects_of("INSERT INTO postings (external_id) VALUES ('R1')"),
            []
        );
    }

    #[test]
    fn a_field_that_may_be_missing_is_not_written_as_it_comes() {
        let take = |field: &str, condition: &str| {
            defects_of(&format!(
                "INSERT INTO postings (job_description) SELECT {field} FROM postings_staging \
                 WHERE promoted_at IS NULL {condition}"
            ))
        };
        let field = "raw_data->>'job_description'";
        assert_eq!(take(field, ""), [Defect::InsertsNothing]);
        for condition in [
            "AND raw_data->>'job_description' IS NOT NULL",
            "AND length(raw_data->>'job_description') > 2000",
        ] {
            assert_eq!(take(field, condition), [], "{condition}");
        }
        assert_eq!(take("COALESCE(raw_data->>'job_description', '')", ""), []);
        assert_eq!(take("job_title", ""), []);
    }

    #[test]
    fn a_limit_on_what_is_taken_may_take_fewer() {
        let guarded = format!("{TAKE} WHERE promoted_at IS NULL");
        assert_eq!(
            defects_of(&format!("{guarded} ORDER BY staging_id LIMIT 50")),
            [Defect::TakesFewer]
        );
        assert_eq!(defects_of(&guarded), []);
    }

    #[test]
    fn rows_are_not_looked_for_by_a_date_that_nobody_writes() {
        let take = format!("{TAKE} WHERE promoted_at IS NULL;");
        let ask = "SELECT COUNT(*) FROM postings WHERE created_at = $1;";
        assert_eq!(
            defects_of(&format!("{take} {ask} {ask}")),
            [Defect::UnwrittenColumn]
        );
        let written = take
            .replace("job_title, external_id)", "job_title, created_at)")
            .replace(
                "SELECT job_title, external_id",
                "SELECT job_title, created_at",
            );
        for sql in [
            format!("{written} {ask}"),
            ask.to_owned(),
            format!("{take} SELECT COUNT(*) FROM postings WHERE external_id = $1;"),
            format!("{take} SELECT COUNT(*) FROM workflow_runs WHERE created_at = $1;"),
        ] {
            assert_eq!(defects_of(&sql), [], "{sql}");
        }
    }
}
