//! Whether every table is one.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::{ControlFlow, Range};

use sqlparser::ast::{
    ObjectName, Query, Statement as Tree, TableFactor, TableObject, Visit, Visitor,
};

use super::catalogue;
use super::expression::{folded, last};
use super::statement::Statement;
use crate::plan::lint::{Defect, Finding};

/// One finding a table that the database does not have and the plan does not make.
pub(super) fn findings(statements: &[&Statement<'_>]) -> Vec<Finding> {
    let made: BTreeSet<String> = statements
        .iter()
        .filter_map(|statement| match &statement.tree {
            Tree::CreateTable(table) => Some(last(&table.name)),
            Tree::CreateView(view) => Some(last(&view.name)),
            _ => None,
        })
        .collect();
    let mut unknown: BTreeMap<String, Vec<Range<usize>>> = BTreeMap::new();
    for statement in statements {
        let mut reader = Reader::default();
        let _ = statement.tree.visit(&mut reader);
        for name in &reader.tables {
            let table = last(name);
            let is_known = is_elsewhere(name)
                || catalogue::has(&table)
                || made.contains(&table)
                || reader.named_queries.contains(&table);
            if !is_known {
                let places = unknown.entry(table).or_default();
                places.push(statement.place_of(name));
            }
        }
    }
    unknown.into_iter().filter_map(finding).collect()
}

fn finding((table, places): (String, Vec<Range<usize>>)) -> Option<Finding> {
    let mut places = places.into_iter();
    let first = Finding::new(
        Defect::UnknownTable,
        places.next()?,
        format!("the database of a batch has no table {table}, and nothing in the plan makes one"),
        format!("name one that there is: {}", catalogue::tables().join(", ")),
    );
    Some(places.fold(first, |finding, span| finding.beside(span, "here, too")))
}

/// What lies in another schema, or in Postgres's own, is not ours to know.
fn is_elsewhere(name: &ObjectName) -> bool {
    let schema = match name.0.as_slice() {
        [.., schema, _] => schema.as_ident().map(folded),
        _ => None,
    };
    schema.is_some_and(|schema| schema != "public") || last(name).starts_with("pg_")
}

#[derive(Default)]
struct Reader {
    named_queries: BTreeSet<String>,
    tables: Vec<ObjectName>,
}

impl Visitor for Reader {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Tree) -> ControlFlow<()> {
        if let Tree::Insert(insert) = statement
            && let TableObject::TableName(name) = &insert.table
        {
            self.tables.push(name.clone());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        let named = query.with.iter().flat_map(|with| &with.cte_tables);
        self.named_queries
            .extend(named.map(|named| folded(&named.alias.name)));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table {
            name, args: None, ..
        } = factor
        {
            self.tables.push(name.clone());
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::defects_of;
    use super::*;

    #[test]
    fn a_table_that_nobody_has_is_one_finding() {
        for sql in [
            "SELECT 1 FROM unicorns",
            "SELECT 1 FROM unicorns; SELECT 2 FROM postings p LEFT JOIN unicorns u ON u.id = p.posting_id",
            "INSERT INTO unicorns (id) VALUES (1)",
            "UPDATE unicorns SET id = 1",
        ] {
            assert_eq!(defects_of(sql), [Defect::UnknownTable], "{sql}");
        }
    }

    #[test]
    fn tables_that_there_are_that_the_plan_makes_or_that_lie_elsewhere_are_let_be() {
        for sql in [
            "SELECT 1 FROM postings",
            "SELECT 1 FROM interaction_attempts",
            "SELECT 1 FROM public.postings",
            "CREATE TEMP TABLE unicorns (id int); SELECT 1 FROM unicorns",
            "WITH unicorns AS (SELECT 1 AS id) SELECT id FROM unicorns",
            "SELECT 1 FROM pg_stat_activity",
            "SELECT 1 FROM information_schema.columns",
            "SELECT 1 FROM generate_series(1, 3)",
        ] {
            assert_eq!(defects_of(sql), [], "{sql}");
        }
    }
}
