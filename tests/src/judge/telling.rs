//! Whether a text says anything: not blank, not the word that a program prints for a missing value, not a template's own
//! words in the place of what they stand for.

/// What programs print for a value that is not there.
const NOTHING: [&str; 7] = ["None", "null", "NULL", "Null", "undefined", "NaN", "nil"];

/// Whether a value is the word for a missing one. In a sentence it is a word like others.
pub(crate) fn is_nothing(value: &str) -> bool {
    let decoration: &[char] = &['*', '-', '•', ' ', '.', '"', '\''];
    NOTHING.contains(&value.trim_matches(decoration))
}

/// Whether a text tells its reader something.
pub(crate) fn tells(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && !is_nothing(text) && !is_placeholder(text)
}

/// Whether nothing but a placeholder stands there.
fn is_placeholder(text: &str) -> bool {
    text.starts_with('{') && {
        let (name, length) = named_in_braces(text);
        name && length == text.len()
    }
}

/// Whether these braces hold a bare name, and how far they go. `text` begins with a brace.
pub(crate) fn named_in_braces(text: &str) -> (bool, usize) {
    let inside = text.trim_start_matches('{').trim_start();
    let is_part = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '.');
    let behind = inside.trim_start_matches(is_part);
    let is_name = behind.len() < inside.len();
    let closed = behind.trim_start();
    let end = closed.trim_start_matches('}');
    // An open `{session_3` at the end of a text that was cut is a placeholder, too.
    if is_name && (end.len() < closed.len() || closed.is_empty()) {
        return (true, text.len() - end.len());
    }
    (false, text.len() - inside.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_blank_or_stands_for_something_missing_tells_nothing() {
        for text in [
            "",
            " \n\t",
            "None",
            "**null**",
            "{session_3_output}",
            "{{ summary }}",
            "{summary",
        ] {
            assert!(!tells(text), "{text:?}");
        }
    }

    #[test]
    fn a_word_and_a_sentence_with_such_a_word_in_it_tell_something() {
        for text in [
            "C",
            "PASS",
            "None of the benefits is named.",
            "Uses {braces} in code",
            "{\"a\": 1}",
        ] {
            assert!(tells(text), "{text:?}");
        }
    }
}
