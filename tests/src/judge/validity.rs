//! Whether the evidence can be what it says it is. Apart from the verdicts: a perfect run with edited rows is
//! not a good run but none.

mod account;
mod compute;
mod counts;
mod dates;
mod edits;
mod explained;
mod models;
mod order;
mod possible;
mod rows;
mod surroundings;
mod units;

use serde::Serialize;

use super::{evidence::Evidence, reading::Look};

/// What speaks against the evidence. An incomplete record is not invalid: it says what it is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Validity {
    /// Each reason for doubt; none means valid.
    pub doubts: Vec<Doubt>,
}

/// One reason to doubt the evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Doubt {
    /// The check that found it, in snake case.
    pub check: &'static str,
    /// What was found.
    pub sentence: String,
    /// Where to look first.
    pub look: Vec<Look>,
}

/// How many there are.
pub(super) const CHECKS: usize = 19;

impl Validity {
    pub(crate) fn of(evidence: &Evidence<'_>) -> Self {
        let checks: [fn(&Evidence<'_>) -> Option<Doubt>; CHECKS] = [
            dates::runs_forward,
            order::steps_follow_what_they_read,
            compute::fits_into_the_time_taken,
            compute::every_answer_was_witnessed,
            rows::no_row_is_there_twice,
            rows::one_interaction_a_step,
            rows::one_run_a_posting,
            rows::interactions_belong_to_their_run,
            rows::steps_have_the_actors_of_their_workflow,
            rows::grades_come_in_pairs,
            counts::no_row_was_left_out,
            explained::every_call_is_a_rows,
            edits::nothing_was_edited_afterwards,
            surroundings::nothing_lies_outside_the_batch,
            surroundings::no_other_batch_was_at_work,
            units::durations_are_in_their_units,
            possible::nothing_is_impossible,
            models::models_stayed_what_they_were,
            account::the_record_agrees_with_itself,
        ];
        Self {
            doubts: checks.iter().filter_map(|check| check(evidence)).collect(),
        }
    }

    /// Whether there is no doubt.
    pub fn is_valid(&self) -> bool {
        self.doubts.is_empty()
    }
}

impl Doubt {
    /// A doubt about `found`, if there are any: the sentence is made from their number.
    fn about(
        check: &'static str,
        found: impl IntoIterator<Item = Look>,
        sentence: impl FnOnce(usize) -> String,
    ) -> Option<Self> {
        let mut look: Vec<Look> = found.into_iter().collect();
        if look.is_empty() {
            return None;
        }
        look.sort_unstable();
        let sentence = sentence(look.len());
        look.truncate(super::reading::LOOK_AT_MOST);
        Some(Self {
            check,
            sentence,
            look,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{judge::doctored, record::RunRecord};

    pub(super) fn doubts(record: &RunRecord) -> Vec<&'static str> {
        let validity = Validity::of(&Evidence::of(record));
        validity.doubts.iter().map(|doubt| doubt.check).collect()
    }

    #[test]
    fn a_healthy_record_is_beyond_doubt() {
        assert_eq!(doubts(&doctored::healthy()), Vec::<&str>::new());
    }

    #[test]
    fn a_record_in_which_nothing_happened_is_poor_but_valid() {
        assert_eq!(doubts(&doctored::empty()), Vec::<&str>::new());
    }

    #[test]
    fn an_interrupted_record_is_incomplete_but_valid() {
        assert_eq!(doubts(&doctored::interrupted()), Vec::<&str>::new());
    }
}
