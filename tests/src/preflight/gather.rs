//! Looks at the machine, the model servers and the database. It only reads, and never longer than a few seconds: what
//! does not answer by then is found not to.

mod database;
mod machine;
mod schedule;
mod servers;

pub(crate) use servers::by_name;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use wave_runner::telemetry::{Cards, NoGpu, look};
use wave_runner::workflow::{Actor, Workflow};

use super::found::{Disk, Found, Wanted};
use crate::trial::{BatchChoice, TrialDatabase, TrialError, TrialSettings};

/// Where records go unless told otherwise.
const RECORDS: &str = "records";
/// How long the graphics driver may take: one whose card has hung never answers.
const DRIVER_LIMIT: Duration = Duration::from_secs(5);

/// Finds out everything that the checks look at, for a run with these settings.
///
/// # Errors
/// [`TrialError::Input`] where the settings name something that cannot be looked at, such as a database whose address is
/// none. What is named well and not there is no error but found so.
pub async fn gather(settings: &TrialSettings) -> Result<Found, TrialError> {
    let wanted = wanted(settings);
    let (gpu, servers, database, schedule) = tokio::join!(
        cards(settings),
        servers::servers(settings, &wanted),
        database::database(settings),
        schedule::schedule(),
    );
    let (database, data) = database?;
    let mut disks = vec![records(settings)];
    disks.extend(data.map(|path| machine::disk("database", path)));
    Ok(Found {
        wanted,
        gpu,
        servers,
        database,
        disks,
        memory: machine::memory(),
        schedule,
    })
}

/// What a run with these settings is going to ask for.
fn wanted(settings: &TrialSettings) -> Wanted {
    let workflow = settings.workflow.definition().with_models(&settings.models);
    Wanted {
        models: contexts(&workflow),
        together: together(&workflow),
        slots: settings.slots,
        gpu_memory: settings.gpu_memory,
        connections: TrialDatabase::connections(settings.workers),
        batch: match settings.batch {
            BatchChoice::New => None,
            BatchChoice::Resume(batch) | BatchChoice::Join(batch) => Some(batch),
        },
    }
}

fn contexts(workflow: &Workflow) -> BTreeMap<String, u32> {
    let mut contexts = BTreeMap::new();
    for conversation in &workflow.conversations {
        if let Actor::Model { name } = &conversation.actor {
            let context = contexts.entry(name.clone()).or_insert(0);
            *context = conversation.options.num_ctx.max(*context);
        }
    }
    contexts
}

/// The groups whose steps are done by several models.
fn together(workflow: &Workflow) -> Vec<BTreeSet<String>> {
    let mut groups: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for conversation in &workflow.conversations {
        if let (Some(group), Actor::Model { name }) = (&conversation.together, &conversation.actor)
        {
            groups.entry(group).or_default().insert(name.clone());
        }
    }
    groups
        .into_values()
        .filter(|models| models.len() > 1)
        .collect()
}

/// What the driver tells of this machine's cards, for whoever is to look at them; no longer than it may take.
pub(crate) async fn cards(settings: &TrialSettings) -> Result<Cards, NoGpu> {
    let Some(reader) = &settings.gpu else {
        return Err(NoGpu::NoDriver("nobody was told to look".to_owned()));
    };
    let looked = tokio::time::timeout(DRIVER_LIMIT, look(reader)).await;
    looked.unwrap_or_else(|_| {
        let limit = DRIVER_LIMIT.as_secs();
        Err(NoGpu::Broken(format!(
            "it does not answer within {limit} s"
        )))
    })
}

fn records(settings: &TrialSettings) -> Disk {
    let record = settings
        .checkpoint
        .as_ref()
        .map(|checkpoint| checkpoint.path.as_path());
    let folder = match record.map(Path::parent) {
        Some(Some(folder)) if folder.as_os_str().is_empty() => PathBuf::from("."),
        Some(Some(folder)) => folder.to_owned(),
        Some(None) | None => PathBuf::from(RECORDS),
    };
    machine::disk("records", folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_the_built_in_workflow_wants_its_three_models_and_both_graders_at_once() {
        let wanted = wanted(&TrialSettings::simulated());
        let models: Vec<(&str, u32)> = wanted
            .models
            .iter()
            .map(|(m, n)| (m.as_str(), *n))
            .collect();
        let expected = [
            ("gemma2:latest", 8192),
            ("llama3.2:latest", 8192),
            ("qwen2.5:7b", 8192),
        ];
        assert_eq!(models, expected);
        let graders = BTreeSet::from(["gemma2:latest".to_owned(), "qwen2.5:7b".to_owned()]);
        assert_eq!(wanted.together, [graders]);
        assert_eq!((wanted.connections, wanted.batch), (4, None));
    }
}
