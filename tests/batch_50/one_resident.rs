//! The laptop of November 2025: 6 GiB hold one of the models, so the graders cannot run at the same time.

use batchproof::judge::Standing;
use batchproof::trial::TrialSettings;
use libtest_mimic::Trial;

use crate::planned::shared_run::{Judged, SharedRun};

pub(crate) fn suite() -> (SharedRun, Vec<Trial>) {
    let settings = TrialSettings {
        gpu_memory: Some(6 << 30),
        // Nothing here depends on milliseconds.
        time_scale: 1000.0,
        ..TrialSettings::simulated()
    };
    let run = SharedRun::new("one resident", settings);
    let trials = ["grades_overlap", "grades_overlap_on_server"]
        .into_iter()
        .map(|criterion| {
            let run = run.clone();
            let name = format!("{criterion}_is_not_judgeable");
            Trial::test(name, move || {
                Ok(cannot_co_reside(&*run.judged()?, criterion)?)
            })
            .with_kind("one resident")
        })
        .chain([the_exit_code_is_two(&run), models_are_loaded_in_waves(&run)])
        .collect();
    (run, trials)
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
fn the_exit_code_is_two(run: &SharedRun) -> Trial {
    let run = run.clone();
    let two = move || match run.judged()?.judgement.exit_code() {
        2 => Ok(()),
        code => Err(format!("expected 2, found {code}").into()),
    };
    Trial::test("the_exit_code_says_that_a_must_is_not_judgeable", two).with_kind("one resident")
}

/// Posting by posting, 50 postings load a model about 350 times on this card.
fn models_are_loaded_in_waves(run: &SharedRun) -> Trial {
    let run = run.clone();
    let waves = move || {
        let judged = run.judged()?;
        let mut exchanges: Vec<_> = judged
            .record
            .exchanges
            .iter()
            .filter(|e| e.answered())
            .collect();
        exchanges.sort_by_key(|exchange| exchange.sent_at);
        let changes = exchanges
            .windows(2)
            .filter(|pair| pair[0].model != pair[1].model)
            .count();
        if changes < 12 {
            Ok(())
        } else {
            Err(format!("the model changed {changes} times").into())
        }
    };
    Trial::test("models_change_with_the_wave_not_with_the_posting", waves).with_kind("one resident")
}
