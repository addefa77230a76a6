//! What the arguments of a run choose: server, postings, workflow, models.

use std::collections::BTreeMap;
use std::path::Path;

use url::Url;
use wave_runner::source::WorkdaySettings;
use wave_runner::workflow::{Actor, ConversationId, Workflow};

use super::CommandError;
use super::arguments::{
    PreflightArguments, RunArguments, Site, SourceArguments, TypedAddress, WorkArguments,
    WorkerArguments,
};
use crate::plan::{Plan, Source};
use crate::trial::{
    BatchChoice, DatabaseChoice, ModelServerChoice, PostingsChoice, TrialSettings, USUAL_HOST,
    WorkflowChoice, ollama_address,
};

/// The settings of a run.
pub(super) fn settings(
    arguments: &RunArguments,
    plan: &Plan,
    host: Option<&str>,
) -> Result<TrialSettings, CommandError> {
    let mut worker = worker_settings(
        &arguments.work,
        arguments.replay.as_deref(),
        plan.workers,
        host,
    )?;
    if arguments.replay.is_some() {
        // Workers without a server are spares, and there is one server.
        worker.workers = arguments.work.workers.unwrap_or(1);
    }
    let postings = postings(arguments, plan)?;
    let batch_size = match &postings {
        PostingsChoice::Promoted(ids) => ids.len(),
        _ => arguments
            .batch_size
            .unwrap_or_else(|| TrialSettings::size(plan)),
    };
    Ok(TrialSettings {
        plan: plan.reference(),
        batch: arguments
            .resume
            .map_or(BatchChoice::New, BatchChoice::Resume),
        postings,
        database: database(arguments.database_url.as_deref()),
        batch_size,
        seed: arguments.seed,
        time_scale: arguments.time_scale,
        cassette: arguments.cassette.clone(),
        ..worker
    })
}

/// The settings of a worker that joins a batch.
pub(super) fn joining(
    arguments: &WorkArguments,
    host: Option<&str>,
) -> Result<TrialSettings, CommandError> {
    Ok(TrialSettings {
        batch: BatchChoice::Join(arguments.batch),
        database: database(Some(&arguments.database_url)),
        ..worker_settings(&arguments.work, None, None, host)?
    })
}

/// The settings of a run that is only looked forward to.
pub(super) fn inspected(
    arguments: &PreflightArguments,
    host: Option<&str>,
) -> Result<TrialSettings, CommandError> {
    let worker = WorkerArguments {
        simulate: false,
        ollama: arguments.ollama.clone(),
        workers: None,
        sim_servers: 1,
        slots: arguments.slots,
        max_in_flight: None,
        workflow: arguments.workflow.clone(),
        models: arguments.models.clone(),
        gpu_memory: arguments.gpu_memory,
        sim_gpu_memory: 0,
    };
    Ok(TrialSettings {
        database: database(arguments.database_url.as_deref()),
        ..worker_settings(&worker, None, None, Some(host.unwrap_or(USUAL_HOST)))?
    })
}

fn database(named: Option<&str>) -> DatabaseChoice {
    named.map_or(DatabaseChoice::ThrowAway, |url| {
        DatabaseChoice::Given(url.to_owned())
    })
}

fn worker_settings(
    arguments: &WorkerArguments,
    replay: Option<&Path>,
    planned_workers: Option<u32>,
    host: Option<&str>,
) -> Result<TrialSettings, CommandError> {
    let model_server = match replay {
        None => model_server_choice(arguments, host)?,
        Some(cassette) => ModelServerChoice::Replay {
            cassette: cassette.to_owned(),
            compared_with: ollama_urls(&arguments.ollama)?,
        },
    };
    let workflow = workflow_choice(arguments.workflow.as_deref())?;
    let gpu_memory = match model_server {
        ModelServerChoice::Simulated => Some(arguments.sim_gpu_memory),
        ModelServerChoice::Ollama(_) | ModelServerChoice::Replay { .. } => arguments.gpu_memory,
    };
    let planned_workers = planned_workers.and_then(|workers| usize::try_from(workers).ok());
    Ok(TrialSettings {
        model_server,
        models: models(&arguments.models, &workflow.definition())?,
        workflow,
        workers: arguments.workers.or(planned_workers).unwrap_or(1),
        sim_servers: arguments.sim_servers,
        slots: arguments.slots,
        max_in_flight: arguments.max_in_flight,
        gpu_memory,
        ..TrialSettings::simulated()
    })
}

/// The postings that were named. The source of a plan is meant only where the plan was named, too: nothing goes to a
/// careers site because nothing was said.
fn postings(arguments: &RunArguments, plan: &Plan) -> Result<PostingsChoice, CommandError> {
    if arguments.replay.is_some() {
        return Ok(PostingsChoice::Replayed);
    }
    let source = SourceArguments {
        source: match (&arguments.plan, plan.source) {
            (Some(_), Some(Source::Workday))
                if !arguments.work.simulate && arguments.source.postings.is_none() =>
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
        (None, None) if arguments.work.simulate || arguments.resume.is_some() => {
            Ok(PostingsChoice::Simulated)
        }
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
    arguments: &WorkerArguments,
    host: Option<&str>,
) -> Result<ModelServerChoice, CommandError> {
    match (&arguments.ollama[..], arguments.simulate, host) {
        ([], true, _) => Ok(ModelServerChoice::Simulated),
        ([], false, None) => Err(CommandError::Usage(
            "which model server? Say --ollama URL (or set OLLAMA_HOST), or --simulate for the stand-in"
                .to_owned(),
        )),
        ([], false, Some(host)) => Ok(ModelServerChoice::Ollama(vec![ollama_url(host)?])),
        (several, _, _) => Ok(ModelServerChoice::Ollama(ollama_urls(several)?)),
    }
}

/// The servers that `--ollama` names, each once.
pub(super) fn ollama_urls(named: &[TypedAddress]) -> Result<Vec<Url>, CommandError> {
    let mut urls = Vec::new();
    for url in named {
        let url = ollama_url(url)?;
        if urls.contains(&url) {
            return Err(CommandError::Usage(format!(
                "--ollama names {url} twice; expected each server once"
            )));
        }
        urls.push(url);
    }
    Ok(urls)
}

/// Reads a server address as Ollama's own tools do.
fn ollama_url(text: &str) -> Result<Url, CommandError> {
    ollama_address(text).map_err(CommandError::Usage)
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

    #[test]
    fn no_password_is_in_what_is_shown_for_debugging() {
        let line = "batchproof run --simulate --database-url postgres://teller:hunter2@h/d?sslpassword=hunter2 \
                    --ollama http://teller:hunter2@gpu:1,http://other:hunter2@gpu:2";
        let arguments = Arguments::try_parse_from(line.split_whitespace()).expect(line);
        let Command::Run(run) = &arguments.command else {
            panic!("expected run")
        };
        let settings = settings(run, &Plan::builtin(), None).unwrap();
        for shown in [format!("{arguments:?}"), format!("{settings:#?}")] {
            assert!(!shown.contains("hunter2"), "{shown}");
            for user in ["teller:***@h/d", "teller:***@gpu:1", "other:***@gpu:2"] {
                assert!(shown.contains(user), "{user} in {shown}");
            }
        }
    }
}
