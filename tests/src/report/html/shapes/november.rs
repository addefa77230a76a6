//! The run of November 2025, as far as it is something to compare with.

use std::collections::BTreeMap;

use super::durations::seconds_by_step;
use super::fields::{Field, fields};
use super::quartiles::Quartiles;
use crate::judge::evidence::Evidence;
use crate::record::RunRecord;

/// What was published of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct November {
    /// By conversation.
    pub(crate) steps: BTreeMap<i32, Published>,
    pub(crate) fields: Vec<Field>,
}

/// What was published of a step's durations, in seconds. Single durations were not: those in its record are drawn so that
/// these figures hold, and quartiles of them would be made up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Published {
    pub(crate) n: usize,
    pub(crate) mean: f64,
    pub(crate) least: f64,
    pub(crate) greatest: f64,
}

impl November {
    /// Reads the record that comes with the program.
    pub(crate) fn read() -> Self {
        let Ok(record) = serde_json::from_str::<RunRecord>(fixtures::records::NOVEMBER_2025) else {
            return Self::default();
        };
        let evidence = Evidence::of(&record);
        let steps = seconds_by_step(&evidence).into_iter();
        Self {
            steps: steps
                .filter_map(|(step, seconds)| Some((step, Published::of(&seconds)?)))
                .collect(),
            fields: fields(&evidence),
        }
    }

    /// How many postings had a column.
    pub(crate) fn field(&self, column: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.column == column)
    }
}

impl Published {
    fn of(seconds: &[f64]) -> Option<Self> {
        let told = Quartiles::of(seconds)?;
        Some(Self {
            n: told.n,
            mean: told.mean,
            least: told.least,
            greatest: told.greatest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::conversations::{FORMAT, GRADE_A};

    #[test]
    fn the_published_figures_are_those_of_the_record() {
        let november = November::read();
        let rounded = |step| {
            let Published {
                n,
                mean,
                least,
                greatest,
            } = november.steps[&step];
            (n, format!("{mean:.1} {least:.0} {greatest:.0}"))
        };
        assert_eq!(rounded(FORMAT), (50, "56.0 21 170".to_owned()));
        assert_eq!(rounded(GRADE_A), (50, "24.9 17 35".to_owned()));
        assert_eq!(november.steps.len(), 16);
    }

    #[test]
    fn nothing_but_summaries_was_saved() {
        let november = November::read();
        let with = |column| november.field(column).unwrap().with;
        assert_eq!(
            (
                with("extracted_summary"),
                with("skill_keywords"),
                with("ihl_score")
            ),
            (50, 0, 0)
        );
    }
}
