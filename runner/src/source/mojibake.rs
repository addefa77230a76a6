//! Repairs text that was UTF-8, was read as Latin-1 and came out as mojibake: `fÃ¼r` for `für`.

use std::borrow::Cow;

/// The text as its author wrote it, where it is certain that it was garbled; any other text as it is.
///
/// Certain means: the text shows a sign of mojibake, every character of it fits one Latin-1 byte, and all
/// those bytes together are valid UTF-8. A single right `ü` breaks the last condition, so text that is right
/// stays as it is. Text garbled twice is repaired twice, so repairing again never changes anything.
///
/// Repairing the broken stretches alone was rejected: on a stretch of two characters, chance is enough.
pub fn repair(text: &str) -> Cow<'_, str> {
    let mut repaired = Cow::Borrowed(text);
    // Each round turns two characters or more into one, so the loop ends.
    while let Some(better) = ungarbled(&repaired) {
        repaired = Cow::Owned(better);
    }
    repaired
}

fn ungarbled(text: &str) -> Option<String> {
    if !shows_mojibake(text) {
        return None;
    }
    let bytes: Vec<u8> = text
        .chars()
        .map(|character| u8::try_from(u32::from(character)))
        .collect::<Result<_, _>>()
        .ok()?;
    String::from_utf8(bytes).ok()
}

/// A C1 control, which no author types, or the two first bytes of most Western letters and signs (`Ã`, `Â`)
/// with a continuation byte behind them.
fn shows_mojibake(text: &str) -> bool {
    let mut previous = ' ';
    text.chars().any(|character| {
        let sign = is_c1_control(character)
            || (matches!(previous, 'Ã' | 'Â') && ('\u{a0}'..='\u{bf}').contains(&character));
        previous = character;
        sign
    })
}

fn is_c1_control(character: char) -> bool {
    ('\u{80}'..='\u{9f}').contains(&character)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::repair;

    /// What a reader gets who takes UTF-8 for Latin-1.
    fn garbled(text: &str) -> String {
        text.bytes().map(char::from).collect()
    }

    #[test]
    fn garbled_umlauts_dashes_and_quotes_are_repaired() {
        for right in ["für", "Straße – “Überblick”", "Możliwość", "București • x"] {
            assert_eq!(repair(&garbled(right)), right);
        }
    }

    #[test]
    fn right_text_stays_as_it_is() {
        for right in [
            "für",
            "Café – Zürich",
            "plain",
            "",
            "Ã",
            "Â 5",
            "50 % ¼",
            "TECHNOLOGÍ®",
        ] {
            assert_eq!(repair(right), right);
        }
    }

    #[test]
    fn text_garbled_only_in_part_stays_as_it_is() {
        let mixed = format!("für {}", garbled("für"));
        assert_eq!(repair(&mixed), mixed);
    }

    #[test]
    fn text_garbled_twice_is_repaired_to_the_end() {
        assert_eq!(repair(&garbled(&garbled("Größe – 1"))), "Größe – 1");
    }

    proptest! {
        #[test]
        fn repairing_twice_is_repairing_once(text in any::<String>()) {
            let once = repair(&text).into_owned();
            prop_assert_eq!(repair(&once), once.as_str());
        }

        #[test]
        fn repairing_latin_1_twice_is_repairing_once(bytes in any::<Vec<u8>>()) {
            let text: String = bytes.iter().copied().map(char::from).collect();
            let once = repair(&text).into_owned();
            prop_assert_eq!(repair(&once), once.as_str());
        }

        #[test]
        fn text_with_a_sign_above_latin_1_never_changes(text in any::<String>()) {
            let text = format!("{text}–");
            prop_assert_eq!(repair(&text), text.as_str());
        }
    }
}
