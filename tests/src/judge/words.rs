//! Words of free text, made comparable: case, accents, spelling of umlauts and a broken encoding tell no two words apart.

use std::borrow::Cow;

/// The folded words of a text, in order. A capital after a small letter begins a word, because postings whose markup
/// was stripped carelessly glue sentences together.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut after_small = false;
    for letter in repaired(text).chars() {
        let begins = !letter.is_alphanumeric() || (after_small && letter.is_uppercase());
        if begins && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if letter.is_alphanumeric() {
            fold(letter, &mut word);
        }
        after_small = letter.is_lowercase();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The first letters of a folded word, packed: "managing" and "management" are one stem. Two stems of letters that are
/// not Latin may, rarely, be packed alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Stem(pub(crate) u64);

/// How many letters make a stem.
const STEM: u8 = 5;

/// A stem that is being read.
#[derive(Default)]
struct Reading {
    packed: u64,
    letters: u8,
    last: u8,
}

impl Reading {
    fn push(&mut self, letter: u64) {
        if self.letters < STEM {
            self.packed = (self.packed << 8) ^ letter;
            self.letters += 1;
        }
    }

    fn end(&mut self, take: &mut impl FnMut(Stem)) {
        if self.letters > 0 {
            take(Stem(self.packed));
        }
        *self = Self::default();
    }
}

/// Gives the stem of each word of a text to `take`. Thousands of descriptions pass through here: it goes byte by byte
/// where it can, and leaves a broken encoding as it is.
pub(crate) fn each_stem(text: &str, mut take: impl FnMut(Stem)) {
    let bytes = text.as_bytes();
    let mut reading = Reading::default();
    let mut place = 0;
    while place < bytes.len() {
        let byte = bytes[place];
        let after_small = reading.last.is_ascii_lowercase();
        match byte {
            b'a'..=b'z' | b'0'..=b'9' => {
                // As in `fold`: the "e" of an umlaut spelt out.
                if !(byte == b'e' && matches!(reading.last | 0x20, b'a' | b'o' | b'u')) {
                    reading.push(u64::from(byte));
                }
                reading.last = byte;
            }
            b'A'..=b'Z' => {
                if after_small {
                    reading.end(&mut take);
                }
                let lower = byte | 0x20;
                if !(lower == b'e' && matches!(reading.last | 0x20, b'a' | b'o' | b'u')) {
                    reading.push(u64::from(lower));
                }
                reading.last = byte;
            }
            0..=0x7f => reading.end(&mut take),
            _ => {
                let Some(letter) = text[place..].chars().next() else {
                    break;
                };
                place += letter.len_utf8();
                beyond_ascii(letter, &mut reading, &mut take);
                continue;
            }
        }
        place += 1;
    }
    reading.end(&mut take);
}

fn beyond_ascii(letter: char, reading: &mut Reading, take: &mut impl FnMut(Stem)) {
    if !letter.is_alphanumeric() {
        return reading.end(take);
    }
    if letter.is_uppercase() && reading.last.is_ascii_lowercase() {
        reading.end(take);
    }
    let mut folded = String::new();
    fold(letter, &mut folded);
    for plain in folded.chars() {
        reading.push(u64::from(u32::from(plain)));
        let last = u8::try_from(plain).unwrap_or(b'z');
        reading.last = if letter.is_uppercase() {
            last.to_ascii_uppercase()
        } else {
            last
        };
    }
}

/// Adds a letter in its plainest form. "ü", "ue" and "u" become one, in this text as in the one it is compared with.
fn fold(letter: char, word: &mut String) {
    if letter.is_ascii() {
        let letter = letter.to_ascii_lowercase();
        if !(letter == 'e' && word.ends_with(['a', 'o', 'u'])) {
            word.push(letter);
        }
        return;
    }
    for letter in letter.to_lowercase() {
        match letter {
            'à'..='å' | 'æ' | 'ā' | 'ă' | 'ą' => word.push('a'),
            'ç' | 'ć' | 'č' => word.push('c'),
            'è'..='ë' | 'ē' | 'ę' | 'ě' => word.push('e'),
            'ì'..='ï' | 'ı' => word.push('i'),
            'ł' => word.push('l'),
            'ñ' | 'ń' | 'ň' => word.push('n'),
            'ò'..='ö' | 'ø' | 'ő' | 'œ' => word.push('o'),
            'ř' => word.push('r'),
            'ß' => word.push_str("ss"),
            'ś' | 'š' | 'ş' | 'ș' => word.push('s'),
            'ţ' | 'ț' => word.push('t'),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' => word.push('u'),
            'ý' | 'ÿ' => word.push('y'),
            'ź' | 'ż' | 'ž' => word.push('z'),
            _ => word.push(letter),
        }
    }
}

/// The text with words that were UTF-8 and were read as Latin-1 put right: "KÃ¶ln" was "Köln".
pub(crate) fn repaired(text: &str) -> Cow<'_, str> {
    // Each letter that was misread has left at least one of these behind.
    if text.is_ascii() || !text.contains(|it| ('\u{80}'..='\u{bf}').contains(&it)) {
        return Cow::Borrowed(text);
    }
    let words = text
        .split(' ')
        .map(|word| misread(word).map_or(Cow::Borrowed(word), Cow::Owned));
    Cow::Owned(words.collect::<Vec<_>>().join(" "))
}

/// What a word was before it was read in the wrong encoding; nothing for a word that is as it should be. A Latin-1
/// text that happens to be valid UTF-8 does not occur in any language.
pub(crate) fn misread(word: &str) -> Option<String> {
    if word.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> = word.chars().map(|it| u8::try_from(it).ok()).collect();
    String::from_utf8(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_the_spelling_of_umlauts_tell_no_two_words_apart() {
        for (one, other) in [
            ("MÜNCHEN", "Muenchen"),
            ("Zürich", "zurich"),
            ("Łódź", "Lodz"),
            ("Große Straße", "grosse strasse"),
            ("KÃ¶ln", "Köln"),
        ] {
            assert_eq!(words(one), words(other));
        }
        assert_ne!(words("Bonn"), words("Born"));
    }

    #[test]
    fn words_end_at_what_is_no_letter_and_where_sentences_were_glued_together() {
        assert_eq!(
            words("Cash & Trade/Sales (f/m/x)"),
            ["cash", "trade", "sales", "f", "m", "x"]
        );
        assert_eq!(words("from homeWe offer"), ["from", "home", "we", "offer"]);
        assert_eq!(words("SQL"), ["sql"]);
    }

    #[test]
    fn stems_are_the_beginnings_of_folded_words() {
        let stems = |text| {
            let mut stems = Vec::new();
            each_stem(text, |stem| stems.push(stem));
            stems
        };
        assert_eq!(stems("Managing RISKS"), stems("management, risks"));
        assert_eq!(stems("Prüfung ÜBER Łódź"), stems("pruefungen Ueber lodz"));
        assert_eq!(stems("from homeWe offer"), stems("from home we offer"));
        assert_eq!(stems("für").len(), 1);
        assert_ne!(stems("bonn"), stems("bond"));
        assert_eq!(stems("– (…)"), []);
    }

    #[test]
    fn only_what_was_read_in_the_wrong_encoding_is_repaired() {
        assert_eq!(
            repaired("in KÃ¶ln, nicht in München"),
            "in Köln, nicht in München"
        );
        for right in ["Köln", "naïve café", "Straße 5 – €", "plain"] {
            assert_eq!(repaired(right), right);
        }
    }
}
