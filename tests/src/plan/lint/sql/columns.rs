//! Whether every column is some table's, and of which one.

mod scope;

use std::collections::BTreeSet;
use std::ops::{ControlFlow, Range};

use sqlparser::ast::{
    self, Expr, Ident, OrderBy, Query, Select, SetExpr, Statement as Tree, UpdateTableFromKind,
    Visit, Visitor,
};

use self::scope::Scope;
use super::expression::folded;
use super::statement::Statement;
use crate::plan::lint::{Defect, Finding};

pub(super) fn findings(statement: &Statement<'_>) -> Vec<Finding> {
    let mut reader = Reader {
        statement,
        named_queries: BTreeSet::new(),
        scopes: Vec::new(),
        ordering: 0,
        unqualified: Vec::new(),
        found: Vec::new(),
    };
    let _ = statement.tree.visit(&mut reader);
    let mut found = reader.found;
    found.extend(unqualified(reader.unqualified));
    found
}

/// One finding for all unqualified columns of a statement: they are one slip.
fn unqualified(places: Vec<(String, Range<usize>)>) -> Option<Finding> {
    let mut places = places.into_iter();
    let (name, span) = places.next()?;
    let first = Finding::new(
        Defect::UnqualifiedColumn,
        span,
        format!(
            "of which of the joined tables is {name}? It is not written, and where a second table has such a column the \
             query does not run"
        ),
        format!("put the table before each column, as in i.{name}"),
    );
    Some(places.fold(first, |finding, (_, span)| {
        finding.beside(span, "this one, too")
    }))
}

struct Reader<'s, 't> {
    statement: &'s Statement<'t>,
    named_queries: BTreeSet<String>,
    scopes: Vec<Scope>,
    ordering: usize,
    unqualified: Vec<(String, Range<usize>)>,
    found: Vec<Finding>,
}

