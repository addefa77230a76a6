//! Texts from outside: postings, answers and errors may hold anything.

/// The text with a picture for each control character (␛ for escape), so that it neither steers a terminal nor is lost
/// in a format that forbids it. Line ends and tabs stay, and Windows' line ends become plain ones.
pub(super) fn visible(text: &str) -> String {
    text.replace("\r\n", "\n").chars().map(picture).collect()
}

fn picture(letter: char) -> char {
    match letter {
        '\n' | '\t' => letter,
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(letter)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        // Further control characters, marks that turn the direction of what follows, and what is no character at all.
        '\u{80}'..='\u{9f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}'
        | '\u{fffe}'
        | '\u{ffff}' => '\u{fffd}',
        letter => letter,
    }
}

/// The beginning of a text, with the number of characters that are left out.
pub(super) fn clipped(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        None => text.to_owned(),
        Some((end, _)) => {
            let rest = text[end..].chars().count();
            format!("{} … ({rest} more characters)", &text[..end])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_not_obeyed() {
        assert_eq!(visible("a\u{1b}[31mred\u{0}\u{7f}"), "a␛[31mred␀␡");
        assert_eq!(visible("one\r\ntwo\tthree"), "one\ntwo\tthree");
        assert_eq!(
            visible("\u{202e}evil\u{ffff}\u{85}"),
            "\u{fffd}evil\u{fffd}\u{fffd}"
        );
        assert_eq!(visible("Köln – 東京 👍"), "Köln – 東京 👍");
    }

    #[test]
    fn what_is_left_out_is_counted() {
        assert_eq!(clipped("Straße", 4), "Stra … (2 more characters)");
        assert_eq!(clipped("Straße", 6), "Straße");
    }
}
