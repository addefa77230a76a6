//! SQL text as statements whose parts know where they stand in the plan.

use std::ops::Range;

use sqlparser::ast;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer, Whitespace};

use crate::plan::lint::{Defect, Finding};

const DIALECT: PostgreSqlDialect = PostgreSqlDialect {};

/// A stretch of SQL.
#[derive(Debug)]
pub(super) struct Script<'t> {
    /// What could be parsed.
    pub(super) statements: Vec<Statement<'t>>,
    /// The text of its line comments, and where they stand in the plan.
    pub(super) comments: Vec<(String, Range<usize>)>,
    /// What could not be parsed.
    pub(super) errors: Vec<Finding>,
}

/// A statement.
#[derive(Debug)]
pub(super) struct Statement<'t> {
    /// Its tree.
    pub(super) tree: ast::Statement,
    /// The whole of it.
    pub(super) span: Range<usize>,
    place: Place<'t>,
}

/// From the parser's lines and columns to bytes of the plan.
#[derive(Debug, Clone, Copy)]
struct Place<'t> {
    text: &'t str,
    start: usize,
}

impl<'t> Script<'t> {
    /// Reads `sql`, which stands at byte `start` of the plan as `text`: both are of one length. Each statement is parsed by itself, so that one that does not
    /// parse hides no other.
    pub(super) fn read(text: &'t str, sql: &str, start: usize) -> Self {
        let place = Place { text, start };
        let mut script = Self {
            statements: Vec::new(),
            comments: Vec::new(),
            errors: Vec::new(),
        };
        let mut tokens = Vec::new();
        if let Err(error) =
            Tokenizer::new(&DIALECT, sql).tokenize_with_location_into_buf(&mut tokens)
        {
            script
                .errors
                .push(syntax(place.line_of(error.location), &error.to_string()));
            return script;
        }
        for token in &tokens {
            if let Token::Whitespace(Whitespace::SingleLineComment { comment, .. }) = &token.token {
                script
                    .comments
                    .push((comment.trim().to_owned(), place.span(token.span)));
            }
        }
        for piece in tokens.split(|token| token.token == Token::SemiColon) {
            script.statement(piece, place);
        }
        script
    }

    fn statement(&mut self, tokens: &[TokenWithSpan], place: Place<'t>) {
        let mut meant = tokens
            .iter()
            .filter(|token| !matches!(token.token, Token::Whitespace(_)));
        let Some(first) = meant.next() else {
            return;
        };
        let last = meant.next_back().unwrap_or(first);
        let span = place.span(Span::new(first.span.start, last.span.end));
        let mut parser = Parser::new(&DIALECT).with_tokens_with_locations(tokens.to_vec());
        match parser.parse_statement() {
            Ok(tree) if parser.peek_token().token == Token::EOF => {
                self.statements.push(Statement { tree, span, place });
            }
            Ok(_) => {
                let rest = parser.peek_token();
                self.errors.push(syntax(
                    place.span(rest.span),
                    &format!("nothing more was expected, found {}", rest.token),
                ));
            }
            Err(error) => {
                let message = error.to_string();
                self.errors.push(syntax(span, plainly(&message)));
            }
        }
    }
}

impl Statement<'_> {
    /// Where a part of it stands in the plan; the whole statement where the parser has not kept the place.
    pub(super) fn place(&self, span: Span) -> Range<usize> {
        if span.start.line == 0 {
            return self.span.clone();
        }
        self.place.span(span)
    }

    /// Where a part of it stands, with the parenthesis that closes a call: the parser ends a call before it.
    pub(super) fn place_of(&self, part: &impl ast::Spanned) -> Range<usize> {
        self.place(part.span())
    }
}

impl Place<'_> {
    fn span(&self, span: Span) -> Range<usize> {
        let start = self.offset(span.start);
        start..self.offset(span.end).max(start)
    }

    fn line_of(&self, location: Location) -> Range<usize> {
        let at = self.offset(location);
        let within = at - self.start;
        let end = self.text[within..]
            .find('\n')
            .map_or(self.text.len(), |length| within + length);
        at..self.start + end
    }

    /// Lines and columns are counted from 1, columns in characters.
    fn offset(&self, location: Location) -> usize {
        let line = usize::try_from(location.line.saturating_sub(1)).unwrap_or(usize::MAX);
        let column = usize::try_from(location.column.saturating_sub(1)).unwrap_or(usize::MAX);
        let line_start: usize = self
            .text
            .split_inclusive('\n')
            .take(line)
            .map(str::len)
            .sum();
        let rest = &self.text[line_start..];
        let within = rest
            .char_indices()
            .nth(column)
            .map_or(rest.len(), |(offset, _)| offset);
        self.start + line_start + within
    }
}

fn syntax(span: Range<usize>, reason: &str) -> Finding {
    Finding::new(
        Defect::SqlSyntax,
        span,
        format!("this SQL does not parse: {reason}"),
        "run it once against the database before the plan relies on it",
    )
}

/// The parser's message without its own name before it.
fn plainly(message: &str) -> &str {
    message
        .strip_prefix("sql parser error: ")
        .unwrap_or(message)
}

#[cfg(test)]
mod tests {
    use super::super::defects_of;
    use super::*;

    #[test]
    fn sql_that_does_not_parse_is_found_and_hides_no_other() {
        let text = "SELECT 1 +;\nSELECT 1;\nSELEKT 2;";
        let script = Script::read(text, text, 0);
        assert_eq!(script.statements.len(), 1);
        assert_eq!(script.errors.len(), 2);
        assert_eq!(&text[script.errors[1].span.clone()], "SELEKT 2");
    }

    #[test]
    fn a_statement_with_more_after_its_end_does_not_parse() {
        assert_eq!(defects_of("SELECT 1 FROM t x y z"), [Defect::SqlSyntax]);
    }

    #[test]
    fn a_string_that_is_never_closed_does_not_parse() {
        assert_eq!(defects_of("SELECT 'a"), [Defect::SqlSyntax]);
    }

    #[test]
    fn postgres_speaks_its_own_dialect() {
        for sql in [
            "SELECT raw_data->>'a' FROM postings_staging",
            "SELECT COUNT(*)::text FROM postings",
            "SELECT COUNT(*) FILTER (WHERE posting_id > 1) FROM postings",
            "-- only a remark",
            "",
        ] {
            assert_eq!(defects_of(sql), [], "{sql}");
        }
    }

    #[test]
    fn places_are_bytes_of_the_plan_also_after_letters_of_several_bytes() {
        let text = "SELECT 'ü' AS a,\n  'é' AS b, nonsense FROM";
        let script = Script::read(text, text, 10);
        assert_eq!(script.errors[0].span, 10..10 + text.len());
        let text = "SELECT 'ü', posting_id FROM t";
        let good = Script::read(text, text, 0);
        let ast::Statement::Query(query) = &good.statements[0].tree else {
            panic!("a query")
        };
        let select = query.body.as_select().unwrap();
        let span = good.statements[0].place_of(&select.projection[1]);
        assert_eq!(&text[span], "posting_id");
    }
}
