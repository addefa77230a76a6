//! `batchproof run`: the main job.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use url::Url;
use wave_runner::batch::Stop;
use wave_runner::source::WorkdaySettings;
use wave_runner::workflow::{Actor, ConversationId, Workflow};

use super::CommandError;
use super::arguments::{RunArguments, SourceArguments};
use super::observer::Console;
use super::signals::stop_on_signal;
use crate::clock;
use crate::judge;
use crate::record;
use crate::report;
use crate::trial::{
    self, DatabaseChoice, ModelServerChoice, PLAN_ID, PostingsChoice, TrialError, TrialSettings,
    WorkflowChoice,
};

/// Where records go unless told otherwise.
const RECORDS: &str = "records";

/// Runs a batch, saves its record, prints its verdicts.
#[expect(
    clippy::print_stdout,
    reason = "the verdicts are what the command is for"
)]
pub(super) async fn run(arguments: RunArguments) -> Result<ExitCode, CommandError> {
    let settings = settings(&arguments, std::env::var("OLLAMA_HOST").ok().as_deref())?;
    let path = arguments.record.unwrap_or_else(default_record_path);
    // Before hours of work, not after them.
    record::check_writable(&path)?;
    println!("{}", header(&settings));
    let stop = Stop::default();
    let console = Console::new();
    let record = Box::pin(with_signals(
        &stop,
        &console,
        trial::run(&settings, &console, &stop),
    ))
    .await?;
    drop(console);
    record::save(&record, &path)?;
    let judgement = judge::judge(&record, &judge::Requirements::none());
    println!("{}", report::terminal(&record, &judgement, None));
    println!("Record: {}", path.display());
    println!("Judge it again: batchproof judge {}", path.display());
    Ok(ExitCode::from(judgement.exit_code()))
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

fn settings(arguments: &RunArguments, host: Option<&str>) -> Result<TrialSettings, CommandError> {
    let model_server = model_server_choice(arguments, host)?;
    let postings = match (&arguments.posting_ids, postings_choice(&arguments.source)?) {
        (Some(ids), _) => PostingsChoice::Promoted(distinct(ids)),
        (None, Some(postings)) => postings,
        (None, None) if arguments.simulate => PostingsChoice::Simulated,
        (None, None) => {
            return Err(CommandError::Usage(
                "which postings? Say --source workday, --postings DIR, --posting-ids IDS, or \
                 --simulate for synthetic ones"
                    .to_owned(),
            ));
        }
    };
    let workflow = workflow_choice(arguments.workflow.as_deref())?;
    let batch_size = match &postings {
        PostingsChoice::Promoted(ids) => ids.len(),
        _ => arguments.batch_size,
    };
    let gpu_memory = match model_server {
        ModelServerChoice::Simulated => Some(arguments.sim_gpu_memory),
        ModelServerChoice::Ollama(_) => arguments.gpu_memory,
    };
    Ok(TrialSettings {
        model_server,
        postings,
        database: match &arguments.database_url {
            Some(url) => DatabaseChoice::Given(url.clone()),
            None => DatabaseChoice::ThrowAway,
        },
        models: models(&arguments.models, &workflow.definition())?,
        workflow,
        batch_size,
        seed: arguments.seed,
        slots: arguments.slots,
        max_in_flight: arguments.max_in_flight,
        gpu_memory,
        time_scale: arguments.time_scale,
        ..TrialSettings::simulated()
    })
}

/// The built-in workflow, or the one of a file. Whether it may run, the trial says.
fn workflow_choice(definition: Option<&Path>) -> Result<WorkflowChoice, CommandError> {
    let Some(path) = definition else {
        return Ok(WorkflowChoice::Builtin);
    };
    let workflow = Workflow::load(path).map_err(|error| CommandError::Usage(error.to_string()))?;
    Ok(WorkflowChoice::Given(Box::new(workflow)))
}

/// Steps by name, as the workflow names those that a model does.
fn models(
    chosen: &[(String, String)],
    workflow: &Workflow,
) -> Result<BTreeMap<ConversationId, String>, CommandError> {
    let model_steps = || {
        workflow
            .conversations
            .iter()
            .filter(|c| matches!(c.actor, Actor::Model { .. }))
    };
    let id_of = |(step, model): &(String, String)| match model_steps().find(|c| c.name == *step) {
        Some(conversation) => Ok((conversation.id, model.clone())),
        None => Err(CommandError::Usage(format!(
            "--model names the step '{step}', which no model does; expected one of {}",
            model_steps()
                .map(|c| c.name.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        ))),
    };
    chosen.iter().map(id_of).collect()
}

fn model_server_choice(
    arguments: &RunArguments,
    host: Option<&str>,
) -> Result<ModelServerChoice, CommandError> {
    match (&arguments.ollama, arguments.simulate, host) {
        (Some(url), _, _) => ollama_url(url).map(ModelServerChoice::Ollama),
        (None, true, _) => Ok(ModelServerChoice::Simulated),
        (None, false, Some(host)) => ollama_url(host).map(ModelServerChoice::Ollama),
        (None, false, None) => Err(CommandError::Usage(
            "which model server? Say --ollama URL (or set OLLAMA_HOST), or --simulate for the stand-in"
                .to_owned(),
        )),
    }
}

/// Reads a server address as Ollama's own tools do: scheme and port may be left out.
fn ollama_url(text: &str) -> Result<Url, CommandError> {
    let wrong = |why: String| {
        CommandError::Usage(format!(
            "expected the address of an Ollama server such as http://127.0.0.1:11434, found '{text}': {why}"
        ))
    };
    let whole = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let mut url = Url::parse(&whole).map_err(|error| wrong(error.to_string()))?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("it names no host".to_owned()));
    }
    let port_is_open = url.port().is_none() && url.scheme() == "http" && !text.ends_with(":80");
    if port_is_open {
        url.set_port(Some(11434))
            .map_err(|()| wrong("it can have no port".to_owned()))?;
    }
    Ok(url)
}

