//! The run that was declared a success, judged.

use chrono::TimeDelta;

use super::{Action, Exit, Judgement, Standing, judge};
use crate::{
    plan::Plan,
    record::{Status, november_2025::november_2025},
};

/// Where each criterion stands; what cannot be judged, whatever the reason.
enum Stands {
    At(Standing),
    NotJudgeable,
}

use Standing::{NoData, Red, Target};
use Stands::{At, NotJudgeable};

/// What each criterion says of it.
const STANDINGS: [(&str, Stands); 38] = [
    // Set to completed by hand, after the run; the system had completed none.
    ("postings_completed", At(Red)),
    ("completion_rate", At(Red)),
    // No run failed, and none ended either.
    ("failure_rate", At(NoData)),
    ("nothing_unfinished", At(Red)),
    // Of no completed posting nothing can be said.
    ("completed_postings_have_all_data", At(NoData)),
    ("summary_completeness", At(Target)),
    ("skills_completeness", At(Red)),
    ("ihl_score_completeness", At(Red)),
    ("ihl_category_completeness", At(Red)),
    ("summary_about_posting", At(NoData)),
    ("summary_form", At(NoData)),
    ("skills_from_posting", At(NoData)),
    ("saved_data_is_its_own", At(NoData)),
    ("prompts_are_whole", NotJudgeable),
    ("ihl_score_spread", At(NoData)),
    ("ihl_score_mean", At(NoData)),
    // Reported as perfect: 0.000 ms between two rows of one transaction.
    ("grades_overlap", At(Red)),
    ("grades_overlap_on_server", At(NoData)),
    ("parallel_saving", At(Red)),
    ("grade_gap", At(NoData)),
    ("server_concurrency", At(NoData)),
    // Too fast by its own plan's range, for the saving was left out; not by ours, where fast is good.
    ("total_duration", At(Target)),
    ("average_per_posting", At(Target)),
    ("model_loads", At(NoData)),
    ("makespan", At(NoData)),
    ("faster_than_baseline", At(Target)),
    ("running_at_a_time", At(Target)),
    ("gpu_utilisation", NotJudgeable),
    ("watchdog_interventions", At(Target)),
    // Nothing in it ever wrote an error down.
    ("no_database_errors", At(NoData)),
    // How often anything was tried again, nobody published.
    ("first_try_rate", At(NoData)),
    ("zero_watchdog_interventions", At(Target)),
    ("retries", At(NoData)),
    ("database_connections", At(NoData)),
    ("interaction_count", At(NoData)),
    ("bookkeeping", At(Red)),
    ("fetched_postings", At(NoData)),
    ("description_length", NotJudgeable),
];

fn judged() -> Judgement {
    judge(&november_2025(), &Plan::builtin().requirements())
}

#[test]
fn the_run_that_was_declared_a_success_is_judged_by_what_it_did() {
    let judgement = judged();
    assert_eq!(judgement.verdicts.len(), STANDINGS.len());
    for (criterion, stands) in STANDINGS {
        let verdict = judgement.verdict(criterion).unwrap();
        match stands {
            At(standing) => assert_eq!(verdict.standing, standing, "{verdict:#?}"),
            NotJudgeable => assert!(
                matches!(verdict.standing, Standing::NotJudgeable { .. }),
                "{verdict:#?}"
            ),
        }
    }
    assert!(judgement.validity.is_valid(), "{:#?}", judgement.validity);
    assert_eq!(judgement.exit(), Exit::Missed);
}

#[test]
fn its_plan_had_no_row_for_what_happened_and_ours_sends_to_the_skills() {
    let Action::FixDataQuality { step } = judged().decision.action else {
        panic!("{:?}", judged().decision);
    };
    assert_eq!(step.unwrap().conversation, 3350);
}

#[test]
fn by_the_range_that_its_own_plan_wrote_it_was_too_fast_to_be_called_anything() {
    let plan = Plan::parse(
        "+++\nid = \"AS-WRITTEN\"\nworkflow = 3001\nbatch_size = 50\n+++\n\n\
         | Metric | Target | Acceptable Range | Red Flag |\n|---|---|---|---|\n\
         | Total duration | 3.6 hours | 3.0 - 5.0 hours | >6 hours |\n\
         | Avg per posting | 260s (4.3 min) | 180s - 300s | >360s (6 min) |\n",
    )
    .unwrap();
    let judgement = judge(&november_2025(), &plan.requirements());
    for criterion in ["total_duration", "average_per_posting"] {
        let verdict = judgement.verdict(criterion).unwrap();
        assert_eq!(verdict.standing, Standing::Gap, "{verdict:#?}");
    }
}

#[test]
fn the_fifty_rows_that_somebody_set_to_completed_are_found_out() {
    let mut record = november_2025();
    let by_hand = record
        .interactions
        .iter()
        .filter_map(|row| row.completed_at)
        .max()
        .map(|end| end + TimeDelta::hours(1));
    for run in &mut record.runs {
        (run.status, run.completed_at) = (Status::Completed, by_hand);
    }
    let judgement = judge(&record, &Plan::builtin().requirements());
    let checks: Vec<&str> = judgement
        .validity
        .doubts
        .iter()
        .map(|doubt| doubt.check)
        .collect();
    assert!(checks.contains(&"edited_rows"), "{checks:?}");
    assert_eq!(judgement.exit(), Exit::Invalid);
}

#[test]
fn what_was_measured_is_what_was_published() {
    let judgement = judged();
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
