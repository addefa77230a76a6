//! A site's JSON, read as its own pages read it.

use std::borrow::Cow;

use serde_json::Value;

/// Reads JSON in which an escape may name half of a pair (`\ud83d` alone), as JavaScript writes a title that was cut
/// in the middle of an emoji. Such a half becomes U+FFFD, for no text here can hold it.
///
/// # Errors
/// What `serde_json` says, with the place in the bytes as given.
pub fn read(bytes: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(&paired(bytes))
}

/// The same bytes, but that an escaped half of a pair has become U+FFFD. No place moves: one escape is as long as another.
fn paired(json: &[u8]) -> Cow<'_, [u8]> {
    let mut paired = Cow::Borrowed(json);
    let mut at = 0;
    while at < json.len() {
        if json[at] != b'\\' {
            at += 1;
            continue;
        }
        at += match (escaped(json, at), escaped(json, at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                paired.to_mut()[at..at + 6].copy_from_slice(br"\ufffd");
                6
            }
            (Some(_), _) => 6,
            (None, _) => 2,
        };
    }
    paired
}

/// The number of the `\uXXXX` that stands there, if one does.
fn escaped(json: &[u8], at: usize) -> Option<u32> {
    let digits = json.get(at..at + 6)?.strip_prefix(br"\u")?;
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn reads(json: &str, text: &str) {
        assert_eq!(read(json.as_bytes()).unwrap(), text, "{json}");
    }

    #[test]
    fn half_of_a_pair_becomes_a_mark_and_a_whole_one_its_character() {
        reads(r#""Cook \ud83d""#, "Cook \u{fffd}");
        reads(
            r#""\udc00 and \ud83d\ud83d\ude00""#,
            "\u{fffd} and \u{fffd}😀",
        );
        reads(r#""\uD83D\uDE00 \u00fc""#, "😀 ü");
    }

    #[test]
    fn what_only_looks_like_half_of_a_pair_stays() {
        reads(r#""\\ud83d""#, r"\ud83d");
        reads(r#""\\\\ud83d \n""#, "\\\\ud83d \n");
    }

    #[test]
    fn an_error_is_where_it_was() {
        let error = read(br#"{"a": "\ud83d", b}"#).unwrap_err();
        assert_eq!((error.line(), error.column()), (1, 17));
        assert!(read(br#""\ud8"#).is_err());
        assert!(read(br#""\"#).is_err());
    }

    proptest! {
        #[test]
        fn what_is_json_reads_as_before(text in any::<String>()) {
            let json = serde_json::to_vec(&text).unwrap();
            prop_assert_eq!(read(&json).unwrap(), Value::String(text));
        }
    }
}