/// The source that was named, if one was.
pub(super) fn postings_choice(
    arguments: &SourceArguments,
) -> Result<Option<PostingsChoice>, CommandError> {
    if let Some(dir) = &arguments.postings {
        return Ok(Some(PostingsChoice::Folder(dir.clone())));
    }
    let site_named = arguments.workday_url.is_some()
        || arguments.workday_tenant.is_some()
        || arguments.workday_site.is_some();
    if arguments.source.is_none() {
        return if site_named {
            Err(CommandError::Usage(
                "--workday-… goes with --source workday".to_owned(),
            ))
        } else {
            Ok(None)
        };
    }
    let default = WorkdaySettings::default();
    Ok(Some(PostingsChoice::Workday(Box::new(WorkdaySettings {
        base_url: arguments.workday_url.clone().unwrap_or(default.base_url),
        tenant: arguments.workday_tenant.clone().unwrap_or(default.tenant),
        site: arguments.workday_site.clone().unwrap_or(default.site),
        ..WorkdaySettings::default()
    }))))
}

/// A posting named twice is one posting.
fn distinct(ids: &[i64]) -> Vec<i64> {
    let mut distinct = Vec::with_capacity(ids.len());
    for id in ids {
        if !distinct.contains(id) {
            distinct.push(*id);
        }
    }
    distinct
}

fn header(settings: &TrialSettings) -> String {
    let simulated = match settings.model_server {
        ModelServerChoice::Simulated => {
            format!("SIMULATED model server, {}:1", settings.time_scale)
        }
        ModelServerChoice::Ollama(ref url) => format!("model server {url}"),
    };
    let postings = match settings.postings {
        PostingsChoice::Simulated => "SIMULATED postings".to_owned(),
        PostingsChoice::Folder(ref dir) => format!("postings from {}", dir.display()),
        PostingsChoice::Workday(ref site) => format!("postings from {}", site.base_url),
        PostingsChoice::Promoted(_) => "postings promoted before".to_owned(),
    };
    format!(
        "{PLAN_ID}: {} postings through workflow {}; {simulated}; {postings}",
        settings.batch_size,
        settings.workflow.definition().id,
    )
}

fn default_record_path() -> PathBuf {
    let name = format!("{PLAN_ID}-{}.json", clock::now().format("%Y%m%dT%H%M%SZ"));
    Path::new(RECORDS).join(name)
}
