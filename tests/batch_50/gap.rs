//! The gap's tiers, on three postings at 10:1, where serial grades are seconds apart and parallel ones are not.

use batchproof::judge::{Enforcement, Standing};
use batchproof::trial::TrialSettings;
use libtest_mimic::{Completion, Trial};

use crate::planned::shared_run::{Judged, SharedRun};
use crate::replay::passed_over;

fn three_postings() -> TrialSettings {
    TrialSettings {
        batch_size: 3,
        time_scale: 10.0,
        ..TrialSettings::simulated()
    }
}

/// Grades sent together, as the runner does where both models are resident.
pub(crate) fn parallel() -> (SharedRun, Vec<Trial>) {
    let run = SharedRun::new("gap parallel", three_postings());
    let trials = parallel_trials(&run);
    (run, trials)
}

pub(crate) fn parallel_trials(run: &SharedRun) -> Vec<Trial> {
    vec![
        expect(run, "parallel_grades_are_within_the_target_gap", |judged| {
            stands(judged, "grade_gap", &Standing::Target)
        }),
        expect(run, "parallel_grades_overlap", |judged| {
            stands(judged, "grades_overlap", &Standing::Target)
        }),
        expect(run, "parallel_grades_overlap_on_the_server", |judged| {
            stands(judged, "grades_overlap_on_server", &Standing::Target)
        }),
        expect(run, "a_run_of_three_at_ten_to_one_is_a_success", succeeds),
    ]
}

/// One call in flight altogether: the original's way of running two graders "at once".
pub(crate) fn serial() -> (SharedRun, Vec<Trial>) {
    let settings = TrialSettings {
        max_in_flight: Some(1),
        ..three_postings()
    };
    let run = SharedRun::new("gap serial", settings);
    let trials = serial_trials(&run);
    (run, trials)
}

pub(crate) fn serial_trials(run: &SharedRun) -> Vec<Trial> {
    vec![
        expect(
            run,
            "serial_grades_raise_the_red_flag_of_the_gap",
            |judged| stands(judged, "grade_gap", &Standing::Red),
        ),
        expect(run, "serial_grades_do_not_overlap", |judged| {
            stands(judged, "grades_overlap", &Standing::Red)
        }),
        expect(
            run,
            "serial_grades_do_not_overlap_on_the_server",
            |judged| stands(judged, "grades_overlap_on_server", &Standing::Red),
        ),
        expect(
            run,
            "serial_grades_spoil_no_other_must",
            only_the_grades_are_missed,
        ),
    ]
}

fn expect(
    run: &SharedRun,
    name: &str,
    expectation: impl FnOnce(&Judged) -> Result<(), String> + Send + 'static,
) -> Trial {
    let run = run.clone();
    let as_expected = move || {
        let judged = run.judged()?;
        if let Some(passed_over) = passed_over(&judged.record, "three postings at 10:1") {
            return Ok(passed_over);
        }
        expectation(&judged)?;
        Ok(Completion::Completed)
    };
    Trial::ignorable_test(name, as_expected).with_kind("gap")
}

fn stands(judged: &Judged, criterion: &str, expected: &Standing) -> Result<(), String> {
    let verdict = judged
        .judgement
        .verdict(criterion)
        .ok_or("no such criterion")?;
    if verdict.standing == *expected {
        Ok(())
    } else {
        Err(format!(
            "expected {expected}, found {}: {}",
            verdict.standing, verdict.note
        ))
    }
}

fn succeeds(judged: &Judged) -> Result<(), String> {
    match judged.judgement.exit_code() {
        0 => Ok(()),
        code => Err(format!("expected 0, found {code}: {:#?}", judged.judgement)),
    }
}

fn only_the_grades_are_missed(judged: &Judged) -> Result<(), String> {
    let missed: Vec<&str> = judged
        .judgement
        .verdicts
        .iter()
        .filter(|verdict| verdict.standing.is_missed())
        // What is merely nice, such as the server's concurrency, suffers as well.
        .filter(|verdict| verdict.enforcement != Enforcement::Nice)
        .map(|verdict| verdict.criterion.id)
        .collect();
    let expected = [
        "grades_overlap",
        "grades_overlap_on_server",
        "parallel_saving",
        "grade_gap",
        "server_concurrency",
    ];
    if missed == expected {
        Ok(())
    } else {
        Err(format!("expected {expected:?}, found {missed:?}"))
    }
}
