//! The ids that a summary names: its posting's own and those of others.

use std::collections::HashMap;

use super::super::shortened;
use crate::{judge::evidence::Evidence, record::Posting};

/// An external id as it can be found in a text: its words, whatever stands between them.
pub(super) struct Id<'p> {
    words: Vec<&'p str>,
}

impl<'p> Id<'p> {
    pub(super) fn of(external_id: &'p str) -> Self {
        Self {
            words: alphanumeric(external_id).collect(),
        }
    }

    pub(super) fn stands_in(&self, text: &str) -> bool {
        let text: Vec<&str> = alphanumeric(text).collect();
        let same = |window: &[&str]| {
            let mut both = window.iter().zip(&self.words);
            both.all(|(one, other)| one.eq_ignore_ascii_case(other))
        };
        !self.words.is_empty() && text.windows(self.words.len()).any(same)
    }
}

/// The batch's external ids.
pub(super) struct Ids<'p> {
    postings: HashMap<String, &'p Posting>,
}

impl<'p> Ids<'p> {
    pub(super) fn of(evidence: &Evidence<'p>) -> Self {
        let telling = |posting: &&Posting| is_telling(&posting.external_id);
        let postings = evidence.postings().filter(telling);
        Self {
            postings: postings
                .map(|posting| (posting.external_id.to_lowercase(), posting))
                .collect(),
        }
    }

    /// An id in the summary that is another's: one of the batch's, or one of the same form as the posting's own. An
    /// id that the posting itself speaks of is its own affair.
    pub(super) fn foreign_in(&self, summary: &str, posting: &Posting) -> Option<String> {
        let own = posting.external_id.to_lowercase();
        let form = form(&own);
        alphanumeric(summary)
            .filter(|word| word.contains(|it: char| it.is_ascii_digit()))
            .find_map(|word| {
                let id = word.to_lowercase();
                let other = self.postings.get(&id);
                let of_same_form = is_unmistakable(&own) && self::form(&id) == form;
                if id == own || !(other.is_some() || of_same_form) {
                    return None;
                }
                if posting.description.contains(word) || posting.title.contains(word) {
                    return None;
                }
                Some(match other {
                    Some(other) => format!(
                        "names {word}, which is posting {}, \"{}\"",
                        other.posting_id,
                        shortened(&other.title)
                    ),
                    None => format!("names {word} and not {}", posting.external_id),
                })
            })
    }
}

fn alphanumeric(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// "12" is a number of months sooner than somebody's id.
fn is_telling(id: &str) -> bool {
    const SHORTEST: usize = 5;
    id.len() >= SHORTEST && id.contains(|it: char| it.is_ascii_digit())
}

/// Letters and so many digits are no date, no sum of money and no telephone number.
fn is_unmistakable(id: &str) -> bool {
    const DIGITS: usize = 4;
    id.chars().filter(char::is_ascii_digit).count() >= DIGITS
        && id.contains(|it: char| it.is_alphabetic())
}

/// Where an id has digits and where letters.
fn form(id: &str) -> String {
    let class = |letter: char| if letter.is_ascii_digit() { '0' } else { letter };
    id.chars().map(class).collect()
}
