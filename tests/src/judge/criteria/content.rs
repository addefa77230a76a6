//! Whether what was written is what was wanted, about the posting it stands under, and what the steps really answered.

mod about;
mod form;
mod index;
mod prompts;
mod saved;
mod scores;
mod skills;

pub(super) use about::SUMMARY_ABOUT_POSTING;
pub(super) use form::SUMMARY_FORM;
pub(super) use prompts::PROMPTS_ARE_WHOLE;
pub(super) use saved::SAVED_DATA_IS_ITS_OWN;
pub(super) use scores::{IHL_SCORE_MEAN, IHL_SCORE_SPREAD};
pub(super) use skills::SKILLS_FROM_POSTING;

use crate::{
    judge::{evidence::Evidence, reading::Reading},
    record::{Posting, Texts},
};

/// The completed postings, and which of them are missing in the record.
struct Completed<'r> {
    postings: Vec<&'r Posting>,
    lost: Vec<i64>,
}

impl<'r> Completed<'r> {
    fn of(evidence: &Evidence<'r>) -> Self {
        let mut completed = Self {
            postings: Vec::new(),
            lost: Vec::new(),
        };
        for id in evidence.completed_postings() {
            match evidence.posting(id) {
                Some(posting) => completed.postings.push(posting),
                None => completed.lost.push(id),
            }
        }
        completed
    }

    /// All of them, there or not.
    fn count(&self) -> usize {
        self.postings.len() + self.lost.len()
    }

    /// What was not seen may have been at fault: without it, a reading is no pass.
    fn unless_lost(&self, evidence: &Evidence<'_>, reading: Reading) -> Reading {
        if self.lost.is_empty() {
            evidence.unless_runs_missing(reading)
        } else {
            reading.at_least()
        }
    }
}

/// The reading of a record that has no texts to look at.
fn without_texts(evidence: &Evidence<'_>) -> Option<Reading> {
    let reason = match evidence.record.texts {
        Texts::Kept => return None,
        Texts::Redacted => "the texts were taken out of the record",
        Texts::Unknown => "the record's source did not give the texts",
    };
    Some(Reading::cannot_show(reason))
}

/// A text short enough for a note.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
    }
}
