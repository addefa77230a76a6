//! The trials of a plan, one a criterion.

use batchproof::judge::{self, Enforcement, Standing, Verdict};
use batchproof::plan::Plan;
use batchproof::record::ServerKind;
use batchproof::trial::TrialSettings;
use libtest_mimic::{Completion, Failed, Trial};

use super::lanes::Suite;
use super::shared_run::{Judged, SharedRun};

/// What the trials are told apart by from those of other runs.
const BATCH: &str = "batch";

/// The trials of a plan, over a batch that is run by these settings.
pub(crate) fn suite(name: &'static str, plan: &Plan, settings: TrialSettings) -> Suite {
    over(SharedRun::by_plan(name, plan, settings), plan)
}

/// The same over a batch that is run in another way.
pub(crate) fn over(run: SharedRun, plan: &Plan) -> Suite {
    let mut trials: Vec<Trial> = plan
        .rows
        .iter()
        .filter_map(|row| row.criterion)
        .map(|criterion| {
            let run = run.clone();
            let judge = move || {
                let judged = run.judged()?;
                let verdict = judged
                    .judgement
                    .verdict(criterion.id)
                    .ok_or("the judge has no verdict on a criterion of the plan")?;
                completion(verdict, judged.record.mode.model_server)
            };
            Trial::ignorable_test(criterion.id, judge).with_kind(BATCH)
        })
        .collect();
    trials.push(every_verdict_has_its_trial(plan));
    trials.push(the_record_names_the_plan(&run, plan));
    trials.push(the_run_is_valid(&run));
    trials.push(the_exit_code_is_zero(&run));
    (run, trials)
}

/// A criterion that this run could not show is passed over with its reason, unless the plan makes the run's success depend
/// on it; one that no run of its kind can show is always.
fn completion(verdict: &Verdict, kind: ServerKind) -> Result<Completion, Failed> {
    match &verdict.standing {
        standing if standing.is_met() => Ok(Completion::Completed),
        Standing::NotJudgeable { reason }
            if verdict.enforcement != Enforcement::Must
                || !verdict.criterion.judged_in.contains(&kind) =>
        {
            Ok(Completion::ignored_with(reason.clone()))
        }
        _ if verdict.enforcement == Enforcement::Nice => {
            Ok(Completion::ignored_with(told(verdict)))
        }
        _ => Err(told(verdict).into()),
    }
}

/// Whether every must without a judgement is one that no run of this kind can show.
fn only_for_its_kind(judged: &Judged) -> bool {
    let kind = judged.record.mode.model_server;
    let verdicts = judged.judgement.verdicts.iter();
    verdicts
        .filter(|it| it.enforcement == Enforcement::Must && !it.standing.is_met())
        .all(|it| !it.criterion.judged_in.contains(&kind))
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

/// The trials are made from the plan's rows: a criterion without a row would be judged and never be seen here.
fn every_verdict_has_its_trial(plan: &Plan) -> Trial {
    let forgotten: Vec<&str> = judge::criteria()
        .map(|criterion| criterion.id)
        .filter(|id| plan.row(id).is_none())
        .collect();
    Trial::test("every_verdict_has_its_trial", move || {
        if forgotten.is_empty() {
            Ok(())
        } else {
            Err(format!("the plan has no row for {forgotten:?}").into())
        }
    })
    .with_kind(BATCH)
}

fn the_record_names_the_plan(run: &SharedRun, plan: &Plan) -> Trial {
    let (run, expected) = (run.clone(), plan.reference());
    let named = move || {
        let judged = run.judged()?;
        if judged.record.plan == expected && judged.judgement.plan.as_ref() == Some(&expected) {
            Ok(())
        } else {
            Err(format!("expected {expected:?}, found {:?}", judged.record.plan).into())
        }
    };
    Trial::test("the_record_names_the_plan_by_its_hash", named).with_kind(BATCH)
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
    Trial::test("the_run_is_valid", valid).with_kind(BATCH)
}

fn the_exit_code_is_zero(run: &SharedRun) -> Trial {
    let run = run.clone();
    let zero = move || {
        let judged = run.judged()?;
        match judged.judgement.exit_code() {
            0 => Ok(Completion::Completed),
            2 if only_for_its_kind(&judged) => Ok(Completion::ignored_with(
                "2: nothing is missed, and no replay can show every must",
            )),
            code => Err(format!("expected 0, found {code}").into()),
        }
    };
    Trial::ignorable_test("the_exit_code_is_zero", zero).with_kind(BATCH)
}
