//! Text from outside that a terminal may be shown.

use std::fmt;

use serde::Serialize;
use wave_runner::excerpt::turns_or_hides;

/// A text of one line without control characters, and without those that turn or hide what stands beside them. Made from
/// any text: what may not be shown becomes a blank.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
#[serde(transparent)]
pub struct Printable(String);

impl Printable {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Printable {
    fn from(text: &str) -> Self {
        let shown: String = text
            .chars()
            .map(|c| if may_be_shown(c) { c } else { ' ' })
            .collect();
        let words: Vec<&str> = shown.split_whitespace().collect();
        Self(words.join(" "))
    }
}

impl From<String> for Printable {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl fmt::Display for Printable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

fn may_be_shown(character: char) -> bool {
    !character.is_control() && !turns_or_hides(character)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_escape_that_would_clear_the_screen_is_harmless_words() {
        let told = Printable::from("\u{1b}[2J\u{1b}]0;title\u{7}Teller\r\n\u{9b}31m");
        assert_eq!(told.as_str(), "[2J ]0;title Teller 31m");
    }

    #[test]
    fn text_cannot_be_turned_around_or_hidden() {
        let told = Printable::from("safe\u{202e}evil\u{200b}\u{2066}x");
        assert_eq!(told.as_str(), "safe evil x");
    }

    #[test]
    fn ordinary_text_stays_as_it_is() {
        for text in ["Köln – Zürich", "職務", "a & b <c>", "5 µs 😀"] {
            assert_eq!(Printable::from(text).as_str(), text);
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_in_no_control_character_comes_out(text in any::<String>()) {
            prop_assert!(!Printable::from(text.as_str()).as_str().chars().any(char::is_control));
        }
    }
}
