//! What lets somebody in: passwords of addresses, tokens, cookies.
//!
//! Headers are not kept at all. This is for what stands in a path, a body or a message.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::secrets::masked;

/// Stands for every secret.
pub const SECRET: &str = "***";

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and a test uses each"
)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a valid pattern")
}

/// A header that was written into a text.
static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)\b((?:proxy-)?authorization|set-cookie|cookie|x-api-key)(\s?:\s?)[^\r\n"<]+"#)
});

/// A token by its kind, wherever it stands. Of words it is told by its digits, or by its length.
static BEARER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(bearer)( +)(?:[a-z._~+/-]*\d[a-z0-9._~+/-]*|[a-z0-9._~+/-]{20,})=*")
});

/// A parameter that is one.
static PARAMETER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)\b((?:access_|api_|auth_|session_|refresh_)?(?:token|key|secret|signature|sig)|apikey|sessionid|password|pwd)=[^&\s"'<>#]+"#,
    )
});

/// The text with all of them masked.
pub(super) fn without_secrets(text: &str) -> Cow<'_, str> {
    let mut shown = masked(text);
    for (pattern, by) in [
        (&HEADER, "$1$2***"),
        (&BEARER, "$1$2***"),
        (&PARAMETER, "$1=***"),
    ] {
        if let Cow::Owned(masked) = pattern.replace_all(&shown, by) {
            shown = Cow::Owned(masked);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_masked_wherever_it_stands() {
        for (text, shown) in [
            ("https://u:hunter2@h/x", "https://u:***@h/x"),
            ("Authorization: Bearer abc.def.ghi", "Authorization: ***"),
            ("sent Bearer abcdefgh123=", "sent Bearer ***"),
            ("Set-Cookie: a=b; c=d", "Set-Cookie: ***"),
            (
                "/jobs?access_token=abc&limit=20",
                "/jobs?access_token=***&limit=20",
            ),
            ("?api_key=abc", "?api_key=***"),
        ] {
            assert_eq!(without_secrets(text), shown);
            assert!(shown.contains(SECRET));
        }
    }

    #[test]
    fn words_about_secrets_stay() {
        for text in [
            "Basic knowledge of tokens, cookies and bearer certificates",
            "a key = value store",
            "the key to success",
            "/wday/cxs/db/DBWebsite/jobs",
        ] {
            assert_eq!(without_secrets(text), text);
        }
    }
}
