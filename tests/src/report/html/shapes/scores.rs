//! How the IHL scores spread over their scale.

use std::collections::BTreeMap;

use super::quartiles::Quartiles;
use crate::judge::evidence::Evidence;

/// The scale.
const SCALE: std::ops::RangeInclusive<i32> = 0..=10;

/// The scores of a batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scores {
    /// How many postings have each score of the scale, from 0 on.
    pub(crate) bins: Vec<(i32, usize)>,
    /// Postings whose score is not on the scale.
    pub(crate) off_the_scale: usize,
    /// Postings without one.
    pub(crate) without: usize,
    /// How many postings are in each category, the fullest first.
    pub(crate) categories: Vec<(String, usize)>,
    pub(crate) told: Option<Quartiles>,
}

/// More kinds of categories than this are no categories; the others are counted together.
const CATEGORIES_AT_MOST: usize = 8;

impl Scores {
    pub(crate) fn of(evidence: &Evidence<'_>) -> Self {
        let scores: Vec<i32> = evidence.postings().filter_map(|it| it.ihl_score).collect();
        let count = |score| scores.iter().filter(|it| **it == score).count();
        let values: Vec<f64> = scores.iter().map(|score| f64::from(*score)).collect();
        Self {
            bins: SCALE.map(|score| (score, count(score))).collect(),
            off_the_scale: scores.iter().filter(|it| !SCALE.contains(it)).count(),
            without: evidence.size().saturating_sub(scores.len()),
            categories: categories(evidence),
            told: Quartiles::of(&values),
        }
    }

    /// The height of the highest bar.
    pub(crate) fn highest(&self) -> usize {
        self.bins.iter().map(|(_, count)| *count).max().unwrap_or(0)
    }
}

fn categories(evidence: &Evidence<'_>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for category in evidence
        .postings()
        .filter_map(|it| it.ihl_category.as_deref())
    {
        *counts.entry(category).or_default() += 1;
    }
    let mut counts: Vec<(String, usize)> = counts
        .into_iter()
        .map(|(category, count)| (category.to_owned(), count))
        .collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    if counts.len() > CATEGORIES_AT_MOST {
        let others: usize = counts
            .drain(CATEGORIES_AT_MOST..)
            .map(|(_, count)| count)
            .sum();
        counts.push(("others".to_owned(), others));
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::doctored;

    #[test]
    fn every_score_is_counted_once_and_none_is_made_up() {
        let mut record = doctored::healthy();
        record.postings[0].ihl_score = None;
        record.postings[1].ihl_score = Some(11);
        let scores = Scores::of(&Evidence::of(&record));
        let on_the_scale: usize = scores.bins.iter().map(|(_, count)| count).sum();
        assert_eq!(
            (on_the_scale, scores.off_the_scale, scores.without),
            (48, 1, 1)
        );
        assert_eq!(scores.bins.len(), 11);
        assert!(scores.highest() >= 5);
    }

    #[test]
    fn answers_that_are_no_categories_are_counted_together() {
        let mut record = doctored::healthy();
        for (count, posting) in record.postings.iter_mut().enumerate().take(20) {
            posting.ihl_category = Some(format!("made up {count}"));
        }
        let scores = Scores::of(&Evidence::of(&record));
        assert_eq!(scores.categories.len(), CATEGORIES_AT_MOST + 1);
        let all: usize = scores.categories.iter().map(|(_, count)| count).sum();
        assert_eq!(all, 50);
    }
}
