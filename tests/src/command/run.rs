//! `batchproof run`: the main job.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use url::Url;
use wave_runner::batch::Stop;
use wave_runner::source::WorkdaySettings;
use wave_runner::workflow::{Actor, ConversationId, Workflow};

use super::CommandError;
use super::arguments::{RunArguments, Site, SourceArguments};
use super::observer::Console;
use super::signals::stop_on_signal;
use super::{plan, plan_file};
use crate::clock;
use crate::judge;
use crate::plan::{Plan, Source};
use crate::record;
use crate::report;
use crate::trial::{
    self, Checkpoint, DatabaseChoice, ModelServerChoice, PostingsChoice, TrialError, TrialSettings,
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
    println!("{}", header(&settings, &plan));
    if let Some(remark) = remark {
        println!("{remark}");
    }
    let stop = Stop::default();
    let console = Console::new();
    let record = Box::pin(with_signals(
        &stop,
        &console,
        trial::run(&settings, &console, &stop),
    ))
    .await?;
    drop(console);
    // What is told here is what anybody can repeat with the record.
    let record = if arguments.redact {
        record::redact(record)
    } else {
        record
    };
    record::save(&record, &path)?;
    let judgement = judge::judge(&record, &plan.requirements());
    println!("{}", report::terminal(&record, &judgement, None));
    println!("Record: {}", path.display());
    let by_plan = arguments
        .plan
        .map_or_else(String::new, |plan| format!(" --plan {}", plan.display()));
    println!(
        "Judge it again: batchproof judge {}{by_plan}",
        path.display()
    );
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

fn settings(
    arguments: &RunArguments,
    plan: &Plan,
    host: Option<&str>,
) -> Result<TrialSettings, CommandError> {
    let model_server = model_server_choice(arguments, host)?;
    let postings = postings(arguments, plan)?;
    let workflow = workflow_choice(arguments.workflow.as_deref())?;
    let batch_size = match &postings {
        PostingsChoice::Promoted(ids) => ids.len(),
        _ => arguments
            .batch_size
            .unwrap_or_else(|| TrialSettings::size(plan)),
    };
    let gpu_memory = match model_server {
        ModelServerChoice::Simulated => Some(arguments.sim_gpu_memory),
        ModelServerChoice::Ollama(_) => arguments.gpu_memory,
    };
    Ok(TrialSettings {
        plan: plan.reference(),
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

/// The postings that were named. The source of a plan is meant only where the plan was named, too: nothing goes to a
/// careers site because nothing was said.
fn postings(arguments: &RunArguments, plan: &Plan) -> Result<PostingsChoice, CommandError> {
    let source = SourceArguments {
        source: match (&arguments.plan, plan.source) {
            (Some(_), Some(Source::Workday))
                if !arguments.simulate && arguments.source.postings.is_none() =>
            {
                Some(Site::Workday)
            }
            _ => arguments.source.source,
        },
        ..arguments.source.clone()
    };
    match (&arguments.posting_ids, postings_choice(&source)?) {
        (Some(ids), _) => Ok(PostingsChoice::Promoted(distinct(ids))),
        (None, Some(postings)) => Ok(postings),
        (None, None) if arguments.simulate => Ok(PostingsChoice::Simulated),
        (None, None) => Err(CommandError::Usage(
            "which postings? Say --source workday, --postings DIR, --posting-ids IDS, or \
             --simulate for synthetic ones"
                .to_owned(),
        )),
    }
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

fn header(settings: &TrialSettings, plan: &Plan) -> String {
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
        "{}: {} postings through workflow {}; {simulated}; {postings}",
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::command::{Arguments, Command};

    fn chosen(line: &str) -> Result<PostingsChoice, CommandError> {
        let arguments = Arguments::try_parse_from(line.split_whitespace()).expect(line);
        let Command::Run(arguments) = arguments.command else {
            panic!("expected run")
        };
        let plan = Plan::builtin();
        assert_eq!(plan.source, Some(Source::Workday));
        postings(&arguments, &plan)
    }

    #[test]
    fn the_source_of_a_plan_that_was_named_is_the_source() {
        let choice = chosen("batchproof run --plan p.md").unwrap();
        assert!(matches!(choice, PostingsChoice::Workday(_)), "{choice:?}");
    }

    #[test]
    fn nothing_goes_to_a_careers_site_unless_a_plan_or_a_source_was_named() {
        let refusal = chosen("batchproof run").unwrap_err();
        assert!(refusal.to_string().contains("which postings?"));
        let choice = chosen("batchproof run --plan p.md --simulate").unwrap();
        assert!(matches!(choice, PostingsChoice::Simulated), "{choice:?}");
        let choice = chosen("batchproof run --plan p.md --postings here").unwrap();
        assert!(matches!(choice, PostingsChoice::Folder(_)), "{choice:?}");
    }
}
