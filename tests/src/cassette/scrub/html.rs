//! HTML, in which a tag may stand in the middle of an address.

use std::sync::LazyLock;

use regex::Regex;

use super::{pieces::scrubbed_pieces, scrubbed_text};

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and a test uses each"
)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a valid pattern")
}

static TAG: LazyLock<Regex> = LazyLock::new(|| pattern("<[^<>]*>"));

/// Tags that do not end a word.
static WITHIN_A_WORD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^</?(?:a|abbr|b|bdi|big|cite|code|em|font|i|mark|q|s|small|span|strong|sub|sup|u|wbr)\b",
    )
});

/// HTML without secrets and contact details, also where a tag parts them.
pub fn scrubbed_html(html: &str) -> String {
    let html = scrubbed_text(html);
    let mut out = String::with_capacity(html.len());
    let mut run = Run::default();
    let mut at = 0;
    for tag in TAG.find_iter(&html) {
        run.texts.push(&html[at..tag.start()]);
        at = tag.end();
        if WITHIN_A_WORD.is_match(tag.as_str()) {
            run.tags.push(tag.as_str());
        } else {
            run.write(&mut out);
            out.push_str(tag.as_str());
        }
    }
    run.texts.push(&html[at..]);
    run.write(&mut out);
    out
}

/// A stretch of text that no block ends, and the tags between its pieces.
#[derive(Default)]
struct Run<'h> {
    texts: Vec<&'h str>,
    tags: Vec<&'h str>,
}

impl Run<'_> {
    fn write(&mut self, out: &mut String) {
        let texts = scrubbed_pieces(&self.texts);
        let mut tags = self.tags.drain(..);
        for text in texts {
            out.push_str(&text);
            out.push_str(tags.next().unwrap_or_default());
        }
        drop(tags);
        self.texts.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cassette::scrub::{MAIL, PHONE};

    #[test]
    fn an_address_is_taken_out_of_texts_and_of_links() {
        assert_eq!(
            scrubbed_html(
                r#"<p>Ask <a href="mailto:jane@db.com">jane@db.com</a> or +49 69 910-00.</p>"#
            ),
            format!(r#"<p>Ask <a href="mailto:{MAIL}">{MAIL}</a> or {PHONE}.</p>"#)
        );
    }

    #[test]
    fn an_address_that_tags_part_is_taken_out_and_no_tag_is_lost() {
        let scrubbed = scrubbed_html("<p>Ask <b>jane</b>.doe<wbr>@db.com today.</p>");
        assert_eq!(scrubbed, format!("<p>Ask <b>{MAIL}</b><wbr> today.</p>"));
    }

    #[test]
    fn what_a_block_parts_is_no_address() {
        for html in [
            "<p>team jane</p><p>@db.com</p>",
            "a < b and c > d",
            "<li>069</li><li>910 12345</li>",
        ] {
            assert_eq!(scrubbed_html(html), html);
        }
    }
}
