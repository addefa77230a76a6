//! What stands under the head of a summary: of another posting, although the head is right.

use std::collections::BTreeSet;

use super::{super::index::Index, ROLE_LABELS};
use crate::{judge::words::words, record::Posting};

/// What else summaries call the lines of their heads.
const HEAD_LABELS: [&str; 7] = [
    "company", "firma", "location", "standort", "ort", "job id", "id",
];

/// The bodies of all summaries, laid over all descriptions.
pub(super) struct Bodies<'p> {
    postings: &'p [&'p Posting],
    index: Index,
}

impl<'p> Bodies<'p> {
    pub(super) fn of(postings: &'p [&'p Posting]) -> Self {
        Self {
            postings,
            index: Index::of(postings, said),
        }
    }

    /// The posting whose description the body at `place` repeats, where it hardly touches that of its own. As with
    /// skills, a summary in other words convicts nobody; and one in another language touches no description but those
    /// in that language.
    pub(super) fn foreign_at(&self, place: usize) -> Option<String> {
        let home = self.postings[self.index.better_home(place)?];
        speaks_its_language(self.postings[place])
            .then(|| format!("says under its head what posting {} says", home.posting_id))
    }
}

/// Words of up to so many letters are mostly those that a language is recognised by: "the", "of", "und".
const SHORT: usize = 3;

/// One of so many short words of a summary stands in the description, where both are in one language.
const SHARED: usize = 3;

/// Whether a summary's body is in the language of its posting's description.
fn speaks_its_language(posting: &Posting) -> bool {
    let mut short = said(posting);
    short.retain(|word| word.chars().count() <= SHORT && word.chars().all(char::is_alphabetic));
    let there: BTreeSet<String> = words(&posting.description).into_iter().collect();
    let shared = short.iter().filter(|word| there.contains(*word)).count();
    shared > 0 && shared * SHARED >= short.len()
}

/// The words of a summary, without the lines that name role, place and id.
fn said(posting: &Posting) -> Vec<String> {
    let summary = posting.extracted_summary.as_deref().unwrap_or_default();
    let body = summary.lines().filter(|line| !is_head(line));
    let mut said: Vec<String> = body.flat_map(words).collect();
    said.sort_unstable();
    said.dedup();
    said
}

fn is_head(line: &str) -> bool {
    let decoration: &[char] = &['*', '#', '-', ' ', '_', '>'];
    line.split_once(':').is_some_and(|(label, value)| {
        let label = label.trim_matches(decoration).to_lowercase();
        let labels = ROLE_LABELS.iter().chain(&HEAD_LABELS);
        !value.trim_matches(decoration).is_empty() && labels.into_iter().any(|it| *it == label)
    })
}
