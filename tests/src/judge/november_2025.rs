//! The run that was declared a success, judged.

use super::{Exit, Requirements, Standing, judge};
use crate::record::november_2025::november_2025;

/// What each criterion says of it.
const STANDINGS: [(&str, Standing); 16] = [
    // Set to completed by hand, after the run; the system had completed none.
    ("postings_completed", Standing::Red),
    ("completion_rate", Standing::Red),
    ("nothing_unfinished", Standing::Red),
    // Of no completed posting nothing can be said.
    ("completed_postings_have_all_data", Standing::NoData),
    ("interaction_count", Standing::NoData),
    ("summary_completeness", Standing::Target),
    ("skills_completeness", Standing::Red),
    ("ihl_score_completeness", Standing::Red),
    ("ihl_category_completeness", Standing::Red),
    // Too fast by the plan's own range, for the saving was left out; not by ours, where fast is good.
    ("total_duration", Standing::Target),
    ("average_per_posting", Standing::Target),
    // Reported as perfect: 0.000 ms between two rows of one transaction.
    ("grades_overlap", Standing::Red),
    ("grades_overlap_on_server", Standing::NoData),
    ("grade_gap", Standing::NoData),
    ("watchdog_interventions", Standing::Target),
    ("no_database_errors", Standing::Target),
];

#[test]
fn the_run_that_was_declared_a_success_is_judged_by_what_it_did() {
    let judgement = judge(&november_2025(), &Requirements::none());
    for (criterion, standing) in STANDINGS {
        let verdict = judgement.verdict(criterion).unwrap();
        assert_eq!(verdict.standing, standing, "{verdict:#?}");
    }
    assert_eq!(judgement.exit(), Exit::Missed);
}

#[test]
fn what_was_measured_is_what_was_published() {
    let judgement = judge(&november_2025(), &Requirements::none());
    let measured = |criterion| {
        judgement
            .verdict(criterion)
            .unwrap()
            .measured
            .unwrap()
            .to_string()
    };
    assert_eq!(measured("postings_completed"), "0");
    assert_eq!(measured("total_duration"), "2.06 h");
    assert_eq!(measured("average_per_posting"), "148.4 s");
    assert_eq!(measured("grades_overlap"), "0 %");
    assert_eq!(measured("summary_completeness"), "100 %");
}
