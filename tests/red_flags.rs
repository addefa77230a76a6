//! A red flag that becomes certain while a batch is at work: it is told once, and ends the run where that was asked for.
//!
//! Real batches on the stand-in, which is made to answer badly.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should say where"
)]

use std::collections::BTreeSet;
use std::sync::Mutex;

use batchproof::judge::{Action, CertainRed, Exit, Judgement, Standing, judge};
use batchproof::plan::Plan;
use batchproof::record::{self, Ended, RunRecord, Status};
use batchproof::trial::{self, Observer, RedWatch, TrialSettings};
use fixtures::ollama::{Fault, Mishap, Step};
use wave_runner::batch::Stop;

/// What was told of red flags.
#[derive(Default)]
struct Heard {
    reds: Mutex<Vec<CertainRed>>,
    stops: Mutex<Vec<String>>,
}

impl Observer for Heard {
    fn certain_red(&self, red: &CertainRed) {
        self.reds.lock().unwrap().push(red.clone());
    }

    fn stopping(&self, why: &str) {
        self.stops.lock().unwrap().push(why.to_owned());
    }
}

impl Heard {
    fn ids(&self) -> Vec<&'static str> {
        let reds = self.reds.lock().unwrap();
        reds.iter().map(|red| red.criterion.id).collect()
    }
}

/// A simulated run whose red flags are watched for.
async fn run(batch_size: usize, faults: Vec<Fault>, stops: bool) -> (RunRecord, Heard) {
    let settings = TrialSettings {
        batch_size,
        faults,
        red_watch: Some(RedWatch {
            plan: Plan::builtin().requirements(),
            stops,
        }),
        ..TrialSettings::simulated()
    };
    let heard = Heard::default();
    let record = Box::pin(trial::run(&settings, &heard, &Stop::default())).await;
    (record.unwrap(), heard)
}

fn judged(record: &RunRecord) -> Judgement {
    judge(record, &Plan::builtin().requirements())
}

/// The model never says more than the word that a program prints for a missing value: no summary comes of it.
fn no_extracts() -> Vec<Fault> {
    vec![Fault::every(Step::Extract, Mishap::Nothing)]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_fails_ends_as_soon_as_it_is_certain_and_leaves_a_record_that_is_judged() {
    let (record, heard) = run(50, no_extracts(), true).await;
    assert_eq!(heard.stops.lock().unwrap().len(), 1);
    let Ended::StoppedOnRed { criteria, why } = &record.ended else {
        panic!("{:?}", record.ended)
    };
    // Three without data are a red flag, six that failed another: whatever the look found first.
    assert!(
        !criteria.is_empty() && why.contains("of 50 postings have"),
        "{criteria:?}: {why}"
    );
    let failed = record
        .runs
        .iter()
        .filter(|run| run.status == Status::Failed);
    let open = record.runs.iter().filter(|run| run.status.is_open());
    let (failed, open) = (failed.count(), open.count());
    assert!(
        (3..50).contains(&failed) && open > 0,
        "{failed} failed, {open} are open"
    );
    let held = record
        .interactions
        .iter()
        .filter(|row| row.status == Status::Running);
    assert_eq!(held.count(), 0, "a call was not let go");
    let judgement = judged(&record);
    assert!(judgement.validity.is_valid(), "{:?}", judgement.validity);
    assert_eq!((judgement.exit(), judgement.exit_code()), (Exit::Missed, 1));
    let action = &judgement.decision.action;
    assert!(matches!(action, Action::InvestigateFailures), "{action:?}");
    for criterion in criteria {
        let verdict = judgement.verdict(criterion).unwrap();
        assert_eq!(verdict.standing, Standing::Red, "{verdict:#?}");
    }
    // As a file it is as good.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.json");
    record::save(&record, &path).unwrap();
    assert_eq!(judged(&record::load(&path).unwrap()), judgement);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_not_to_stop_tells_each_certain_red_once_and_goes_on_to_its_end() {
    let (record, heard) = run(30, no_extracts(), false).await;
    assert_eq!(record.ended, Ended::Completed);
    assert_eq!(heard.stops.lock().unwrap().len(), 0);
    let told = heard.ids();
    assert!(told.contains(&"completion_rate"), "{told:?}");
    assert_eq!(
        told.iter().collect::<BTreeSet<_>>().len(),
        told.len(),
        "{told:?}"
    );
    let judgement = judged(&record);
    for criterion in told {
        let verdict = judgement.verdict(criterion).unwrap();
        assert_eq!(verdict.standing, Standing::Red, "{verdict:#?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_healthy_run_that_would_stop_on_red_comes_to_its_end_and_tells_of_none() {
    let (record, heard) = run(4, Vec::new(), true).await;
    assert_eq!(record.ended, Ended::Completed);
    assert_eq!(heard.ids(), [""; 0]);
    assert_eq!(heard.stops.lock().unwrap().len(), 0);
}
