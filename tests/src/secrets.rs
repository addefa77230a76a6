//! Passwords in addresses, kept out of whatever people and other programs read.
//!
//! Messages are put together from the words of many parts, drivers included. So this is the last door that a text passes
//! on its way out, and knows addresses by their shape rather than by who wrote them.

use std::borrow::Cow;

/// What stands where a password stood.
const MASK: &str = "***";
/// What an address begins with after its scheme.
const AUTHORITY: &str = "://";
/// Names of parameters that are secrets, however they are written and whatever stands before them (`sslpassword`,
/// `PGPASSWORD`, `access_token`).
const PARAMETERS: [&str; 8] = [
    "password=",
    "passwd=",
    "pwd=",
    "token=",
    "secret=",
    "api_key=",
    "apikey=",
    "api-key=",
];
/// What stands before a password where a URL or a driver's settings are shown for debugging: `password: Some("…")`.
const DEBUGGED: &str = "password: some(";
/// Schemes whose servers know users by a token as well, which then stands alone where a name would.
const TOKENS: [&str; 2] = ["http://", "https://"];

/// The text with every secret of an address masked: `scheme://user:password@host`, `https://token@host`, `password=…`.
///
/// Rather too much than too little: a password may hold a slash or an `@` that its writer forgot to encode, so that all
/// up to the last `@` of the word counts as one.
pub(crate) fn masked(text: &str) -> Cow<'_, str> {
    // Lower-case letters of ASCII take the places of the others, so that a place in one is the same in both.
    let lower = text.to_ascii_lowercase();
    let suspicious = [AUTHORITY, DEBUGGED]
        .iter()
        .chain(&PARAMETERS)
        .any(|it| lower.contains(it));
    if !suspicious {
        return Cow::Borrowed(text);
    }
    let mut at = 0;
    let mut out = String::with_capacity(text.len());
    while let Some((behind, secret)) = next(&lower[at..]) {
        let begins = at + behind;
        let (kept, length) = match secret {
            Secret::Authority => authority(&text[begins..], &lower[..begins]),
            Secret::Parameter => parameter(&text[begins..]),
            Secret::Debugged => debugged(&text[begins..]),
        };
        out.push_str(&text[at..begins]);
        out.push_str(&kept);
        at = begins + length;
    }
    out.push_str(&text[at..]);
    Cow::Owned(out)
}

/// What may hold a password.
#[derive(Clone, Copy)]
enum Secret {
    Authority,
    Parameter,
    Debugged,
}

/// Where the next one begins: behind its marker.
fn next(text: &str) -> Option<(usize, Secret)> {
    let behind = |marker: &str| text.find(marker).map(|at| at + marker.len());
    let parameters = PARAMETERS.iter().filter_map(|marker| behind(marker));
    let parameter = parameters.min().map(|at| (at, Secret::Parameter));
    let authority = behind(AUTHORITY).map(|at| (at, Secret::Authority));
    let debugged = behind(DEBUGGED).map(|at| (at, Secret::Debugged));
    parameter
        .into_iter()
        .chain(authority)
        .chain(debugged)
        .min_by_key(|(at, _)| *at)
}

/// What is shown of an authority, and how many bytes of the text that stands for. `before` ends with its scheme.
fn authority(text: &str, before: &str) -> (String, usize) {
    let word = &text[..end(text, |_| false)];
    let Some(at) = word.rfind('@') else {
        return (String::new(), 0);
    };
    match word[..at].split_once(':') {
        Some((user, _)) => (format!("{user}:{MASK}"), at),
        // In a path, too, an @ may stand; a token has no slash.
        None if TOKENS.iter().any(|it| before.ends_with(it)) && !word[..at].contains('/') => {
            (MASK.to_owned(), at)
        }
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

/// The quotation marks around it have a backslash each where all of it stands in a string of JSON.
fn debugged(text: &str) -> (String, usize) {
    let Some((before, _)) = text.split_once('"') else {
        return (String::new(), 0);
    };
    // Line ends where it is shown on many lines.
    let is_string = |letter: char| letter.is_whitespace() || matches!(letter, '\\' | 'n');
    if !before.chars().all(is_string) {
        return (String::new(), 0);
    }
    let mark = if before.ends_with('\\') { "\\\"" } else { "\"" };
    let begins = before.len() + 1;
    let mut ends = text[begins..].match_indices(mark);
    let end = ends.find(|(at, _)| !text[begins..begins + at].ends_with('\\'));
    let length = end.map_or(text.len(), |(at, _)| begins + at);
    (format!("{}{MASK}", &text[..begins]), length)
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
            ("https://secret@h/x", "https://***@h/x"),
            ("HTTP://U:Secret@h", "HTTP://U:***@h"),
            ("PGPASSWORD=secret psql", "PGPASSWORD=*** psql"),
            ("/x?Access_Token=secret&y=1", "/x?Access_Token=***&y=1"),
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
            "https://example.org/@teller",
            "12 tokens = 48 bytes",
            "password= is empty",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    #[test]
    fn what_a_url_or_a_driver_shows_for_debugging_is_masked_as_well() {
        let (url, pretty) = (
            url::Url::parse("http://teller:hunter2@h/x").unwrap(),
            "P {\n    password: Some(\n        \"hun\\\"ter2\",\n    ),\n    port: 5,\n}",
        );
        let options: sqlx::postgres::PgConnectOptions =
            "postgres://teller:hunter%222@h/d".parse().unwrap();
        for text in [
            format!("{url:?}"),
            format!("{url:#?}"),
            format!("{options:?}"),
            pretty.to_owned(),
        ] {
            for text in [serde_json::json!({ "message": &text }).to_string(), text] {
                let shown = masked(&text);
                assert!(
                    !shown.contains("hun") && !shown.contains("ter2"),
                    "{shown} of {text}"
                );
                assert!(shown.contains("port: "), "{shown} of {text}");
            }
        }
        let none = "Url { password: None, host: Some(Domain(\"h\")) }";
        assert_eq!(masked(none), none);
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
