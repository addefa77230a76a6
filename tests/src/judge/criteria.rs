//! Every criterion of the plan, one question a file. A criterion is a row of [`RULES`], which says its family;
//! nothing else knows it.

mod attempts;
mod bookkeeping;
mod calls;
pub(crate) mod completeness;
mod completion;
mod concurrency;
mod content;
mod database_errors;
pub(super) mod duration;
mod fetch;
mod gap;
mod interaction_count;
pub(super) mod loads;
mod makespan;
pub(super) mod outlooks;
mod overlap;
pub(super) mod sampled;
mod saving;
mod unfinished;
pub(super) mod watchdog;

use super::{criterion::Rule, family::Family};

/// The criteria in the order of the verdicts, each in its family. Within a family the weightier stand first.
pub(crate) static RULES: [(Family, &[Rule]); 8] = [
    (
        Family::Completion,
        &[
            completion::POSTINGS_COMPLETED,
            completion::COMPLETION_RATE,
            completion::FAILURE_RATE,
            unfinished::NOTHING_UNFINISHED,
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
        Family::Content,
        &[
            content::SUMMARY_ABOUT_POSTING,
            content::SUMMARY_FORM,
            content::SKILLS_FROM_POSTING,
            content::SAVED_DATA_IS_ITS_OWN,
            content::PROMPTS_ARE_WHOLE,
            content::IHL_SCORE_SPREAD,
            content::IHL_SCORE_MEAN,
        ],
    ),
    (
        Family::Parallelism,
        &[
            overlap::GRADES_OVERLAP,
            overlap::GRADES_OVERLAP_ON_SERVER,
            saving::PARALLEL_SAVING,
            gap::GRADE_GAP,
            concurrency::SERVER_CONCURRENCY,
        ],
    ),
    (
        Family::Performance,
        &[
            duration::TOTAL_DURATION,
            duration::AVERAGE_PER_POSTING,
            loads::MODEL_LOADS,
            makespan::MAKESPAN,
            duration::FASTER_THAN_BASELINE,
            calls::RUNNING_AT_A_TIME,
            sampled::GPU_UTILISATION,
        ],
    ),
    (
        Family::Stability,
        &[
            watchdog::WATCHDOG_INTERVENTIONS,
            database_errors::NO_DATABASE_ERRORS,
            attempts::FIRST_TRY_RATE,
            watchdog::ZERO_WATCHDOG_INTERVENTIONS,
            attempts::RETRIES,
            sampled::DATABASE_CONNECTIONS,
        ],
    ),
    (
        Family::Bookkeeping,
        &[
            interaction_count::INTERACTION_COUNT,
            bookkeeping::BOOKKEEPING,
        ],
    ),
    (
        Family::Postings,
        &[fetch::FETCHED_POSTINGS, fetch::DESCRIPTION_LENGTH],
    ),
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
    use crate::plan::Plan;
    use crate::record::ServerKind;

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
    fn in_a_replay_nothing_about_time_is_judged_and_everything_else_is() {
        let record = doctored::replayed();
        for verdict in judge(&record, &Requirements::none()).verdicts {
            let (id, standing) = (verdict.criterion.id, &verdict.standing);
            if verdict.criterion.judged_in.contains(&ServerKind::Replayed) {
                assert_eq!(*standing, Standing::Target, "{id}");
            } else {
                assert!(
                    matches!(standing, Standing::NotJudgeable { .. }),
                    "{id}: {standing}"
                );
                assert!(verdict.note.contains("replay"), "{id}: {}", verdict.note);
            }
        }
        let judged_in = |id| {
            let criterion = rules().find(|(_, rule)| rule.criterion.id == id);
            criterion.unwrap().1.criterion.judged_in
        };
        assert!(!judged_in("total_duration").contains(&ServerKind::Replayed));
        assert!(judged_in("postings_completed").contains(&ServerKind::Replayed));
    }

    #[test]
    fn in_a_replay_a_batch_without_data_is_green_nowhere() {
        let mut record = doctored::empty();
        record.mode = doctored::replayed().mode;
        for verdict in judge(&record, &Requirements::none()).verdicts {
            assert!(!verdict.standing.is_met(), "{verdict:#?}");
        }
    }

    #[test]
    fn a_batch_in_which_nothing_happened_has_no_data_for_any_criterion() {
        for verdict in judge(&doctored::empty(), &Requirements::none()).verdicts {
            assert_eq!(verdict.standing, Standing::NoData, "{verdict:#?}");
            assert_eq!(verdict.measured, None);
        }
    }

    #[test]
    fn what_a_criterion_asks_by_itself_is_what_the_built_in_plan_asks() {
        let plan = Plan::builtin().requirements();
        for (_, rule) in rules() {
            let asked = plan.by_criterion[rule.criterion.id];
            assert_eq!(asked.tiers, Some(rule.tiers), "{}", rule.criterion.id);
            assert_eq!(
                asked.enforcement,
                Some(rule.enforcement),
                "{}",
                rule.criterion.id
            );
        }
    }
}
