//! Texts from outside as Markdown that shows them and does nothing else.

use std::fmt::Write;

use crate::report::foreign::{clipped, visible};

/// Characters of one text at most: a message may be a whole answer.
const AT_MOST: usize = 1_000;

/// A text within a line. A line end becomes a blank.
pub(in crate::report) fn line(text: &str) -> String {
    escaped(text, " ")
}

/// A text in a cell of a table, with its line ends.
pub(super) fn cell(text: &str) -> String {
    escaped(text, "<br>")
}

/// What could mean something to Markdown, to HTML or to GitHub is written as its number: such a letter is text wherever
/// it stands, also where a backslash before it would not be enough.
fn escaped(text: &str, line_end: &str) -> String {
    let text = visible(&clipped(text, AT_MOST));
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => escaped.push_str(line_end),
            '\t' => escaped.push(' '),
            '&' | '<' | '>' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '@' | '#' | '\\' | '$' => {
                let _ = write!(escaped, "&#{};", u32::from(letter));
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;

    #[test]
    fn what_means_something_is_written_as_its_number() {
        assert_eq!(cell("a|b\n<b>`c`"), "a&#124;b<br>&#60;b&#62;&#96;c&#96;");
        assert_eq!(line("two\nlines @all #1"), "two lines &#64;all &#35;1");
        assert_eq!(line("\u{1b}[2J"), "␛&#91;2J");
    }

    #[test]
    fn a_long_text_says_how_much_of_it_is_left_out() {
        assert!(line(&"x".repeat(1_007)).ends_with("x … (7 more characters)"));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_a_text_holds_it_is_read_as_text(text in "[\\PC\\s]{0,60}") {
            let document = format!("| Head |\n|---|\n| x{} |\n", cell(&text));
            let mut shown = String::new();
            for event in Parser::new_ext(&document, Options::ENABLE_TABLES) {
                match event {
                    Event::Text(text) => shown.push_str(&text),
                    Event::InlineHtml(html) => prop_assert_eq!(&*html, "<br>"),
                    Event::Start(tag) => prop_assert!(
                        matches!(tag, Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell), "{tag:?}"
                    ),
                    Event::End(_) => {}
                    other => prop_assert!(false, "{other:?} in {document}"),
                }
            }
            let letters = |text: &str| text.chars().filter(|it| !it.is_whitespace()).collect::<String>();
            prop_assert_eq!(letters(&shown), letters(&format!("Headx{}", visible(&text))));
        }
    }
}
