//! Texts from outside (postings, answers, errors), made fit to be looked at.
//!
//! Markup in them is escaped by the templates. What stays are characters that a page cannot hold, and such as turn the
//! reading order of everything behind them around: both are shown as what they are.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with every such character spelt out, and cut to so many characters.
pub(crate) fn readable(text: &str, at_most: usize) -> Cow<'_, str> {
    if text.chars().nth(at_most).is_none() && !text.contains(is_misleading) {
        return Cow::Borrowed(text);
    }
    let mut told = String::new();
    for (count, letter) in text.chars().enumerate() {
        if count == at_most {
            told.push('…');
            break;
        }
        match letter {
            '\n' | '\t' => told.push(' '),
            letter if is_misleading(letter) => {
                // Writing to a string does not fail.
                let _ = write!(told, "⟨U+{:04X}⟩", u32::from(letter));
            }
            letter => told.push(letter),
        }
    }
    Cow::Owned(told)
}

/// Controls, marks of direction, what is nothing to see, and what no text has.
fn is_misleading(letter: char) -> bool {
    let code = u32::from(letter);
    letter.is_control()
        || matches!(letter,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{061c}' | '\u{feff}'
            | '\u{fdd0}'..='\u{fdef}')
        || code & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ordinary_text_stays_as_it_is_in_whatever_language() {
        for text in [
            "Data Analyst (f/m/x)",
            "Köln – “Straße”",
            "محلل بيانات",
            "数据",
        ] {
            assert_eq!(readable(text, 80), text);
        }
    }

    #[test]
    fn what_turns_the_order_around_or_is_no_character_is_spelt_out() {
        assert_eq!(readable("a\u{202e}b", 80), "a⟨U+202E⟩b");
        assert_eq!(readable("a\u{0}b\u{7}", 80), "a⟨U+0000⟩b⟨U+0007⟩");
        assert_eq!(readable("\u{fffe}\u{200f}", 80), "⟨U+FFFE⟩⟨U+200F⟩");
    }

    #[test]
    fn lines_become_one_and_a_long_text_is_cut_where_it_says_so() {
        assert_eq!(readable("a\nb\tc", 80), "a b c");
        assert_eq!(readable("abcdef", 6), "abcdef");
        assert_eq!(readable("abcdefg", 6), "abcdef…");
    }
}
