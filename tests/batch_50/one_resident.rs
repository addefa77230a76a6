//! The laptop of November 2025: 6 GiB hold one of the models, so the graders cannot run at the same time.

use batchproof::judge::Standing;
use batchproof::trial::TrialSettings;
use libtest_mimic::{Completion, Trial};

use crate::planned::shared_run::{Judged, SharedRun};
use crate::replay::passed_over;

pub(crate) fn suite() -> (SharedRun, Vec<Trial>) {
    let settings = TrialSettings {
        gpu_memory: Some(6 << 30),
        // Nothing here depends on milliseconds.
        time_scale: 1000.0,
        ..TrialSettings::simulated()
    };
    let run = SharedRun::new("one resident", settings);
    let trials = trials(&run);
    (run, trials)
}

pub(crate) fn trials(run: &SharedRun) -> Vec<Trial> {
    let overlap = ["grades_overlap", "grades_overlap_on_server"].map(|criterion| {
        let name = format!("{criterion}_is_not_judgeable");
        trial(run, name, move |judged| cannot_co_reside(judged, criterion))
    });
    let mut trials = Vec::from(overlap);
    trials.push(trial(
        run,
        "the_exit_code_says_that_a_must_is_not_judgeable",
        the_exit_code_is_two,
    ));
    trials.push(trial(
        run,
        "models_change_with_the_wave_not_with_the_posting",
        models_are_loaded_in_waves,
    ));
    trials
}

fn trial(
    run: &SharedRun,
    name: impl Into<String>,
    expectation: impl FnOnce(&Judged) -> Result<(), String> + Send + 'static,
) -> Trial {
    let run = run.clone();
    let as_expected = move || {
        let judged = run.judged()?;
        if let Some(passed_over) = passed_over(&judged.record, "a GPU of 6 GiB") {
            return Ok(passed_over);
        }
        expectation(&judged)?;
        Ok(Completion::Completed)
    };
    Trial::ignorable_test(name, as_expected).with_kind("one resident")
}

fn cannot_co_reside(judged: &Judged, criterion: &str) -> Result<(), String> {
    let verdict = judged
        .judgement
        .verdict(criterion)
        .ok_or("no such criterion")?;
    match &verdict.standing {
        Standing::NotJudgeable { reason } if reason.contains("cannot co-reside") => Ok(()),
        other => Err(format!(
            "expected not judgeable (cannot co-reside), found {other}: {}",
            verdict.note
        )),
    }
}

/// Everything else is met, and a must that cannot be judged is said, not passed over.
fn the_exit_code_is_two(judged: &Judged) -> Result<(), String> {
    match judged.judgement.exit_code() {
        2 => Ok(()),
        code => Err(format!("expected 2, found {code}")),
    }
}

/// Posting by posting, 50 postings load a model about 350 times on this card.
fn models_are_loaded_in_waves(judged: &Judged) -> Result<(), String> {
    let exchanges = judged.record.exchanges.iter();
    let mut exchanges: Vec<_> = exchanges.filter(|e| e.answered()).collect();
    exchanges.sort_by_key(|exchange| exchange.sent_at);
    let changes = exchanges
        .windows(2)
        .filter(|pair| pair[0].model != pair[1].model)
        .count();
    if changes < 12 {
        Ok(())
    } else {
        Err(format!("the model changed {changes} times"))
    }
}