impl Visitor for Reader<'_, '_> {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Tree) -> ControlFlow<()> {
        let scope = match statement {
            Tree::Update(update) => {
                let mut scope =
                    Scope::of_tables(std::slice::from_ref(&update.table), &self.named_queries);
                if let Some(
                    UpdateTableFromKind::BeforeSet(from) | UpdateTableFromKind::AfterSet(from),
                ) = &update.from
                {
                    scope
                        .sources
                        .extend(Scope::of_tables(from, &self.named_queries).sources);
                }
                scope
            }
            Tree::Delete(delete) => match &delete.from {
                ast::FromTable::WithFromKeyword(from) | ast::FromTable::WithoutKeyword(from) => {
                    let mut scope = Scope::of_tables(from, &self.named_queries);
                    let using = delete.using.as_deref().unwrap_or_default();
                    scope
                        .sources
                        .extend(Scope::of_tables(using, &self.named_queries).sources);
                    scope
                }
            },
            _ => Scope::default(),
        };
        self.scopes.push(scope);
        ControlFlow::Continue(())
    }

    fn post_visit_statement(&mut self, _statement: &Tree) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if let Some(with) = &query.with {
            let names = with
                .cte_tables
                .iter()
                .map(|named| folded(&named.alias.name));
            self.named_queries.extend(names);
        }
        // ORDER BY stands beside the SELECT, not in it.
        let scope = match &*query.body {
            SetExpr::Select(select) => Scope::of_select(select, &self.named_queries),
            _ => Scope::default(),
        };
        self.scopes.push(scope);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let scope = Scope::of_select(select, &self.named_queries);
        self.scopes.push(scope);
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _select: &Select) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_order_by(&mut self, _order_by: &OrderBy) -> ControlFlow<()> {
        self.ordering += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_order_by(&mut self, _order_by: &OrderBy) -> ControlFlow<()> {
        self.ordering -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(ident) => self.bare_column(ident),
            Expr::CompoundIdentifier(parts) => {
                if let [table, name] = parts.as_slice() {
                    self.qualified_column(table, name);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Reader<'_, '_> {
    fn bare_column(&mut self, ident: &Ident) {
        let name = folded(ident);
        let Some(scope) = self.scopes.last() else {
            return;
        };
        let is_result = self.ordering > 0 && scope.results.contains(&name);
        let is_row = scope.sources.iter().any(|source| source.called == name);
        if is_result || is_row || scope.is_natural || scope.merged.contains(&name) {
            return;
        }
        let span = self.statement.place(ident.span);
        let owners: Vec<&str> = scope
            .sources
            .iter()
            .filter(|source| source.has(&name) == Some(true))
            .map(|source| source.called.as_str())
            .collect();
        if let [first, .., second] = owners.as_slice() {
            self.found.push(Finding::new(
                Defect::AmbiguousColumn,
                span,
                format!("both {first} and {second} have a column {name}: the query does not run"),
                format!("name the table: {first}.{name}"),
            ));
        } else if scope.sources.len() > 1 {
            self.unqualified.push((name, span));
        } else if self.is_unknown(&name) {
            let table = scope
                .sources
                .first()
                .map_or("the table", |source| &source.called);
            self.found.push(Finding::new(
                Defect::UnknownColumn,
                span,
                format!("{table} has no column {name}"),
                "name a column that the table has",
            ));
        }
    }

    /// Whether no table within reach can have it: all are known, and none has.
    fn is_unknown(&self, name: &str) -> bool {
        let mut sources = self
            .scopes
            .iter()
            .flat_map(|scope| &scope.sources)
            .peekable();
        let is_alias = self.scopes.iter().any(|scope| scope.aliases.contains(name));
        sources.peek().is_some()
            && !is_alias
            && sources.all(|source| source.has(name) == Some(false))
    }

    fn qualified_column(&mut self, table: &Ident, ident: &Ident) {
        let (called, name) = (folded(table), folded(ident));
        let source = self
            .scopes
            .iter()
            .rev()
            .flat_map(|scope| &scope.sources)
            .find(|source| source.called == called);
        if source.is_some_and(|source| source.has(&name) == Some(false)) {
            self.found.push(Finding::new(
                Defect::UnknownColumn,
                self.statement.place(ident.span),
                format!("{called} has no column {name}"),
                "name a column that the table has",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::defects_of;
    use super::*;

    const JOINED: &str =
        "FROM interactions i JOIN workflow_runs r ON r.workflow_run_id = i.workflow_run_id";

    #[test]
    fn a_column_that_two_joined_tables_have_is_ambiguous() {
        for part in ["WHERE status = 'failed'", "ORDER BY created_at"] {
            let sql = format!("SELECT i.interaction_id {JOINED} {part}");
            assert_eq!(defects_of(&sql), [Defect::AmbiguousColumn], "{sql}");
        }
    }

    #[test]
    fn a_column_with_its_table_is_not_nor_one_that_the_join_merged_nor_a_name_of_a_result() {
        for sql in [
            format!("SELECT i.status {JOINED} WHERE i.status = 'failed'"),
            format!("SELECT i.created_at {JOINED} ORDER BY created_at"),
            format!("SELECT i.attempt AS status {JOINED} ORDER BY status"),
            "SELECT workflow_run_id FROM interactions i JOIN workflow_runs r USING (workflow_run_id)"
                .to_owned(),
            "SELECT status FROM workflow_runs WHERE status = 'failed'".to_owned(),
        ] {
            assert_eq!(defects_of(&sql), [], "{sql}");
        }
    }

    #[test]
    fn an_unqualified_column_of_a_join_is_one_finding_a_statement() {
        let sql = "SELECT a.actor_name FROM interactions i JOIN actors a ON i.actor_id = a.actor_id \
                   WHERE created_at IS NOT NULL AND status = 'failed'";
        assert_eq!(defects_of(sql), [Defect::UnqualifiedColumn]);
        let qualified = sql
            .replace("created_at", "i.created_at")
            .replace("status", "i.status");
        assert_eq!(defects_of(&qualified), []);
    }

    #[test]
    fn a_column_that_no_table_has_is_unknown_and_of_an_unknown_table_nothing_is_claimed() {
        for sql in [
            "SELECT ihl_verdict FROM postings",
            "SELECT p.ihl_verdict FROM postings p",
            "UPDATE interactions SET status = 'failed' WHERE begun_at IS NULL",
        ] {
            assert_eq!(defects_of(sql), [Defect::UnknownColumn], "{sql}");
        }
        for sql in [
            "SELECT ihl_score FROM postings",
            "SELECT ihl_verdict FROM interaction_attempts",
            "WITH postings AS (SELECT 1 AS a) SELECT a FROM postings",
            "SELECT x.a FROM (SELECT posting_id AS a FROM postings) x",
            "SELECT (SELECT COUNT(*) FROM interactions i WHERE i.posting_id = p.posting_id) FROM postings p",
            "UPDATE interactions SET status = 'failed' WHERE started_at IS NULL",
        ] {
            assert_eq!(defects_of(sql), [], "{sql}");
        }
    }
}
