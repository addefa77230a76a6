//! Reading the list of postings to its end, no further, and knowing whether all of it was seen.
//!
//! Workday tells the total on the first page only (later pages say 0), answers an offset past the end with the
//! first page again, and shows a posting twice or not at all when the list moves between two pages. Hence the
//! rule: stop at the total, at a short or empty page, or at a page that brings nothing new.

use std::collections::HashSet;

use serde_json::Value;

use super::error::ShapeError;
use super::identity::requisition_id;
use super::text::one_spaced;

/// Postings on a page. Workday rejects more with status 400.
pub const PAGE_SIZE: usize = 20;

/// Distinct postings and total may differ by this many percent, as the list moves while it is read (about 1 %
/// is usual).
const TOLERATED_PERCENT: usize = 2;

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListEntry {
    /// The requisition id.
    pub id: String,
    /// The path of its detail, from the site's root.
    pub path: String,
    /// The title as listed.
    pub title: Option<String>,
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    total: Option<usize>,
    entries: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    id: Option<String>,
    path: Option<String>,
    title: Option<String>,
}

impl ListPage {
    /// Reads a list answer.
    ///
    /// # Errors
    ///
    /// [`ShapeError`] if `jobPostings` is not a list. Within an entry every field may be missing: tenants differ.
    pub fn read(answer: &Value) -> Result<Self, ShapeError> {
        let postings = answer.get("jobPostings");
        let Some(entries) = postings.and_then(Value::as_array) else {
            return Err(ShapeError::new("jobPostings", "a list", postings));
        };
        let total = answer.get("total").and_then(Value::as_u64);
        Ok(Self {
            total: total.and_then(|total| usize::try_from(total).ok()),
            entries: entries.iter().map(Line::read).collect(),
        })
    }
}

impl Line {
    fn read(entry: &Value) -> Self {
        // What only a site's bug or malice puts there, a NUL above all, must not come as far as the database.
        let text = |key: &str| {
            let value = one_spaced(entry.get(key)?.as_str()?);
            (!value.is_empty()).then_some(value)
        };
        let bullets: Vec<String> = entry
            .get("bulletFields")
            .and_then(Value::as_array)
            .map(|fields| {
                fields
                    .iter()
                    .filter_map(Value::as_str)
                    .map(one_spaced)
                    .collect()
            })
            .unwrap_or_default();
        let path = text("externalPath");
        Self {
            id: requisition_id(&bullets, path.as_deref()).or(path.clone()),
            path,
            title: text("title"),
        }
    }
}

/// How far the list has been read.
#[derive(Debug, Default)]
pub struct Listing {
    total: Option<usize>,
    offset: usize,
    seen: HashSet<String>,
    duplicates: usize,
    without_path: usize,
    ended: bool,
}

impl Listing {
    /// The postings that the first page announced; `None` before it, or if it gave no number to believe.
    pub fn total(&self) -> Option<usize> {
        self.total
    }

    /// Where the next page starts.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Entries that named a posting seen before.
    pub fn duplicates(&self) -> usize {
        self.duplicates
    }

    /// Entries that cannot be looked up, for they have no path.
    pub fn without_path(&self) -> usize {
        self.without_path
    }

    /// Whether there is nothing more to read.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// Takes the page at [`offset`](Self::offset) in, and returns its new postings in their order.
    pub fn take(&mut self, page: ListPage) -> Vec<ListEntry> {
        if self.offset == 0 {
            // A total of 0 above a page of postings is no number to believe.
            self.total = page
                .total
                .filter(|&total| total > 0 || page.entries.is_empty());
        }
        let length = page.entries.len();
        let seen_before = self.seen.len();
        let fresh = page
            .entries
            .into_iter()
            .filter_map(|line| self.take_line(line))
            .collect();
        self.offset += length;
        self.ended = length < PAGE_SIZE
            || self.seen.len() == seen_before
            || self.total.is_some_and(|total| self.offset >= total);
        fresh
    }

    fn take_line(&mut self, line: Line) -> Option<ListEntry> {
        let Line {
            id: Some(id),
            path,
            title,
        } = line
        else {
            self.without_path += 1;
            return None;
        };
        if !self.seen.insert(id.clone()) {
            self.duplicates += 1;
            return None;
        }
        if path.is_none() {
            self.without_path += 1;
        }
        Some(ListEntry {
            id,
            path: path?,
            title,
        })
    }

    /// Why the list that was read to its end cannot be taken for the whole one, if so. `None` before the end:
    /// stopping early is no fault of the list.
    pub fn incomplete(&self) -> Option<String> {
        if !self.ended {
            return None;
        }
        let read = self.seen.len();
        let Some(total) = self.total else {
            return Some(format!(
                "the list ended after {read} postings, and its first page gave no total to compare with"
            ));
        };
        let differs = read.abs_diff(total) * 100 > TOLERATED_PERCENT * total;
        differs.then(|| {
            format!("the list ended after {read} different postings, but its first page announced {total}")
        })
    }
}

#[cfg(test)]
mod tests;
