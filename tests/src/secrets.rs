//! Passwords in addresses, kept out of whatever people and other programs read.
//!
//! Messages are put together from the words of many parts, drivers included. So this is the last door that a text passes
//! on its way out, and knows addresses by their shape rather than by who wrote them.

use std::borrow::Cow;

/// What stands where a password stood.
const MASK: &str = "***";
/// What an address begins with after its scheme.
const AUTHORITY: &str = "://";
/// Names of parameters that are passwords.
const PARAMETERS: [&str; 2] = ["password=", "pwd="];

/// The text with every password of an address masked: `scheme://user:password@host`, `password=…`.
///
/// Rather too much than too little: a password may hold a slash or an `@` that its writer forgot to encode, so that all
/// up to the last `@` of the word counts as one.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    let suspicious = text.contains(AUTHORITY) || PARAMETERS.iter().any(|it| text.contains(it));
    if !suspicious {
        return Cow::Borrowed(text);
    }
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    while let Some((before, secret)) = next(rest) {
        let (kept, after) = match secret {
            Secret::Authority => authority(&rest[before..]),
            Secret::Parameter => parameter(&rest[before..]),
        };
        out.push_str(&rest[..before]);
        out.push_str(&kept);
        rest = &rest[before + after..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// What may hold a password.
#[derive(Clone, Copy)]
enum Secret {
    Authority,
    Parameter,
}

/// Where the next one begins: behind its marker.
fn next(text: &str) -> Option<(usize, Secret)> {
    let behind = |marker: &str| text.find(marker).map(|at| at + marker.len());
    let parameters = PARAMETERS.iter().filter_map(|marker| behind(marker));
    let parameter = parameters.min().map(|at| (at, Secret::Parameter));
    let authority = behind(AUTHORITY).map(|at| (at, Secret::Authority));
    parameter
        .into_iter()
        .chain(authority)
        .min_by_key(|(at, _)| *at)
}

/// What is shown of an authority, and how many bytes of the text that stands for.
fn authority(text: &str) -> (String, usize) {
    let word = &text[..end(text, |_| false)];
    let Some(at) = word.rfind('@') else {
        return (String::new(), 0);
    };
    match word[..at].split_once(':') {
        Some((user, _)) => (format!("{user}:{MASK}"), at),
        None => (String::new(), 0),
    }
}

fn parameter(text: &str) -> (String, usize) {
    let length = end(text, |letter| matches!(letter, '&' | '#' | '\'' | ')'));
    if length == 0 {
        return (String::new(), 0);
    }
    (MASK.to_owned(), length)
}

/// Where a word ends: at a blank, at a quotation mark that ends a string (one behind a backslash is part of it), or
/// where `ends` says.
fn end(text: &str, ends: impl Fn(char) -> bool) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices() {
        let closes = matches!(letter, '"' | '`' | '<' | '>') && !escaped;
        if letter.is_whitespace() || closes || ends(letter) {
            return at;
        }
        escaped = letter == '\\' && !escaped;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_password_is_masked_wherever_it_stands_and_its_user_and_host_are_not() {
        for (text, shown) in [
            ("postgres://u:secret@h:5/d", "postgres://u:***@h:5/d"),
            (
                "found 'http://u:secret@h', expected another",
                "found 'http://u:***@h', expected another",
            ),
            ("postgres://u:se/cr@et@h/d x@y", "postgres://u:***@h/d x@y"),
            ("a://u:one@h b://v:two@i", "a://u:***@h b://v:***@i"),
            (
                "postgres://u@h/d?password=secret&sslmode=disable",
                "postgres://u@h/d?password=***&sslmode=disable",
            ),
            (
                "host=h password=secret user=u",
                "host=h password=*** user=u",
            ),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    #[test]
    fn what_has_no_password_is_left_as_it_is() {
        for text in [
            "",
            "using PostgreSQL (local, postgres://postgres@127.0.0.1:34491/postgres?sslmode=disable)",
            "http://127.0.0.1:11434 lacks qwen2.5:7b",
            "ask teller@example.org: http://example.org",
            "password= is empty",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn an_object_of_json_stays_one() {
        let line =
            serde_json::json!({"url": "http://u:se\"cret@h", "mail": "a@b", "n": 1}).to_string();
        let shown = masked(&line);
        let read: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(read["url"], "http://u:***@h");
        assert_eq!((&read["mail"], &read["n"]), (&"a@b".into(), &1.into()));
    }

    proptest! {
        #[test]
        fn no_password_of_whatever_letters_is_ever_shown(
            before in "[a-z :=]{0,12}",
            user in "[a-z]{1,6}",
            password in "[A-Z0-9/@:?&#!*+%',;=-]{4,20}",
            after in "[a-z :]{0,12}",
        ) {
            // What is looked for must not stand elsewhere, and a mask is no password.
            prop_assume!(password.chars().any(|c| c.is_ascii_uppercase()));
            let text = format!("{before}postgres://{user}:{password}@h/d {after}");
            prop_assert!(!masked(&text).contains(&password), "{}", masked(&text));
        }
    }
}
