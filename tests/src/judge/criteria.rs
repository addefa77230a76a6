//! Every criterion of the plan, one family a file. A criterion is a row of [`RULES`], which says its family;
//! nothing else knows it.

mod bookkeeping;
mod completeness;
mod completion;
mod duration;
mod gap;
mod overlap;
mod watchdog;

use super::{criterion::Rule, family::Family};

/// The criteria in the order of the verdicts, each in its family. Within a family the weightier stand first.
pub(crate) static RULES: [(Family, &[Rule]); 6] = [
    (
        Family::Completion,
        &[
            completion::POSTINGS_COMPLETED,
            completion::COMPLETION_RATE,
            bookkeeping::NOTHING_UNFINISHED,
        ],
    ),
    (
        Family::Data,
        &[
            completeness::COMPLETED_POSTINGS_HAVE_ALL_DATA,
            completeness::SUMMARY,
            completeness::SKILLS,
            completeness::IHL_SCORE,
            completeness::IHL_CATEGORY,
        ],
    ),
    (
        Family::Parallelism,
        &[
            overlap::GRADES_OVERLAP,
            overlap::GRADES_OVERLAP_ON_SERVER,
            gap::GRADE_GAP,
        ],
    ),
    (
        Family::Performance,
        &[duration::TOTAL_DURATION, duration::AVERAGE_PER_POSTING],
    ),
    (
        Family::Stability,
        &[
            watchdog::WATCHDOG_INTERVENTIONS,
            bookkeeping::NO_DATABASE_ERRORS,
        ],
    ),
    (Family::Bookkeeping, &[bookkeeping::INTERACTION_COUNT]),
];

/// Every rule with its family, in the order of the verdicts.
pub(crate) fn rules() -> impl Iterator<Item = (Family, &'static Rule)> {
    RULES
        .iter()
        .flat_map(|(family, rules)| rules.iter().map(|rule| (*family, rule)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::judge::{Requirements, Standing, doctored, judge};

    #[test]
    fn no_two_criteria_share_an_id() {
        let ids: BTreeSet<_> = rules().map(|(_, rule)| rule.criterion.id).collect();
        assert_eq!(ids.len(), rules().count());
    }

    #[test]
    fn every_family_stands_once_and_in_the_order_that_a_report_shows() {
        let families: Vec<Family> = RULES.iter().map(|(family, _)| *family).collect();
        assert!(families.is_sorted_by(|a, b| a < b), "{families:?}");
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
