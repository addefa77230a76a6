//! Every criterion of the plan, one family a file. A criterion is a row of [`RULES`]; nothing else knows it.

mod bookkeeping;
mod completeness;
mod completion;
mod content;
mod duration;
mod gap;
mod overlap;
mod watchdog;

use super::criterion::Rule;

/// The criteria in the order of the verdicts: the plan's Success Declaration, its tables, what it says beside.
pub(crate) static RULES: [Rule; 23] = [
    completion::POSTINGS_COMPLETED,
    completeness::COMPLETED_POSTINGS_HAVE_ALL_DATA,
    duration::TOTAL_DURATION,
    overlap::GRADES_OVERLAP,
    overlap::GRADES_OVERLAP_ON_SERVER,
    gap::GRADE_GAP,
    watchdog::WATCHDOG_INTERVENTIONS,
    completion::COMPLETION_RATE,
    completeness::SUMMARY,
    completeness::SKILLS,
    completeness::IHL_SCORE,
    completeness::IHL_CATEGORY,
    duration::AVERAGE_PER_POSTING,
    bookkeeping::NO_DATABASE_ERRORS,
    bookkeeping::NOTHING_UNFINISHED,
    bookkeeping::INTERACTION_COUNT,
    content::SAVED_DATA_IS_ITS_OWN,
    content::PROMPTS_ARE_WHOLE,
    content::SUMMARY_ABOUT_POSTING,
    content::SUMMARY_FORM,
    content::SKILLS_FROM_POSTING,
    content::IHL_SCORE_SPREAD,
    content::IHL_SCORE_MEAN,
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::judge::{Requirements, Standing, doctored, judge};

    #[test]
    fn no_two_criteria_share_an_id() {
        let ids: BTreeSet<_> = RULES.iter().map(|rule| rule.criterion.id).collect();
        assert_eq!(ids.len(), RULES.len());
    }

    #[test]
    fn a_healthy_record_meets_every_target() {
        for verdict in judge(&doctored::healthy(), &Requirements::none()).verdicts {
            assert_eq!(verdict.standing, Standing::Target, "{verdict:#?}");
        }
    }

    #[test]
    fn a_batch_in_which_nothing_happened_has_no_data_for_any_criterion() {
        for verdict in judge(&doctored::empty(), &Requirements::none()).verdicts {
            assert_eq!(verdict.standing, Standing::NoData, "{verdict:#?}");
            assert_eq!(verdict.measured, None);
        }
    }
}
