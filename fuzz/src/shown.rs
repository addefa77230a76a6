//! What is shown on a terminal, whatever texts are in it.

/// Nothing in it steers a terminal, turns what stands beside it around, or is forbidden in XML.
pub fn is_shown_only(text: &str) {
    let steers = text.chars().find(|letter| {
        let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        turns || (letter.is_control() && !matches!(letter, '\n' | '\t'))
    });
    assert!(steers.is_none(), "{steers:?} in {text}");
}
