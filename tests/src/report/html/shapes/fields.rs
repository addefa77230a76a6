//! Which postings have what the workflow was run for, field by field.

use crate::judge::criteria::completeness::COLUMNS;
use crate::judge::evidence::Evidence;
use crate::judge::reading::number;

/// A column of the postings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) column: &'static str,
    /// How many postings have it.
    pub(crate) with: usize,
    /// Of the batch's size: a posting that was lost has nothing.
    pub(crate) of: usize,
    /// Stretches of postings in the order of their ids that lack it, each with its first place and its length.
    pub(crate) lacking: Vec<(usize, usize)>,
}

impl Field {
    pub(crate) fn percent(&self) -> f64 {
        if self.of == 0 {
            0.0
        } else {
            number(self.with) * 100.0 / number(self.of)
        }
    }
}

/// The columns that the workflow fills.
pub(crate) fn fields(evidence: &Evidence<'_>) -> Vec<Field> {
    let of = evidence.size();
    let columns = COLUMNS.iter();
    columns
        .map(|(column, has)| {
            let mut have: Vec<bool> = evidence.postings().map(has).collect();
            have.truncate(of);
            // Postings that are not in the record lack everything.
            have.resize(of, false);
            Field {
                column,
                with: have.iter().filter(|it| **it).count(),
                of,
                lacking: stretches(&have),
            }
        })
        .collect()
}

fn stretches(have: &[bool]) -> Vec<(usize, usize)> {
    let mut stretches = Vec::new();
    let mut place = 0;
    for alike in have.chunk_by(|a, b| a == b) {
        if !alike[0] {
            stretches.push((place, alike.len()));
        }
        place += alike.len();
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::doctored;

    #[test]
    fn what_postings_lack_is_told_in_stretches() {
        let mut record = doctored::healthy();
        for place in [3, 4, 5, 49] {
            record.postings[place].skill_keywords = Some(Vec::new());
        }
        let fields = fields(&Evidence::of(&record));
        let skills = fields
            .iter()
            .find(|it| it.column == "skill_keywords")
            .unwrap();
        assert_eq!((skills.with, skills.of), (46, 50));
        assert_eq!(skills.lacking, [(3, 3), (49, 1)]);
        assert!((skills.percent() - 92.0).abs() < 1e-9);
        assert!(fields.iter().filter(|it| it.with == 50).count() == 3);
    }

    #[test]
    fn a_posting_that_is_not_in_the_record_lacks_everything() {
        let mut record = doctored::healthy();
        record.postings.truncate(48);
        for field in fields(&Evidence::of(&record)) {
            assert_eq!((field.with, field.lacking), (48, vec![(48, 2)]));
        }
    }
}
