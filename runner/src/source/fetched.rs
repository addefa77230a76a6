//! What a source brought, and what is reported of it.

use std::collections::BTreeMap;

use super::posting::StagedPosting;

/// The outcome of a fetch. Fewer acceptable postings than wanted is no error here: the caller sees it in
/// [`acceptable`](Self::acceptable) and knows what it means for the batch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Fetched {
    /// The postings in the source's order, refused ones included; no requisition id twice.
    pub postings: Vec<StagedPosting>,
    /// How many postings the source says it has, if it says so.
    pub listed: Option<usize>,
    /// Postings that were listed but withdrawn before they could be read.
    pub withdrawn: usize,
    /// Entries that named a posting already seen.
    pub duplicates: usize,
    /// List entries that could not be looked up, for they have no path.
    pub without_path: usize,
    /// Why what was read cannot be taken for all the source has, if it was read to its end and this is so.
    /// Nothing must then be closed on account of its absence.
    pub incomplete: Option<String>,
}

impl Fetched {
    /// The postings that may be promoted.
    pub fn acceptable(&self) -> usize {
        self.postings
            .iter()
            .filter(|posting| posting.is_acceptable())
            .count()
    }

    /// How many postings were refused for each reason; one with two reasons counts under both.
    pub fn refused_by_reason(&self) -> BTreeMap<&'static str, usize> {
        let mut reasons = BTreeMap::new();
        for refusal in self.postings.iter().flat_map(|posting| &posting.refusals) {
            *reasons.entry(refusal.as_str()).or_default() += 1;
        }
        reasons
    }

    /// The mean length of the descriptions, in characters of text, over the acceptable postings; `None` if
    /// there are none.
    pub fn average_description_chars(&self) -> Option<usize> {
        let lengths: Vec<usize> = self
            .postings
            .iter()
            .filter(|posting| posting.is_acceptable())
            .filter_map(StagedPosting::description)
            .map(|description| description.chars().count())
            .collect();
        lengths.iter().sum::<usize>().checked_div(lengths.len())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Fetched;
    use crate::source::detail::{Origin, missing, read};

    fn fetched(descriptions: &[usize]) -> Fetched {
        let posting = |&chars: &usize| {
            let info = json!({"title": "T", "location": "L", "jobReqId": "R1", "jobDescription": "x".repeat(chars)});
            read(json!({ "jobPostingInfo": info }), Origin::Listed("R1")).unwrap()
        };
        Fetched {
            postings: descriptions.iter().map(posting).collect(),
            ..Fetched::default()
        }
    }

    #[test]
    fn the_average_is_of_acceptable_postings_only() {
        assert_eq!(
            fetched(&[200, 400, 5]).average_description_chars(),
            Some(300)
        );
        assert_eq!(fetched(&[5]).average_description_chars(), None);
        assert_eq!(fetched(&[]).average_description_chars(), None);
    }

    #[test]
    fn refusals_are_counted_by_reason() {
        let mut fetched = fetched(&[200, 5, 6, 0]);
        fetched.postings.push(missing("R2", None, "x".to_owned()));
        assert_eq!(fetched.acceptable(), 1);
        assert_eq!(
            fetched.refused_by_reason().into_iter().collect::<Vec<_>>(),
            [
                ("description_too_short", 2),
                ("no_description", 1),
                ("no_detail", 1)
            ]
        );
    }
}
