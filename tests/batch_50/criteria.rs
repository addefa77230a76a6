//! The plan's run: 50 simulated postings, one trial a criterion.

use batchproof::judge::{self, Enforcement, Standing, Verdict};
use batchproof::trial::TrialSettings;
use libtest_mimic::{Completion, Failed, Trial};

use crate::shared_run::SharedRun;

pub(crate) fn suite() -> (SharedRun, Vec<Trial>) {
    let run = SharedRun::new("batch", TrialSettings::simulated());
    let mut trials: Vec<Trial> = judge::criteria()
        .map(|criterion| {
            let run = run.clone();
            let judge = move || {
                let judged = run.judged()?;
                let verdict = judged
                    .judgement
                    .verdict(criterion.id)
                    .ok_or("the judge has no verdict on a criterion of its own list")?;
                completion(verdict)
            };
            Trial::ignorable_test(criterion.id, judge).with_kind("batch")
        })
        .collect();
    trials.push(the_run_is_valid(&run));
    trials.push(the_exit_code_is_zero(&run));
    (run, trials)
}

/// A criterion that this kind of run cannot show is passed over with its reason, unless the plan makes the run's
/// success depend on it.
fn completion(verdict: &Verdict) -> Result<Completion, Failed> {
    match &verdict.standing {
        standing if standing.is_met() => Ok(Completion::Completed),
        Standing::NotJudgeable { reason } if verdict.enforcement != Enforcement::Must => {
            Ok(Completion::ignored_with(reason.clone()))
        }
        _ if verdict.enforcement == Enforcement::Nice => {
            Ok(Completion::ignored_with(told(verdict)))
        }
        _ => Err(told(verdict).into()),
    }
}

fn told(verdict: &Verdict) -> String {
    let measured = verdict
        .measured
        .map_or_else(|| "nothing".to_owned(), |m| m.to_string());
    format!(
        "{}: {} (measured {measured}, n = {})\n{}\n{}",
        verdict.criterion.name,
        verdict.standing,
        verdict.n,
        verdict.criterion.sentence,
        verdict.note
    )
}

fn the_run_is_valid(run: &SharedRun) -> Trial {
    let run = run.clone();
    let valid = move || {
        let judged = run.judged()?;
        let validity = &judged.judgement.validity;
        if validity.is_valid() {
            Ok(())
        } else {
            Err(format!("{validity:#?}").into())
        }
    };
    Trial::test("the_run_is_valid", valid).with_kind("batch")
}

fn the_exit_code_is_zero(run: &SharedRun) -> Trial {
    let run = run.clone();
    let zero = move || match run.judged()?.judgement.exit_code() {
        0 => Ok(()),
        code => Err(format!("expected 0, found {code}").into()),
    };
    Trial::test("the_exit_code_is_zero", zero).with_kind("batch")
}
