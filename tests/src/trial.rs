//! One trial: the parts are brought up, the batch runs behind the witness, and the record is collected.
//!
//! The command line and the test suites both come through here, so that what the tests prove is what a person runs.

mod checkpoint;
mod collecting;
mod database;
mod deadline;
mod error;
mod execution;
mod going_on;
mod model_server;
mod notary;
mod ollama_address;
mod outlook;
mod phases;
mod postings;
mod preflight;
mod settings;
mod signals;
mod tape;
mod way;

pub use checkpoint::Checkpoint;
pub use database::TrialDatabase;
pub use deadline::Deadline;
pub use error::{TrialError, with_causes};
pub use ollama_address::{USUAL_HOST, ollama_address};
pub use phases::{check_input, fetch, join, run};
pub use settings::{
    BatchChoice, DatabaseChoice, ModelServerChoice, PostingsChoice, RedWatch, TIME_SCALE,
    TrialSettings, WORKFLOW_SEED, WorkflowChoice,
};

pub(crate) use signals::stop_on_signal;
use wave_runner::batch::FetchReport;

use crate::judge::CertainRed;

/// What a trial tells while it runs. Every method has a default that says nothing.
pub trait Observer: Send + Sync {
    /// A part is up: a line for people.
    fn ready(&self, what: &str) {
        let _ = what;
    }
    /// A phase begins that will take `steps` steps.
    fn begin(&self, phase: Phase, steps: u64) {
        let _ = (phase, steps);
    }
    /// The phase has come to step `position`.
    fn at(&self, phase: Phase, position: u64) {
        let _ = (phase, position);
    }
    /// More of where the phase is, beside its position.
    fn note(&self, phase: Phase, what: &str) {
        let _ = (phase, what);
    }
    /// A red flag can no longer be avoided. Each is told once.
    fn certain_red(&self, red: &CertainRed) {
        let _ = red;
    }
    /// The run is stopped before its end, and why.
    fn stopping(&self, why: &str) {
        let _ = why;
    }
    /// Something went wrong that does not stop the phase.
    fn trouble(&self, phase: Phase, what: &str) {
        let _ = (phase, what);
    }
    /// The phase is over; `outcome` says how.
    fn end(&self, phase: Phase, outcome: &str) {
        let _ = (phase, outcome);
    }
}

/// An observer that says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Observer for Silent {}

/// The phases of a trial, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Is everything there?
    Preflight,
    /// From the source into staging.
    Fetch,
    /// From staging to postings.
    Promote,
    /// Through the workflow.
    Execute,
    /// Into the record.
    Collect,
}

impl Phase {
    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::Fetch => "fetch",
            Self::Promote => "promote",
            Self::Execute => "execute",
            Self::Collect => "collect",
        }
    }
}

/// A fetch in one line, shortfalls and refusals included.
pub fn fetch_summary(report: &FetchReport) -> String {
    let acceptable = report.fetched - report.refused.values().sum::<usize>();
    let chars = report.average_description_chars.unwrap_or(0);
    let mut parts = vec![format!(
        "{} postings read, {acceptable} of {} wanted are acceptable, mean description {chars} characters",
        report.fetched, report.wanted
    )];
    parts.extend(
        report
            .refused
            .iter()
            .map(|(reason, n)| format!("{n} refused ({reason})")),
    );
    if report.withdrawn > 0 {
        parts.push(format!("{} withdrawn", report.withdrawn));
    }
    if report.staging.known > 0 {
        parts.push(format!("{} promoted before", report.staging.known));
    }
    if acceptable < report.wanted {
        parts.push(format!(
            "{} FEWER THAN ASKED FOR",
            report.wanted - acceptable
        ));
    }
    if let Some(why) = &report.incomplete {
        parts.push(format!("the listing is incomplete: {why}"));
    }
    parts.join(", ")
}
