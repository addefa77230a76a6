//! The words of others in a message of ours: short, and fit for a terminal, a log and a row.

/// What comes first of a text, without the blanks around it. What would steer a terminal, turn or hide its neighbours,
/// or could not be stored is written out (`\u{1b}`); `…` stands for the rest.
pub fn excerpt(text: &str, characters: usize) -> String {
    let text = text.trim();
    let mut shown = String::new();
    for character in text.chars().take(characters) {
        if character.is_control() || turns_or_hides(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    if text.chars().nth(characters).is_some() {
        shown.push('…');
    }
    shown
}

/// Whether a character turns or hides what stands beside it: soft hyphens, zero-width signs, separators of lines and
/// paragraphs, marks of direction, interlinear ones and tags.
pub fn turns_or_hides(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn what_would_steer_a_terminal_or_break_a_database_is_written_out() {
        assert_eq!(excerpt("\0\u{1b}[31mred", 120), "\\u{0}\\u{1b}[31mred");
        assert_eq!(excerpt("a\u{202e}b\nc", 120), "a\\u{202e}b\\nc");
        assert_eq!(excerpt("a\u{e0041}\u{fff9}b", 120), "a\\u{e0041}\\u{fff9}b");
        assert_eq!(excerpt(" Köln – 職務 😀 ", 120), "Köln – 職務 😀");
    }

    #[test]
    fn characters_are_counted_and_not_bytes() {
        assert_eq!(
            excerpt(&"ä".repeat(121), 120),
            format!("{}…", "ä".repeat(120))
        );
        assert_eq!(excerpt(&"ä".repeat(120), 120), "ä".repeat(120));
    }
}
