//! A posting as it lies in staging: what was read, what is missing, and the hash of what promotion copies.

use std::fmt;

use serde_json::Value;

/// A description with fewer characters of text than this describes no job (the threshold of the pipeline that
/// the plan was written for; its placeholder rows had 88).
pub const LEAST_DESCRIPTION_CHARS: usize = 100;

/// A description with more characters of text than this is not promoted: no model here would read it whole.
///
/// A context of 8,192 tokens has to hold the description, its summary, the instructions and the answer, and German prose
/// has three characters a token. What does not fit is cut by the server without a word, and refused by us after it was
/// computed for nothing. Of 271 postings of November 2025 one was longer, with 80,968; the next had 12,000 at most.
pub const MOST_DESCRIPTION_CHARS: usize = 16_000;

/// A title or a place with more characters than this is none: it stands in every prompt, and would fill it.
pub const MOST_LINE_CHARS: usize = 500;

/// A requisition id with more characters than this is none. Postgres refuses a key of more than 2,704 bytes, and with it
/// all that is written by the same statement.
pub const MOST_ID_CHARS: usize = 200;

/// A posting read from a source, ready for `postings_staging`.
///
/// It may be promoted only if [`refusals`](Self::refusals) is empty; then title, location and description are
/// all there.
#[derive(Debug, Clone, PartialEq)]
pub struct StagedPosting {
    /// The site's requisition id, never empty.
    pub external_id: String,
    /// The title on one line, entities decoded.
    pub job_title: Option<String>,
    /// The place as the site words it (`Frankfurt Taunusanlage 12`); no city can be cut out of it reliably.
    pub location: Option<String>,
    /// The country by name, from the site's own field: never guessed from the location.
    pub country: Option<String>,
    /// The posting's public page.
    pub posting_url: Option<String>,
    /// `{"external_id": …, "job_description": plain text or null, "detail": the site's answer}`.
    pub raw_data: Value,
    /// [`content_hash`](crate::workflow::content_hash) of id, title, location and description, absent ones taken as empty.
    pub content_hash: String,
    /// Why it must not be promoted; empty if it may.
    pub refusals: Vec<Refusal>,
}

impl StagedPosting {
    /// Whether the posting may be promoted.
    pub fn is_acceptable(&self) -> bool {
        self.refusals.is_empty()
    }

    /// The description as plain text, if there is one.
    pub fn description(&self) -> Option<&str> {
        self.raw_data.get("job_description")?.as_str()
    }
}

/// Why a posting stays in staging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The detail names no title.
    NoTitle,
    /// A title, a place or an id that is longer than any: [`MOST_LINE_CHARS`], [`MOST_ID_CHARS`].
    LineTooLong {
        /// What it is.
        what: &'static str,
        /// The characters it has.
        chars: usize,
        /// The most that it may have.
        most: usize,
    },
    /// The detail has no description, or one without text.
    NoDescription,
    /// The description has fewer than [`LEAST_DESCRIPTION_CHARS`] characters of text.
    DescriptionTooShort {
        /// The characters it has.
        chars: usize,
    },
    /// The description has more than [`MOST_DESCRIPTION_CHARS`] characters of text.
    DescriptionTooLong {
        /// The characters it has.
        chars: usize,
    },
    /// The description is HTML that could not be read.
    UnreadableDescription,
    /// The detail names no location.
    NoLocation,
    /// Nothing in the detail identifies the posting.
    NoExternalId,
    /// The posting is listed, but its detail could not be had.
    NoDetail {
        /// What came instead.
        why: String,
    },
}

impl Refusal {
    /// The reason as a key for counting, without its particulars.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NoTitle => "no_title",
            Self::LineTooLong { .. } => "line_too_long",
            Self::NoDescription => "no_description",
            Self::DescriptionTooShort { .. } => "description_too_short",
            Self::DescriptionTooLong { .. } => "description_too_long",
            Self::UnreadableDescription => "unreadable_description",
            Self::NoLocation => "no_location",
            Self::NoExternalId => "no_external_id",
            Self::NoDetail { .. } => "no_detail",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTitle => out.write_str("the posting has no title"),
            Self::LineTooLong { what, chars, most } => write!(
                out,
                "the posting's {what} has {chars} characters, more than {most}"
            ),
            Self::NoDescription => out.write_str("the posting has no description"),
            Self::DescriptionTooShort { chars } => write!(
                out,
                "the description has {chars} characters of text, fewer than {LEAST_DESCRIPTION_CHARS}"
            ),
            Self::DescriptionTooLong { chars } => write!(
                out,
                "the description has {chars} characters of text, more than the {MOST_DESCRIPTION_CHARS} that the models' \
                 context holds"
            ),
            Self::UnreadableDescription => out.write_str("the description's HTML cannot be read"),
            Self::NoLocation => out.write_str("the posting has no location"),
            Self::NoExternalId => out.write_str("the posting has no requisition id"),
            Self::NoDetail { why } => write!(out, "the posting's detail could not be had: {why}"),
        }
    }
}
