//! A posting's HTML made into plain text that a person and a model can read.

use std::panic::catch_unwind;

use html2text::config;

use super::mojibake::repair;
use super::tangle::is_tangled;

/// The text of an HTML fragment: a line for each paragraph and each bullet (`* `), entities decoded, mojibake
/// repaired, white space normalised, no hard wrapping and no link targets. `None` if the HTML cannot be read, or is
/// nested as no posting is.
pub fn plain_text(html: &str) -> Option<String> {
    let html = repair(html);
    if is_tangled(&html) {
        return None;
    }
    let rendered = render(&html)?;
    // Entities can spell mojibake too (`&Atilde;&frac14;`), which shows only now.
    Some(normalised(&repair(&rendered)))
}

/// A title or a place on one line: entities decoded, mojibake repaired, runs of white space made one space.
/// Empty if there is nothing to read.
pub fn one_line(text: &str) -> String {
    // A title is text, not HTML: in `C++ <senior>` nothing is a tag.
    let text = plain_text(&text.replace('<', "&lt;")).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Removes U+0000, which neither `text` nor `jsonb` of Postgres can hold.
pub fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

fn render(html: &str) -> Option<String> {
    // html2text always wraps. No line of the text has more characters than the HTML it came from, and none is
    // wider than two columns, so at this width it never does.
    let never_wrap = 2 * html.chars().count() + 80;
    // The library is not free of panics (it says `unimplemented!` in places, and counts list items without a
    // check), and one odd posting must not end a batch.
    let rendered = catch_unwind(|| {
        config::rich()
            .raw_mode(true)
            .unicode_strikeout(false)
            .allow_width_overflow()
            .string_from_read(html.as_bytes(), never_wrap)
    });
    rendered.ok()?.ok()
}

/// Lines without blanks at either end or runs of them inside, at most one empty line in a row, none at the ends.
fn normalised(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for line in text.lines() {
        let line = one_spaced(line);
        if line.is_empty() && (result.is_empty() || result.ends_with("\n\n")) {
            continue;
        }
        result.push_str(&line);
        result.push('\n');
    }
    result.truncate(result.trim_end().len());
    result
}

/// A line as it is, without invisible signs, and with one space for each run of white space.
pub(super) fn one_spaced(line: &str) -> String {
    let visible: String = line
        .chars()
        .filter(|&character| !is_invisible(character))
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Controls and zero-width signs: leftovers of editors that only split words for a model.
fn is_invisible(character: char) -> bool {
    (character.is_control() && !character.is_whitespace())
        || matches!(character, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{one_line, plain_text};

    fn text(html: &str) -> String {
        plain_text(html).unwrap()
    }

    #[test]
    fn paragraphs_and_bullets_keep_their_lines() {
        let html = "<p><b>Job Description:</b></p><p>We seek:</p><ul><li>Rust</li><li>SQL<ul><li>Postgres</li></ul></li></ul><p>Apply.</p>";
        assert_eq!(
            text(html),
            "Job Description:\n\nWe seek:\n* Rust\n* SQL\n* Postgres\n\nApply."
        );
    }

    #[test]
    fn entities_are_decoded_once() {
        assert_eq!(
            text("<p>R&amp;D &#39;x&#39; &lt;b&gt; &amp;amp;</p>"),
            "R&D 'x' <b> &amp;"
        );
    }

    #[test]
    fn a_long_line_is_not_wrapped() {
        let words = "word ".repeat(2_000);
        assert_eq!(text(&format!("<p>{words}</p>")), words.trim_end());
        let wide = "銀行 ".repeat(500);
        assert_eq!(text(&format!("<p>{wide}</p>")), wide.trim_end());
    }

    #[test]
    fn links_images_and_styles_leave_only_their_text() {
        let html = r#"<p>See <a href="https://example.com/x">our <i>site</i></a>.<style>p{}</style><script>x()</script></p>"#;
        assert_eq!(text(html), "See our site.");
    }

    #[test]
    fn hard_and_invisible_blanks_become_plain_ones_or_nothing() {
        assert_eq!(text("<p>a&nbsp;\u{202f} b\u{200b}c\t\u{7}d</p>"), "a bc d");
        assert_eq!(
            text("<p>a</p><p> </p><p>&nbsp;</p><br><br><br><p>b</p>"),
            "a\n\nb"
        );
    }

    #[test]
    fn table_cells_keep_their_text_without_borders() {
        let html = "<table><tr><td>Grade</td><td>VP</td></tr></table>";
        assert_eq!(text(html), "Grade\nVP");
    }

    #[test]
    fn mojibake_is_repaired_in_letters_and_in_entities() {
        assert_eq!(
            text("<p>f\u{c3}\u{bc}r &amp; \u{e2}\u{80}\u{93}</p>"),
            "für & –"
        );
        assert_eq!(text("<p>f&Atilde;&frac14;r</p>"), "für");
        assert_eq!(text("<p>für</p>"), "für");
    }

    #[test]
    fn a_title_is_one_line_and_its_angle_brackets_are_text() {
        assert_eq!(one_line("  R&amp;D  Lead\n<senior> "), "R&D Lead <senior>");
        assert_eq!(one_line("&nbsp;"), "");
    }

    #[test]
    #[cfg_attr(
        not(debug_assertions),
        ignore = "only a build with overflow checks panics here"
    )]
    fn html_on_which_the_library_panics_is_no_text() {
        let last_number = i64::MAX;
        let html = format!(r#"<ol start="{last_number}"><li>a</li><li>b</li></ol>"#);
        assert_eq!(plain_text(&html), None);
    }

    #[test]
    fn a_description_of_a_megabyte_survives() {
        let html = format!("<p>{}</p>", "lorem &amp; ipsum ".repeat(60_000));
        assert_eq!(text(&html).len(), "lorem & ipsum ".len() * 60_000 - 1);
    }

    #[test]
    fn html_that_would_exhaust_the_stack_is_no_text() {
        for tag in [
            "<div>",
            "<b>",
            "<blockquote>",
            "<ul><li>",
            "<table><tr><td>",
        ] {
            assert_eq!(plain_text(&tag.repeat(100_000)), None, "{tag}");
            assert!(
                plain_text(&format!("{}x", tag.repeat(60))).is_some_and(|text| text.contains('x')),
                "{tag}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_string_makes_it_panic_or_leaves_a_nul(html in any::<String>()) {
            prop_assert!(!plain_text(&html).unwrap_or_default().contains('\0'));
            prop_assert!(!one_line(&html).contains(['\0', '\n']));
        }

        #[test]
        fn no_tangle_of_tags_makes_it_panic(tags in proptest::collection::vec(
            proptest::sample::select(&["<p>", "</p>", "<ul>", "<ol start=3>", "<li>", "</ul>", "<table>", "<tr>",
                "<td colspan=9>", "<tbody>", "</table>", "<a href=x>", "<sup>", "<pre>", "\n", "a ", "&amp;", "<h2>",
                "<dl><dd>", "<blockquote>", "<img src=x alt=y>", "<svg>", "<br>"][..]), 0..40)) {
            prop_assert!(plain_text(&tags.concat()).is_some());
        }
    }
}
