//! Where SQL stands in a plan.

use std::ops::Range;

use super::statement::Script;
use crate::plan::{CodeBlock, Document};

/// All SQL of a plan, in order.
pub(super) fn scripts(document: &Document) -> Vec<Script<'_>> {
    document
        .code_blocks()
        .flat_map(|(_, block)| pieces(block))
        .map(|(text, start)| Script::read(text, start))
        .collect()
}

/// A block's SQL with its place in the document.
fn pieces(block: &CodeBlock) -> Vec<(&str, usize)> {
    if matches!(block.language.as_str(), "sql" | "postgresql" | "psql") {
        return vec![(&block.code, block.span.start)];
    }
    quoted_queries(&block.code)
        .into_iter()
        .map(|range| (&block.code[range.clone()], block.span.start + range.start))
        .collect()
}

/// The longest first: three quotes are not one and an empty string.
const QUOTES: [&str; 4] = ["'''", "\"\"\"", "\"", "'"];

/// Strings that begin with a verb of SQL, as a shell's or Python's line passes them on. Strings lie in strings there
/// (`python3 -c "… execute('''…''') …"`), so every quote may be a beginning.
fn quoted_queries(code: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = code.get(at..) {
        let Some((offset, quote)) = next_quote(rest) else {
            break;
        };
        let start = at + offset + quote.len();
        let length = code[start..].find(quote);
        match length {
            Some(length) if begins_with_verb(&code[start..start + length]) => {
                found.push(start..start + length);
                at = start + length + quote.len();
            }
            _ => at = start,
        }
    }
    found
}

fn next_quote(text: &str) -> Option<(usize, &'static str)> {
    let offset = text.find(['\'', '"'])?;
    let quote = QUOTES
        .into_iter()
        .find(|quote| text[offset..].starts_with(quote))?;
    Some((offset, quote))
}

fn begins_with_verb(text: &str) -> bool {
    let mut words = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("--"))
        .flat_map(str::split_whitespace)
        .map(str::to_ascii_uppercase);
    let first = words.next().unwrap_or_default();
    let second = words.next().unwrap_or_default();
    match first.as_str() {
        "SELECT" => !second.is_empty(),
        "INSERT" => second == "INTO",
        "DELETE" => second == "FROM",
        "UPDATE" => words.next().is_some_and(|third| third == "SET"),
        "WITH" => words.next().is_some_and(|third| third.starts_with("AS")),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(code: &str) -> Vec<&str> {
        quoted_queries(code)
            .into_iter()
            .map(|range| code[range].trim())
            .collect()
    }

    #[test]
    fn a_query_in_a_shell_line_is_found() {
        assert_eq!(found("IDS=$(./q.sh \"\n  SELECT 1;\n\" -t)"), ["SELECT 1;"]);
        assert_eq!(found("psql -c 'SELECT 2'"), ["SELECT 2"]);
    }

    #[test]
    fn a_query_in_a_string_within_a_string_is_found_with_the_quotes_in_it() {
        let code = "python3 -c \"\ncursor.execute('''\n  SELECT 'a' FROM t\n''')\n\"";
        assert_eq!(found(code), ["SELECT 'a' FROM t"]);
    }

    #[test]
    fn a_sentence_that_begins_like_a_query_is_none() {
        for code in [
            "echo \"Select\"",
            "echo 'Update the plan'",
            "echo \"with care\"",
            "it's",
        ] {
            assert_eq!(found(code), Vec::<&str>::new(), "{code}");
        }
    }

    #[test]
    fn a_query_knows_its_place_in_the_document() {
        let text = "Text.\n\n```bash\n./q.sh \"SELECT nonsense FROM\"\n```\n";
        let document = Document::parse(text);
        let scripts = scripts(&document);
        let span = scripts[0].errors[0].span.clone();
        assert!(text[span].starts_with("SELECT nonsense FROM"));
    }
}
