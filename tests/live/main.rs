//! The live mode without a GPU: its own way from the environment to record and reports, on the stand-ins of a model server
//! and of a graphics driver, and on a real Ollama where one is installed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say where"
)]

mod host;
mod mishaps;
mod real_ollama;

use std::process::ExitCode;

use batchproof::judge::{Standing, judge};
use batchproof::live::Left;
use batchproof::plan::Plan;
use batchproof::record::{Ended, Graphics, PostingsFrom, ServerKind};
use host::{GpuHost, left_in};
use libtest_mimic::{Arguments, Completion, Failed, Trial};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = vec![
        trial(
            "a_night_leaves_its_record_and_its_verdicts_in_all_forms",
            whole_night,
        ),
        trial(
            "a_machine_that_is_not_ready_fails_with_the_reason_in_all_forms",
            not_ready,
        ),
        trial(
            "a_variable_that_cannot_be_read_is_the_reason_and_nothing_is_begun",
            unreadable,
        ),
        trial(
            "a_deadline_leaves_record_and_verdict_and_another_night_goes_on",
            mishaps::deadline,
        ),
        trial(
            "a_model_that_is_pulled_anew_in_mid_run_makes_it_invalid",
            mishaps::pulled_anew,
        ),
        trial(
            "a_model_server_that_is_started_anew_in_mid_run_loses_nothing",
            mishaps::restarted,
        ),
        Trial::ignorable_test(
            "a_real_ollama_without_models_is_told_what_to_pull",
            || -> Result<Completion, Failed> { real_ollama::lacks_models() },
        ),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial(name: &str, run: fn()) -> Trial {
    Trial::test(name, move || {
        run();
        Ok(())
    })
}

fn whole_night() {
    let host = GpuHost::new();
    let record = host.run(&[]).unwrap();
    assert_eq!(record.ended, Ended::Completed);
    assert_eq!(record.mode.model_server, ServerKind::Live);
    assert_eq!(record.mode.postings, PostingsFrom::Folder);
    let judgement = judge(&record, &Plan::builtin().requirements());
    assert!(judgement.validity.is_valid(), "{:?}", judgement.validity);
    let utilisation = judgement.verdict("gpu_utilisation").unwrap();
    assert_eq!(utilisation.standing, Standing::Target, "{utilisation:#?}");
    let overlap = judgement.verdict("grades_overlap_on_server").unwrap();
    assert!(
        overlap.standing.is_met(),
        "the card's memory was not told: {overlap:#?}"
    );

    let Some(Graphics::Cards { driver, cards }) = &record.environment.graphics else {
        panic!("{:?}", record.environment.graphics)
    };
    assert_eq!((driver.as_str(), cards.len()), ("580.95.05", 2));
    assert_eq!(
        cards[1].untold,
        ["power: the current user does not have permission to perform this operation"]
    );
    let samples = record.gpu.as_ref().unwrap();
    let sample = samples.last().unwrap();
    assert_eq!(sample.cards.len(), 2);
    assert_eq!(
        (sample.power_watts, sample.temperature_celsius),
        (Some(58.3), Some(71))
    );
    assert_eq!(sample.cards[1].power_watts, None, "nobody told");

    let model = &record.environment.servers[0].models[0];
    assert_eq!(model.quantization.as_deref(), Some("Q4_K_M"));
    let identities = record.identities.as_ref().unwrap();
    assert!(
        identities.len() >= 2,
        "at the begin and at the end: {identities:?}"
    );
    assert!(identities.iter().all(|it| it.ollama_version == "0.12.6"));
    let mut loaded = record.residency.iter().flat_map(|sample| &sample.models);
    assert!(loaded.all(|model| model.digest.is_some()));

    let left = Left::within(host.folder());
    for form in [&left.record, &left.html, &left.junit, &left.markdown] {
        assert!(form.exists(), "{} is missing", form.display());
    }
    assert!(left_in(&left.markdown).contains("live model server"));
}

fn not_ready() {
    let host = GpuHost::new();
    host.run(&[]).unwrap();
    let why = host.run(&[("OLLAMA_HOST", "127.0.0.1:1")]).unwrap_err();
    assert!(why.contains("not ready for a live run"), "{why}");
    assert!(
        why.contains("nobody answers at http://127.0.0.1:1/"),
        "{why}"
    );
    assert!(why.contains("ollama serve"), "{why}");
    let left = Left::within(host.folder());
    assert!(
        !left.record.exists(),
        "an earlier night's record passes for this one's"
    );
    for form in [&left.html, &left.junit, &left.markdown] {
        assert!(
            left_in(form).contains("nobody answers"),
            "{}",
            form.display()
        );
    }
}

fn unreadable() {
    let host = GpuHost::new();
    let why = host.run(&[("BATCHPROOF_DEADLINE", "soon")]).unwrap_err();
    assert!(why.starts_with("BATCHPROOF_DEADLINE: expected"), "{why}");
    assert!(left_in(&Left::within(host.folder()).junit).contains("BATCHPROOF_DEADLINE"));
    assert_eq!(host.calls(), 0);
}
