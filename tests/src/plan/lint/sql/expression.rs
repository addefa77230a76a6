//! Looking into expressions and queries.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident,
    LimitClause, ObjectName, OrderByExpr, OrderByKind, Query, Select, SelectItem, SetExpr,
    UnaryOperator, Value, Visit, Visitor,
};

/// One SELECT, and what its query does with its rows.
#[derive(Debug)]
pub(super) struct Shape {
    /// The SELECT.
    pub(super) select: Select,
    /// ORDER BY of the query whose whole body it is.
    pub(super) order_by: Vec<OrderByExpr>,
    /// LIMIT of that query, or FETCH FIRST.
    pub(super) limit: Option<Expr>,
}

/// All SELECTs of a statement, those of its subqueries included.
pub(super) fn shapes(node: &impl Visit) -> Vec<Shape> {
    struct Collector(Vec<Shape>);
    impl Visitor for Collector {
        type Break = ();

        fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
            match &*query.body {
                SetExpr::Select(select) => self.0.push(Shape {
                    select: (**select).clone(),
                    order_by: order_of(query),
                    limit: limit_of(query),
                }),
                other => branches(other, &mut self.0),
            }
            ControlFlow::Continue(())
        }
    }
    let mut collector = Collector(Vec::new());
    let _ = node.visit(&mut collector);
    collector.0
}

/// The SELECTs of a UNION. Each has neither an order nor a limit of its own.
fn branches(body: &SetExpr, found: &mut Vec<Shape>) {
    match body {
        SetExpr::Select(select) => found.push(Shape {
            select: (**select).clone(),
            order_by: Vec::new(),
            limit: None,
        }),
        SetExpr::SetOperation { left, right, .. } => {
            branches(left, found);
            branches(right, found);
        }
        _ => {}
    }
}

fn order_of(query: &Query) -> Vec<OrderByExpr> {
    match query.order_by.as_ref().map(|order| &order.kind) {
        Some(OrderByKind::Expressions(expressions)) => expressions.clone(),
        _ => Vec::new(),
    }
}

fn limit_of(query: &Query) -> Option<Expr> {
    match &query.limit_clause {
        Some(LimitClause::LimitOffset { limit, .. }) => limit.clone(),
        Some(LimitClause::OffsetCommaLimit { limit, .. }) => Some(limit.clone()),
        None => query
            .fetch
            .as_ref()
            .and_then(|fetch| fetch.quantity.clone()),
    }
}

/// All expressions of a part, from the outermost inwards, but not those of subqueries: they are SELECTs of their own.
pub(super) fn expressions(node: &impl Visit) -> Vec<Expr> {
    struct Collector {
        depth: usize,
        found: Vec<Expr>,
    }
    impl Visitor for Collector {
        type Break = ();

        fn pre_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
            self.depth += 1;
            ControlFlow::Continue(())
        }

        fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
            self.depth -= 1;
            ControlFlow::Continue(())
        }

        fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
            if self.depth == 0 {
                self.found.push(expr.clone());
            }
            ControlFlow::Continue(())
        }
    }
    let mut collector = Collector {
        depth: 0,
        found: Vec::new(),
    };
    let _ = node.visit(&mut collector);
    collector.found
}

/// An expression without the brackets and casts around it.
pub(super) fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => bare(inner),
        other => other,
    }
}

/// A call of one of these functions; names are in lower case.
pub(super) fn call<'e>(expr: &'e Expr, names: &[&str]) -> Option<&'e Function> {
    match bare(expr) {
        Expr::Function(function) if names.contains(&last(&function.name).as_str()) => {
            Some(function)
        }
        _ => None,
    }
}

/// The name without its schema, in lower case unless it is quoted.
pub(super) fn last(name: &ObjectName) -> String {
    name.0
        .last()
        .and_then(|part| part.as_ident())
        .map(folded)
        .unwrap_or_default()
}

/// An identifier as Postgres understands it.
pub(super) fn folded(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    }
}

/// The name that a query gives a result.
pub(super) fn alias(item: &SelectItem) -> Option<String> {
    match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias)),
        _ => None,
    }
}

/// The expressions that a call is given.
pub(super) fn arguments(function: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &function.args else {
        return Vec::new();
    };
    list.args
        .iter()
        .filter_map(|argument| match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        })
        .collect()
}

/// The functions that make one value of many rows.
const AGGREGATES: [&str; 8] = [
    "array_agg",
    "avg",
    "count",
    "max",
    "min",
    "percentile_cont",
    "string_agg",
    "sum",
];

/// Whether an expression is an aggregate over rows, and not over a window of them.
pub(super) fn is_aggregate(expr: &Expr) -> bool {
    matches!(expr, Expr::Function(function)
        if function.over.is_none() && AGGREGATES.contains(&last(&function.name).as_str()))
}

/// A column with the table it is said to be of.
pub(super) fn column(expr: &Expr) -> Option<(Option<String>, String)> {
    match expr {
        Expr::Identifier(ident) => Some((None, folded(ident))),
        Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [.., table, column] => Some((Some(folded(table)), folded(column))),
            _ => None,
        },
        _ => None,
    }
}

/// A number written out.
pub(super) fn number(expr: &Expr) -> Option<f64> {
    match bare(expr) {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => number(expr).map(|value| -value),
        _ => None,
    }
}

/// A text written out.
pub(super) fn text(expr: &Expr) -> Option<&str> {
    match bare(expr) {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// The conditions that all have to hold.
pub(super) fn conjuncts(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } => [conjuncts(left), conjuncts(right)].concat(),
        Expr::Nested(inner) => conjuncts(inner),
        other => vec![other],
    }
}
