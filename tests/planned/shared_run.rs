//! One run for many trials: within a process, and across the processes that `cargo nextest` makes.

use std::fs::File;
use std::panic::RefUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use batchproof::judge::{Judgement, judge};
use batchproof::plan::Plan;
use batchproof::record::{self, RunRecord};
use batchproof::report;
use batchproof::trial::{self, Silent, TrialSettings};
use wave_runner::batch::Stop;

/// Longer than this no simulated batch takes, however busy the machine: one that does hangs, and shall say so itself.
const LIMIT: Duration = Duration::from_mins(10);

/// What a trial judges: the record with its verdicts, or why there is none.
type Outcome = Result<Arc<Judged>, String>;

/// A record with its verdicts.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) record: RunRecord,
    pub(crate) judgement: Judgement,
}

/// A run that begins once and that every trial of its suite waits for.
#[derive(Clone)]
pub(crate) struct SharedRun(Arc<Inner>);

/// What runs the batch; it answers with its record, or why there is none.
pub(crate) type Job = Box<dyn Fn() -> Result<RunRecord, String> + Send + Sync + RefUnwindSafe>;

struct Inner {
    name: &'static str,
    plan: Plan,
    job: Job,
    outcome: Mutex<Option<Outcome>>,
    over: Condvar,
}

/// Begins runs, one after the other, in a thread of their own.
pub(crate) fn begin_in_turn(runs: Vec<SharedRun>) {
    std::thread::spawn(move || runs.iter().for_each(SharedRun::take_place));
}

impl SharedRun {
    /// A run that is judged by the built-in plan.
    pub(crate) fn new(name: &'static str, settings: TrialSettings) -> Self {
        Self::by_plan(name, &Plan::builtin(), settings)
    }

    pub(crate) fn by_plan(name: &'static str, plan: &Plan, settings: TrialSettings) -> Self {
        Self::of(name, plan, Box::new(move || run_trial(&settings)))
    }

    /// A run that is judged by a plan, whoever runs it.
    pub(crate) fn of(name: &'static str, plan: &Plan, job: Job) -> Self {
        let (outcome, over) = (Mutex::new(None), Condvar::new());
        Self(Arc::new(Inner {
            name,
            plan: plan.clone(),
            job,
            outcome,
            over,
        }))
    }

    fn take_place(&self) {
        let outcome = std::panic::catch_unwind(|| self.once())
            .unwrap_or_else(|_| Err("the run panicked; see above".to_owned()));
        *self.0.outcome.lock().unwrap() = Some(outcome);
        self.0.over.notify_all();
    }

    /// Waits for the run. Every trial gets the same outcome, and the same reason where there is none.
    pub(crate) fn judged(&self) -> Outcome {
        let outcome = self.0.outcome.lock().unwrap();
        let outcome = self
            .0
            .over
            .wait_while(outcome, |outcome| outcome.is_none())
            .unwrap();
        outcome.clone().expect("waited for")
    }

    /// Prints the verdicts, if the run took place in this process.
    #[expect(
        clippy::print_stdout,
        reason = "a green list says nothing of what was measured"
    )]
    pub(crate) fn show(&self) {
        if let Some(Ok(judged)) = &*self.0.outcome.lock().unwrap() {
            println!("\n[{}]", self.0.name);
            println!(
                "{}",
                report::terminal(&judged.record, &judged.judgement, None)
            );
        }
    }

    /// Under nextest every trial is a process: the first to get the lock runs the batch and leaves its record, the
    /// others read it. A failure is left too, or every one of them would run into it again.
    fn once(&self) -> Outcome {
        let Some(shared) = shared_folder() else {
            return self.run();
        };
        std::fs::create_dir_all(&shared).map_err(|error| error.to_string())?;
        let of = |ending: &str| shared.join(format!("{}.{ending}", self.0.name.replace(' ', "-")));
        let lock = File::create(of("lock")).map_err(|error| error.to_string())?;
        // Freed by the kernel however this process ends.
        lock.lock().map_err(|error| error.to_string())?;
        if let Ok(why) = std::fs::read_to_string(of("failed")) {
            return Err(why);
        }
        if of("json").exists() {
            return record::load(&of("json"))
                .map(|record| self.judge(record))
                .map_err(|error| error.to_string());
        }
        let outcome = self.run();
        match &outcome {
            Ok(judged) => keep(&judged.record, &of("json"))?,
            Err(why) => std::fs::write(of("failed"), why).map_err(|error| error.to_string())?,
        }
        outcome
    }

    fn run(&self) -> Outcome {
        (self.0.job)().map(|record| self.judge(record))
    }

    fn judge(&self, record: RunRecord) -> Arc<Judged> {
        let judgement = judge(&record, &self.0.plan.requirements());
        Arc::new(Judged { record, judgement })
    }
}

fn run_trial(settings: &TrialSettings) -> Result<RunRecord, String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let stop = Stop::default();
    let running = Box::pin(trial::run(settings, &Silent, &stop));
    let record = runtime
        .block_on(async { tokio::time::timeout(LIMIT, running).await })
        .map_err(|_| {
            format!(
                "the batch was not over after {} s: it hangs",
                LIMIT.as_secs()
            )
        })?;
    record.map_err(|error| trial::with_causes(&error))
}

fn keep(record: &RunRecord, path: &Path) -> Result<(), String> {
    record::save(record, path).map_err(|error| error.to_string())
}

/// Where the processes of one `cargo nextest run` meet.
fn shared_folder() -> Option<PathBuf> {
    let run = std::env::var_os("NEXTEST_RUN_ID")?;
    Some(
        Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("nextest")
            .join(run),
    )
}
