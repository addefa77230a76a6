//! A batch that is there already: what it was created with holds for whoever goes on with it.

use wave_runner::store::BatchId;
use wave_runner::workflow::Workflow;

use super::collecting::server_kind;
use super::{BatchChoice, TrialDatabase, TrialError, TrialSettings};
use crate::ledger::{self, KeptBatch, KeptCircumstances, UnfinishedBatch};
use crate::record::{PlanReference, ServerKind};

/// A batch to go on with, and the settings that are its own.
pub(super) struct GoingOn {
    pub(super) batch: BatchId,
    pub(super) kept: KeptCircumstances,
    pub(super) settings: TrialSettings,
}

/// Looks the batch of the settings up.
///
/// # Errors
/// [`TrialError::Input`] when it is not there, was made with another workflow, for another plan or on another kind of
/// server, or when nobody kept what it was made with.
pub(super) async fn going_on(
    settings: &TrialSettings,
    database: &TrialDatabase,
    workflow: &Workflow,
) -> Result<GoingOn, TrialError> {
    let (BatchChoice::Resume(id) | BatchChoice::Join(id)) = settings.batch else {
        return Err(TrialError::Input("which batch? Name it".to_owned()));
    };
    let Some(kept) = ledger::kept(&database.judge, id).await? else {
        let unfinished = ledger::unfinished(&database.judge).await?;
        return Err(TrialError::Input(unknown(id, &unfinished)));
    };
    let circumstances = fitting(id, &kept, settings, workflow).map_err(TrialError::Input)?;
    Ok(GoingOn {
        batch: BatchId(id),
        settings: TrialSettings {
            batch_size: usize::try_from(kept.size).unwrap_or(usize::MAX),
            time_scale: circumstances.mode.time_scale,
            seed: circumstances.seed,
            plan: circumstances.plan.clone(),
            ..settings.clone()
        },
        kept: circumstances,
    })
}

/// What the batch was made with, if these settings can go on with it; else why not.
fn fitting(
    id: i64,
    batch: &KeptBatch,
    settings: &TrialSettings,
    workflow: &Workflow,
) -> Result<KeptCircumstances, String> {
    if batch.workflow_hash != workflow.hash {
        return Err(format!(
            "batch {id} was made with the workflow {}, and this one is {}; its results would be those of another \
             workflow. Say --workflow and --model as they were then, or use the version that made it",
            batch.workflow_hash, workflow.hash
        ));
    }
    let Some(kept) = batch.circumstances.clone() else {
        return Err(format!(
            "nobody kept what batch {id} was made with: its process died before it could. Its postings can go into a new \
             batch: run --posting-ids"
        ));
    };
    if kept.mode.model_server != server_kind(settings) {
        let (its, ours) = match kept.mode.model_server {
            ServerKind::Simulated => ("the SIMULATED model server", "a real one; say --simulate"),
            ServerKind::Live => ("a real model server", "a SIMULATED one; say --ollama URL"),
            ServerKind::Replayed => ("a cassette", "no replay; replay it from its beginning"),
        };
        return Err(format!(
            "batch {id} runs on {its}, and this would be {ours}"
        ));
    }
    let is_resumed = matches!(settings.batch, BatchChoice::Resume(_));
    if is_resumed && !is_same(&kept.plan, &settings.plan) {
        return Err(format!(
            "batch {id} is run for the plan {} ({}), and this one is {} ({}); say --plan with the plan it was begun with. \
             Its record can be judged by any: judge RECORD --plan",
            kept.plan.id,
            short(&kept.plan),
            settings.plan.id,
            short(&settings.plan)
        ));
    }
    Ok(kept)
}

fn is_same(one: &PlanReference, other: &PlanReference) -> bool {
    one.sha256 == other.sha256
}

fn short(plan: &PlanReference) -> &str {
    plan.sha256
        .as_deref()
        .map_or("no text", |hash| hash.get(..12).unwrap_or(hash))
}

fn unknown(id: i64, unfinished: &[UnfinishedBatch]) -> String {
    let told = |batch: &UnfinishedBatch| {
        format!(
            "{} ({} of {} postings open)",
            batch.batch_id, batch.open_runs, batch.size
        )
    };
    let those = match unfinished {
        [] => "none is unfinished there".to_owned(),
        some => {
            let each: Vec<String> = some.iter().map(told).collect();
            format!("unfinished there: {}", each.join(", "))
        }
    };
    format!("there is no batch {id} in this database; {those}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::trial::collecting::mode;
    use crate::trial::tape::Tape;

    fn settings() -> TrialSettings {
        TrialSettings {
            batch: BatchChoice::Resume(7),
            ..TrialSettings::simulated()
        }
    }

    fn kept(workflow: &Workflow) -> KeptBatch {
        let settings = settings();
        KeptBatch {
            workflow_hash: workflow.hash.clone(),
            size: 50,
            open_runs: 3,
            circumstances: Some(KeptCircumstances {
                mode: mode(&settings, &Tape::None),
                plan: settings.plan,
                fetch: None,
                row_counts_at_start: BTreeMap::new(),
                seed: 42,
            }),
        }
    }

    #[test]
    fn a_batch_goes_on_with_the_workflow_and_the_plan_that_made_it() {
        let workflow = Workflow::builtin();
        assert!(fitting(7, &kept(&workflow), &settings(), &workflow).is_ok());
    }

    #[test]
    fn a_batch_of_another_workflow_plan_or_kind_of_server_is_refused() {
        let workflow = Workflow::builtin();
        let batch = kept(&workflow);
        let refusal = |batch: &KeptBatch, settings: &TrialSettings| {
            fitting(7, batch, settings, &workflow).expect_err("a refusal")
        };
        let other = KeptBatch {
            workflow_hash: "0".repeat(64),
            ..batch.clone()
        };
        assert!(refusal(&other, &settings()).contains("another workflow"));
        let mut planned = settings();
        planned.plan.sha256 = Some("0".repeat(64));
        assert!(refusal(&batch, &planned).contains("say --plan"));
        let mut live = settings();
        live.model_server = crate::trial::ModelServerChoice::Ollama(Vec::new());
        assert!(refusal(&batch, &live).contains("say --simulate"));
    }

    #[test]
    fn an_unknown_batch_is_told_with_those_that_are_there() {
        let open = UnfinishedBatch {
            batch_id: 3,
            size: 50,
            open_runs: 12,
        };
        assert_eq!(
            unknown(9, &[open]),
            "there is no batch 9 in this database; unfinished there: 3 (12 of 50 postings open)"
        );
        assert!(unknown(9, &[]).ends_with("none is unfinished there"));
    }
}
