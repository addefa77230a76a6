//! `batchproof run`: the main job.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use url::Url;
use wave_runner::batch::Stop;

use super::CommandError;
use super::arguments::RunArguments;
use super::choices::settings;
use super::observer::Console;
use super::{output, plan, plan_file, preflight};
use crate::clock;
use crate::judge;
use crate::plan::Plan;
use crate::record::{self, Ended, RunRecord};
use crate::report;
use crate::secrets::masked;
use crate::trial::{
    self, BatchChoice, Checkpoint, DatabaseChoice, Deadline, ModelServerChoice, PostingsChoice,
    RedWatch, TrialError, TrialSettings, stop_on_signal,
};

/// Where records go unless told otherwise.
const RECORDS: &str = "records";

/// Runs a batch, saves its record, prints its verdicts.
pub(super) async fn run(
    arguments: RunArguments,
    console: &Console,
) -> Result<ExitCode, CommandError> {
    let remark = plan::remark(arguments.plan.as_deref())?;
    let plan = plan_file::given_or_builtin(arguments.plan.as_deref())?;
    let host = std::env::var("OLLAMA_HOST").ok();
    let mut settings = settings(&arguments, &plan, host.as_deref())?;
    let path = arguments
        .record
        .unwrap_or_else(|| default_record_path(&plan));
    // Before hours of work, not after them.
    record::check_writable(&path)?;
    settings.checkpoint = Some(Checkpoint {
        path: path.clone(),
        every: Duration::from_secs_f64(arguments.checkpoint_every),
        redact: arguments.redact,
    });
    settings.deadline = arguments
        .deadline
        .map(|after| Deadline::after(clock::now(), after));
    settings.red_watch = Some(RedWatch {
        plan: plan.requirements(),
        stops: arguments.stop_on_red,
    });
    output::line(masked(&header(&settings, &plan)));
    if let Some(remark) = remark {
        output::line(remark);
    }
    let stop = Stop::default();
    settings.gpu = Some(preflight::cards());
    Box::pin(preflight::before_a_run(&settings, arguments.force, console)).await?;
    let record = Box::pin(with_signals(
        &stop,
        console,
        trial::run(&settings, console, &stop),
    ))
    .await?;
    // What is told here is what anybody can repeat with the record.
    let record = if arguments.redact {
        record::redact(record)
    } else {
        record
    };
    if let Err(error) = record::save(&record, &path) {
        // The record is lost, the run is not: all of it is in the database, where that stays.
        let again =
            how_to_go_on(&settings, &record).map(|how| format!("; collect it again: {how}"));
        return Err(CommandError::Unsaved {
            source: error,
            again: again.unwrap_or_default(),
        });
    }
    let judgement = judge::judge(&record, &plan.requirements());
    output::line(report::terminal(&record, &judgement, None));
    output::line(format_args!("Record: {}", path.display()));
    let by_plan = arguments
        .plan
        .map_or_else(String::new, |plan| format!(" --plan {}", plan.display()));
    output::line(format_args!(
        "Judge it again: batchproof judge {}{by_plan}",
        path.display()
    ));
    if record.ended != Ended::Completed
        && let Some(how) = how_to_go_on(&settings, &record)
    {
        output::line(format_args!("Go on: {how}"));
    }
    Ok(ExitCode::from(judgement.exit_code()))
}

/// The command that goes on with the batch, where its database stays.
fn how_to_go_on(settings: &TrialSettings, record: &RunRecord) -> Option<String> {
    match &settings.database {
        DatabaseChoice::ThrowAway => None,
        DatabaseChoice::Given(_) => Some(format!(
            "batchproof run --resume {} with the flags of this run, without those that choose postings",
            record.batch.id
        )),
    }
}

/// Does `work` while signals stop it: the first in good order, the second at once.
pub(super) async fn with_signals<T>(
    stop: &Stop,
    console: &Console,
    work: impl Future<Output = Result<T, TrialError>>,
) -> Result<T, CommandError> {
    tokio::select! {
        done = work => Ok(done?),
        second = stop_on_signal(stop, console) => {
            second.map_err(|error| TrialError::Part { what: "the signal handler", why: error.to_string() })?;
            Err(CommandError::Abandoned)
        }
    }
}

fn header(settings: &TrialSettings, plan: &Plan) -> String {
    let simulated = match settings.model_server {
        ModelServerChoice::Simulated if settings.sim_servers == 1 => {
            format!("SIMULATED model server, {}:1", settings.time_scale)
        }
        ModelServerChoice::Simulated => {
            let (servers, scale) = (settings.sim_servers, settings.time_scale);
            format!("{servers} SIMULATED model servers, {scale}:1")
        }
        ModelServerChoice::Ollama(ref urls) => {
            let urls: Vec<&str> = urls.iter().map(Url::as_str).collect();
            format!("model server {}", urls.join(", "))
        }
        ModelServerChoice::Replay { ref cassette, .. } => {
            return format!(
                "{}: REPLAYED postings through workflow {}; REPLAYED model server, from {}",
                plan.id,
                settings.workflow.definition().id,
                cassette.display()
            );
        }
    };
    let workers = match settings.workers {
        1 => String::new(),
        several => format!("; {several} workers"),
    };
    if let BatchChoice::Resume(batch) = settings.batch {
        return format!(
            "{}: going on with batch {batch}; {simulated}{workers}",
            plan.id
        );
    }
    let postings = match settings.postings {
        PostingsChoice::Simulated => "SIMULATED postings".to_owned(),
        PostingsChoice::Folder(ref dir) => format!("postings from {}", dir.display()),
        PostingsChoice::Workday(ref site) => format!("postings from {}", site.base_url),
        PostingsChoice::Promoted(_) => "postings promoted before".to_owned(),
        PostingsChoice::Replayed => "REPLAYED postings".to_owned(),
    };
    format!(
        "{}: {} postings through workflow {}; {simulated}; {postings}{workers}",
        plan.id,
        settings.batch_size,
        settings.workflow.definition().id,
    )
}

fn default_record_path(plan: &Plan) -> PathBuf {
    let now = clock::now().format("%Y%m%dT%H%M%SZ");
    let name = format!("{}-{now}.json", plan.id);
    Path::new(RECORDS).join(name)
}
