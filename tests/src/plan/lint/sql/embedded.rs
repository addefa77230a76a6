//! Where SQL stands in a plan.

use std::ops::Range;

use super::statement::Script;
use crate::plan::{CodeBlock, Document};

/// All SQL of a plan, in order.
pub(super) fn scripts(document: &Document) -> Vec<Script<'_>> {
    document
        .code_blocks()
        .flat_map(|(_, block)| pieces(block))
        .map(|(text, start, is_embedded)| {
            let sql = if is_embedded {
                without_insertions(text)
            } else {
                text.to_owned()
            };
            Script::read(text, &sql, start)
        })
        .collect()
}

/// A block's SQL with its place in the document, and whether another language carries it.
fn pieces(block: &CodeBlock) -> Vec<(&str, usize, bool)> {
    if matches!(block.language.as_str(), "sql" | "postgresql" | "psql") {
        return vec![(&block.code, block.span.start, false)];
    }
    quoted_queries(&block.code)
        .into_iter()
        .map(|range| {
            let start = block.span.start + range.start;
            (&block.code[range], start, true)
        })
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
        let length = length_to(&code[start..], quote);
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

/// How far it is to the closing quote; one after a backslash closes nothing.
fn length_to(text: &str, quote: &str) -> Option<usize> {
    let mut places = text.match_indices(quote).map(|(place, _)| place);
    places.find(|place| !text[..*place].ends_with('\\'))
}

/// What the language around a query puts into it, such as `{ids}`, `${ID}` or `%s`, stands for a value; here it is
/// `0`, with blanks that keep everything after it in its place. What is not of single bytes is left as it is.
fn without_insertions(sql: &str) -> String {
    let mut whole = sql.replace("\\\"", " \"").replace("\\'", " '");
    for (opening, closing) in [("${", "}"), ("$(", ")"), ("{", "}")] {
        let mut at = 0;
        while let Some(start) = whole[at..].find(opening).map(|found| at + found) {
            let Some(end) = whole[start..].find(closing).map(|found| start + found + 1) else {
                break;
            };
            if whole[start..end].is_ascii() && !whole[start..end].contains(['\n', '\'']) {
                let value = format!("{:<1$}", "0", end - start);
                whole.replace_range(start..end, &value);
            }
            at = end;
        }
    }
    for before in [" ", "=", "(", ","] {
        whole = whole.replace(&format!("{before}%s"), &format!("{before}0 "));
    }
    whole
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
    fn what_a_language_puts_into_a_query_stands_for_a_value() {
        for code in [
            "./q.sh \"SELECT 1 FROM t WHERE id = ${ID} AND a = 'b'\"",
            "cursor.execute('SELECT 1 FROM t WHERE id = %s', (posting,))",
            "run(f\"SELECT 1 FROM t WHERE id IN ({ids})\")",
            "psql -c \"SELECT \\\"posting_id\\\" FROM t\"",
        ] {
            let text = format!("```bash\n{code}\n```\n");
            let document = Document::parse(&text);
            let scripts = scripts(&document);
            assert_eq!(
                (scripts.len(), scripts[0].statements.len()),
                (1, 1),
                "{code}"
            );
        }
        let pattern = "SELECT 1 FROM t WHERE a LIKE '%stuck%' AND b = '{}'";
        assert_eq!(without_insertions(pattern), pattern.replace("{}", "0 "));
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
