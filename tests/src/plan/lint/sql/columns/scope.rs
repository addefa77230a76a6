//! The tables that a column may be of, as far as a part of a query reaches.

use std::collections::BTreeSet;

use sqlparser::ast::{
    Join, JoinConstraint, JoinOperator, Select, SelectItem, TableFactor, TableWithJoins,
};

use crate::plan::lint::sql::{
    catalogue,
    expression::{alias, column, folded, last},
};

/// A table as a query calls it.
pub(super) struct Source {
    /// Its alias, or its own name.
    pub(super) called: String,
    /// What it is known to have.
    pub(super) columns: Option<&'static [&'static str]>,
}

/// What a SELECT, an UPDATE or a DELETE may speak of.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) sources: Vec<Source>,
    /// Columns that a join has made one of two.
    pub(super) merged: BTreeSet<String>,
    pub(super) is_natural: bool,
    /// The names of its results: ORDER BY may use them.
    pub(super) results: BTreeSet<String>,
    /// Those of them that the query gives itself.
    pub(super) aliases: BTreeSet<String>,
}

impl Scope {
    pub(super) fn of_select(select: &Select, named_queries: &BTreeSet<String>) -> Self {
        let mut scope = Self::of_tables(&select.from, named_queries);
        scope.aliases = select.projection.iter().filter_map(alias).collect();
        scope.results = select.projection.iter().filter_map(result_name).collect();
        scope
    }

    pub(super) fn of_tables(from: &[TableWithJoins], named_queries: &BTreeSet<String>) -> Self {
        let mut scope = Self::default();
        for table in from {
            scope
                .sources
                .push(Source::of(&table.relation, named_queries));
            for join in &table.joins {
                scope
                    .sources
                    .push(Source::of(&join.relation, named_queries));
                match constraint(join) {
                    Some(JoinConstraint::Using(names)) => {
                        scope.merged.extend(names.iter().map(last));
                    }
                    Some(JoinConstraint::Natural) => scope.is_natural = true,
                    _ => {}
                }
            }
        }
        scope
    }
}

impl Source {
    fn of(factor: &TableFactor, named_queries: &BTreeSet<String>) -> Self {
        match factor {
            TableFactor::Table {
                name, alias, args, ..
            } => {
                let table = last(name);
                let is_table = args.is_none() && !named_queries.contains(&table);
                Self {
                    called: alias
                        .as_ref()
                        .map_or(table.clone(), |alias| folded(&alias.name)),
                    columns: is_table.then(|| catalogue::columns(&table)).flatten(),
                }
            }
            TableFactor::Derived { alias, .. } => Self {
                called: alias
                    .as_ref()
                    .map_or(String::new(), |alias| folded(&alias.name)),
                columns: None,
            },
            _ => Self {
                called: String::new(),
                columns: None,
            },
        }
    }

    /// Nothing where its columns are not known.
    pub(super) fn has(&self, name: &str) -> Option<bool> {
        self.columns.map(|columns| columns.contains(&name))
    }
}

fn constraint(join: &Join) -> Option<&JoinConstraint> {
    match &join.join_operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint) => Some(constraint),
        _ => None,
    }
}

fn result_name(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::UnnamedExpr(expr) => column(expr).map(|(_, name)| name),
        _ => alias(item),
    }
}
