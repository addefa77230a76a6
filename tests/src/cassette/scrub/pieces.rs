//! A text that comes in pieces: an address may begin in one and end in the next.

use super::scrub;

/// The pieces of a text, changed so that together they are the scrubbed text. Pieces in which nothing is taken out stay
/// as they are; of the others the first takes what the rest leaves.
pub fn scrubbed_pieces<S: AsRef<str>>(pieces: &[S]) -> Vec<String> {
    let whole: String = pieces.iter().map(AsRef::as_ref).collect();
    let scrubbed = scrub(&whole);
    if scrubbed == whole {
        return pieces.iter().map(|it| it.as_ref().to_owned()).collect();
    }
    let (start, kept) = unchanged(&whole, &scrubbed);
    let end = whole.len() - kept;
    let mut middle = Some(&scrubbed[start..scrubbed.len() - kept]);
    let mut at = 0;
    let mut changed = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let piece = piece.as_ref();
        let until = at + piece.len();
        let before = &piece[..start.clamp(at, until) - at];
        let after = &piece[end.clamp(at, until) - at..];
        let here = if until > start || until == whole.len() {
            middle.take()
        } else {
            None
        };
        changed.push([before, here.unwrap_or_default(), after].concat());
        at = until;
    }
    changed
}

/// How many bytes two texts share at the beginning, and how many of the rest at the end.
fn unchanged(a: &str, b: &str) -> (usize, usize) {
    let alike = a.chars().zip(b.chars()).take_while(|(a, b)| a == b);
    let start = alike.map(|(letter, _)| letter.len_utf8()).sum();
    let (a, b): (&str, &str) = (&a[start..], &b[start..]);
    let alike = a.chars().rev().zip(b.chars().rev());
    let alike = alike.take_while(|(a, b)| a == b);
    (start, alike.map(|(letter, _)| letter.len_utf8()).sum())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::cassette::scrub::{MAIL, scrubbed_text};

    #[test]
    fn an_address_in_several_pieces_is_taken_out() {
        let pieces = ["Ask ", "jane", ".doe@", "db.com", " or", " nobody."];
        let scrubbed = scrubbed_pieces(&pieces);
        assert_eq!(scrubbed.concat(), format!("Ask {MAIL} or nobody."));
        assert_eq!(scrubbed.len(), pieces.len());
        assert_eq!(
            (scrubbed[0].as_str(), scrubbed[5].as_str()),
            ("Ask ", " nobody.")
        );
    }

    #[test]
    fn pieces_without_one_stay_as_they_are() {
        let pieces = ["Ask ", "", "nobody", "."];
        assert_eq!(scrubbed_pieces(&pieces), pieces);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn together_the_pieces_are_the_scrubbed_text(
            pieces in prop::collection::vec("([a-zä .@+0-9-]|jane\\.doe@db\\.com|\\+49 69 910-0){0,6}", 0..8),
        ) {
            let scrubbed = scrubbed_pieces(&pieces);
            prop_assert_eq!(scrubbed.len(), pieces.len());
            prop_assert_eq!(scrubbed.concat(), scrubbed_text(&pieces.concat()));
        }
    }
}
