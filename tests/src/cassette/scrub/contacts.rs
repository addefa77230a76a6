//! How people can be reached: e-mail addresses and telephone numbers.
//!
//! Rather too much than too little is taken for one: a number that is none costs a posting a few digits, one that is
//! overlooked is a person's.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Stands for every e-mail address. Nobody can have it (RFC 2606).
pub const MAIL: &str = "person@example.invalid";
/// Stands for every telephone number. No country has that code.
pub const PHONE: &str = "+00 000 0000000";

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and a test uses each"
)]
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a valid pattern")
}

/// The sign may be written as HTML or an address has it, or in the ways that are meant to hide it. Addresses with nothing
/// between them are taken out as one: what stood for each would run into the next, and be found again.
static MAILS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:[a-z0-9._%+'\p{L}-]+(?:@|&\#64;|&\#x40;|&commat;|%40|\s?[(\[]\s?(?:at|ät)\s?[)\]]\s?)[a-z0-9\p{L}-]+(?:(?:\.|\s?[(\[]\s?(?:dot|punkt)\s?[)\]]\s?)[a-z0-9\p{L}-]+)*(?:\.|\s?[(\[]\s?(?:dot|punkt)\s?[)\]]\s?)\p{L}{2,})+",
    )
});

/// With the code of a country; with a label that says so; with an area code that begins with 0, or three, three and four
/// digits. One pattern, so that what one of them has taken out is not found by the next. What stands before is kept.
static NUMBERS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?ix)
        (?<international> \+\s?\(?\d[\d\ \u{a0}()./–-]{5,}\d )
        | (?<label> \b(?:tel|telefon|telephone|phone|mobile|mobil|handy|fax|whatsapp)\b
                    \.?(?:\s?(?:number|no\.?|nr\.?|nummer))?\s?:?\s? )
          (?<labelled> \(?\d[\d\ \u{a0}()./–-]{4,}\d )
        | (?<before> ^|[^\w.,+/–-] )
          (?<national> \(?0\d{1,5}\)?[\ \u{a0}/–-]{1,3}\d[\d\ \u{a0}/–-]{3,}\d
                     | \(\d{3}\)\s?\d{3}[\ .-]\d{4}
                     | \d{3}[\ .-]\d{3}[\ .-]\d{4} ) \b",
    )
});

/// A day is written with slashes, too.
static DATE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^\d{1,2}[ ./-]\d{1,2}[ ./-]\d{2}(?:\d{2})?$"));

/// The text with both taken out.
pub(super) fn without_contacts(text: &str) -> Cow<'_, str> {
    let shown = MAILS.replace_all(text, MAIL);
    // Most of what passes here has not enough digits for a number.
    if shown.bytes().filter(u8::is_ascii_digit).count() < FEWEST_DIGITS {
        return shown;
    }
    match NUMBERS.replace_all(&shown, without_number) {
        Cow::Owned(replaced) => Cow::Owned(replaced),
        Cow::Borrowed(_) => shown,
    }
}

/// A number of fewer digits reaches nobody.
const FEWEST_DIGITS: usize = 6;

fn without_number(found: &Captures<'_>) -> String {
    let part = |name| found.name(name).map(|it| it.as_str());
    let number = part("labelled").or_else(|| part("national"));
    if number.is_some_and(|number| DATE.is_match(number)) {
        return found[0].to_owned();
    }
    let kept = part("label").or_else(|| part("before")).unwrap_or_default();
    format!("{kept}{PHONE}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_out_however_it_is_written() {
        for written in [
            "jane.doe@db.com",
            "Jane_Doe+jobs@careers.example.co.uk",
            "jürgen.müller@bank.de",
            "jane.doe&#64;db.com",
            "jane.doe%40db.com",
            "jane.doe (at) db.com",
            "jane.doe [at] db [dot] com",
            "jane.doe@db.com+jane.doe@db.com",
        ] {
            let text = format!("Ask {written}, or nobody.");
            assert_eq!(without_contacts(&text), format!("Ask {MAIL}, or nobody."));
        }
    }

    #[test]
    fn a_number_is_taken_out_however_it_is_written() {
        for written in [
            "+49 69 910-00",
            "+49 (0)69 910 12345",
            "+44 20 7545 8000",
            "+1.212.250.2500",
            "069 910 12345",
            "(069) 910-12345",
            "0800/123 4567",
            "(212) 250-2500",
            "212-250-2500",
        ] {
            let text = format!("Call {written} today.");
            assert_eq!(
                without_contacts(&text),
                format!("Call {PHONE} today."),
                "{written}"
            );
        }
        for label in ["Tel.: ", "Phone ", "Telefon: ", "Fax No. ", "mobile: "] {
            let text = format!("{label}910123");
            assert_eq!(without_contacts(&text), format!("{label}{PHONE}"));
        }
    }

    #[test]
    fn figures_that_reach_nobody_stay() {
        for text in [
            "R0400001 of 2026-11-26, 08:30 to 17:00",
            "EUR 1,200,000.00 in 2024-2025",
            "by 01/02/2026, or 01.02.2026, or 05-06-2026",
            "100 000 to 250 000 customers; ISO 27001; 10-12 people",
            "an offset of 0400 12",
            "a @ b, @home, C++ 17, 24/7",
            "job/Pune/Engineer_R0400001-1",
        ] {
            assert_eq!(without_contacts(text), text);
        }
    }
}
