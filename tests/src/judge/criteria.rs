//! Every criterion of the plan, one family a file. A criterion is a row of [`RULES`]; nothing else knows it.

mod attempts;
mod bookkeeping;
mod books;
mod calls;
mod completeness;
mod completion;
mod concurrency;
mod content;
mod duration;
mod fetch;
mod gap;
mod loads;
mod makespan;
mod overlap;
mod sampled;
mod saving;
mod watchdog;

use super::criterion::Rule;

/// The criteria in the order of the verdicts: the plan's Success Declaration, its tables, what it says beside.
pub(crate) static RULES: [Rule; 38] = [
    completion::POSTINGS_COMPLETED,
    completeness::COMPLETED_POSTINGS_HAVE_ALL_DATA,
    duration::TOTAL_DURATION,
    overlap::GRADES_OVERLAP,
    overlap::GRADES_OVERLAP_ON_SERVER,
    gap::GRADE_GAP,
    saving::PARALLEL_SAVING,
    watchdog::WATCHDOG_INTERVENTIONS,
    completion::COMPLETION_RATE,
    completeness::SUMMARY,
    completeness::SKILLS,
    completeness::IHL_SCORE,
    completeness::IHL_CATEGORY,
    duration::AVERAGE_PER_POSTING,
    loads::MODEL_LOADS,
    makespan::MAKESPAN,
    concurrency::SERVER_CONCURRENCY,
    bookkeeping::NO_DATABASE_ERRORS,
    bookkeeping::NOTHING_UNFINISHED,
    bookkeeping::INTERACTION_COUNT,
    completion::FAILURE_RATE,
    duration::FASTER_THAN_BASELINE,
    watchdog::ZERO_WATCHDOG_INTERVENTIONS,
    books::BOOKKEEPING,
    attempts::FIRST_TRY_RATE,
    attempts::RETRIES,
    fetch::FETCHED_POSTINGS,
    fetch::DESCRIPTION_LENGTH,
    calls::RUNNING_AT_A_TIME,
    sampled::GPU_UTILISATION,
    sampled::DATABASE_CONNECTIONS,
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
