//! What becomes of each posting of the list: taken, refused, withdrawn, a duplicate, or the end of the fetch.

use std::collections::HashSet;

use super::detail::{self, Origin};
use super::error::SourceError;
use super::fetched::Fetched;
use super::listing::{ListEntry, Listing};
use super::posting::StagedPosting;
use super::reply::Reply;

/// The postings gathered so far.
#[derive(Debug)]
pub(super) struct Gathered {
    wanted: usize,
    acceptable: usize,
    postings: Vec<StagedPosting>,
    ids: HashSet<String>,
    withdrawn: usize,
    duplicates: usize,
    broken_in_a_row: usize,
    most_broken_in_a_row: usize,
}

impl Gathered {
    /// Nothing yet, of `wanted` acceptable postings. When more than `most_broken_in_a_row` details in a row
    /// cannot be had, the site is to blame and not the postings.
    pub(super) fn new(wanted: usize, most_broken_in_a_row: usize) -> Self {
        Self {
            wanted,
            acceptable: 0,
            postings: Vec::new(),
            ids: HashSet::new(),
            withdrawn: 0,
            duplicates: 0,
            broken_in_a_row: 0,
            most_broken_in_a_row,
        }
    }

    /// How many acceptable postings are there.
    pub(super) fn acceptable(&self) -> usize {
        self.acceptable
    }

    /// How many acceptable postings are still wanted.
    pub(super) fn missing(&self) -> usize {
        self.wanted.saturating_sub(self.acceptable)
    }

    /// Takes the answer for one list entry, read at `place`.
    pub(super) fn take(
        &mut self,
        entry: &ListEntry,
        answer: Result<Reply, SourceError>,
    ) -> Result<(), SourceError> {
        match answer {
            Ok(Reply::Withdrawn) => self.withdrawn += 1,
            Ok(Reply::Json(answer)) => match detail::read(answer, Origin::Listed(&entry.id)) {
                Ok(posting) => self.keep(posting),
                Err(problem) => {
                    let place = format!("the detail of {} ({})", entry.id, entry.path);
                    return self.broken(entry, SourceError::Shape { place, problem });
                }
            },
            Err(error) => return self.broken(entry, error),
        }
        self.broken_in_a_row = 0;
        Ok(())
    }

    fn broken(&mut self, entry: &ListEntry, error: SourceError) -> Result<(), SourceError> {
        self.broken_in_a_row += 1;
        let one_posting = match &error {
            SourceError::Site { fault, .. } => fault.concerns_one_posting(),
            _ => true,
        };
        if !one_posting || self.broken_in_a_row > self.most_broken_in_a_row {
            return Err(error);
        }
        self.keep(detail::missing(
            &entry.id,
            entry.title.as_deref(),
            error.to_string(),
        ));
        Ok(())
    }

    fn keep(&mut self, posting: StagedPosting) {
        if !self.ids.insert(posting.external_id.clone()) {
            self.duplicates += 1;
            return;
        }
        self.acceptable += usize::from(posting.is_acceptable());
        self.postings.push(posting);
    }

    /// The outcome, with what the list itself showed.
    pub(super) fn into_fetched(self, listing: &Listing) -> Fetched {
        Fetched {
            postings: self.postings,
            listed: listing.total(),
            withdrawn: self.withdrawn,
            duplicates: self.duplicates + listing.duplicates(),
            without_path: listing.without_path(),
            incomplete: listing.incomplete(),
        }
    }
}
