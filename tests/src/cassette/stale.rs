//! What has changed since a cassette was recorded, by cause.
//!
//! What decides the requests makes a replay impossible: the first call that it concerns would find no answer, so the run is
//! refused before it begins. What does not is told, and stands in the record: the answers are still those of one run, but
//! today's would be others, or would be judged by others.

use std::collections::BTreeMap;
use std::fmt;

use wave_runner::workflow::Workflow;

use super::{MadeWith, StepPrint};
use crate::record::{PlanReference, SCHEMA_VERSION};

/// What is there now.
#[derive(Debug, Clone)]
pub struct Present<'p> {
    /// The workflow, with the models that were chosen.
    pub workflow: &'p Workflow,
    /// The plan.
    pub plan: &'p PlanReference,
    /// The digests of the models on the server that would be asked, by name; `None` where there is none to look at.
    pub models: Option<BTreeMap<String, String>>,
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stale {
    /// A step has another prompt.
    Prompt {
        /// The step's name.
        step: String,
    },
    /// A step has another model.
    Model {
        /// The step's name.
        step: String,
        /// The model then.
        then: String,
        /// The model now.
        now: String,
    },
    /// Something else in the workflow.
    Workflow {
        /// The steps that differ, where it is a matter of steps.
        steps: Vec<String>,
    },
    /// Records have another shape now.
    RecordSchema {
        /// The version then.
        then: u32,
    },
    /// A name stands for other weights now, or for none.
    ModelDigest {
        /// The model's name.
        model: String,
        /// The digest then.
        then: String,
        /// The digest now; `None` where the model is not there.
        now: Option<String>,
    },
    /// It was recorded for another plan, or another text of it.
    Plan {
        /// The plan then.
        then: String,
        /// The plan now.
        now: String,
    },
}

impl Stale {
    /// Whether it keeps the cassette from being replayed.
    pub fn blocks(&self) -> bool {
        match self {
            Self::Prompt { .. } | Self::Model { .. } | Self::Workflow { .. } => true,
            Self::RecordSchema { .. } | Self::ModelDigest { .. } | Self::Plan { .. } => false,
        }
    }
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prompt { step } => write!(f, "prompt: that of {step} has another text now"),
            Self::Model { step, then, now } => {
                write!(
                    f,
                    "model: {step} was asked of {then}, and is asked of {now} now"
                )
            }
            Self::Workflow { steps } if steps.is_empty() => {
                f.write_str("workflow: it has another definition now")
            }
            Self::Workflow { steps } => write!(
                f,
                "workflow: {} has another definition now, is new or is gone",
                steps.join(", ")
            ),
            Self::RecordSchema { then } => write!(
                f,
                "schema: it was recorded when records had version {then}, and they have {SCHEMA_VERSION} now"
            ),
            Self::ModelDigest { model, then, now } => {
                let now = now.as_deref().map_or("is not there now", short);
                write!(
                    f,
                    "model digest: {model} was {}, and {now} now",
                    short(then)
                )
            }
            Self::Plan { then, now } => {
                write!(
                    f,
                    "plan: it was recorded for {then}, and is judged by {now}"
                )
            }
        }
    }
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// All that differs, what blocks first.
pub fn stale(made_with: &MadeWith, now: &Present<'_>) -> Vec<Stale> {
    let mut found = of_steps(made_with, now.workflow);
    if found.is_empty() && made_with.workflow_hash != now.workflow.hash {
        found.push(Stale::Workflow { steps: Vec::new() });
    }
    if made_with.record_schema != SCHEMA_VERSION {
        found.push(Stale::RecordSchema {
            then: made_with.record_schema,
        });
    }
    found.extend(of_models(made_with, now));
    if made_with.plan.sha256 != now.plan.sha256 {
        found.push(Stale::Plan {
            then: told(&made_with.plan),
            now: told(now.plan),
        });
    }
    found
}

fn of_steps(made_with: &MadeWith, workflow: &Workflow) -> Vec<Stale> {
    let (then, now) = (&made_with.steps, StepPrint::of_all(workflow));
    let mut found = Vec::new();
    let mut others: Vec<String> = now
        .keys()
        .filter(|step| !then.contains_key(*step))
        .cloned()
        .collect();
    for (step, then) in then {
        let Some(now) = now.get(step) else {
            others.push(step.clone());
            continue;
        };
        if then.prompt_sha256 != now.prompt_sha256 {
            found.push(Stale::Prompt { step: step.clone() });
        }
        if then.model != now.model {
            let named = |model: &Option<String>| model.clone().unwrap_or("a script".to_owned());
            found.push(Stale::Model {
                step: step.clone(),
                then: named(&then.model),
                now: named(&now.model),
            });
        }
        if then.rest_sha256 != now.rest_sha256 {
            others.push(step.clone());
        }
    }
    others.sort_unstable();
    found.extend((!others.is_empty()).then_some(Stale::Workflow { steps: others }));
    found
}

fn of_models(made_with: &MadeWith, now: &Present<'_>) -> Vec<Stale> {
    let Some(digests) = &now.models else {
        return Vec::new();
    };
    let models = made_with.models.iter();
    let changed = models.filter(|(model, then)| digests.get(*model) != Some(*then));
    changed
        .map(|(model, then)| Stale::ModelDigest {
            model: model.clone(),
            then: then.clone(),
            now: digests.get(model).cloned(),
        })
        .collect()
}

fn told(plan: &PlanReference) -> String {
    let text = plan.sha256.as_deref().map_or("text unknown", short);
    format!("{} ({text})", plan.id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wave_runner::workflow::ConversationId;

    use super::*;
    use crate::judge::doctored;

    fn plan() -> PlanReference {
        PlanReference {
            id: "BATCH-50-001".to_owned(),
            sha256: Some("a".repeat(64)),
        }
    }

    fn made_with() -> MadeWith {
        let workflow = Workflow::builtin();
        MadeWith {
            record_schema: SCHEMA_VERSION,
            plan: plan(),
            workflow_id: workflow.id,
            workflow_hash: workflow.hash.clone(),
            steps: StepPrint::of_all(&workflow),
            models: BTreeMap::from([("gemma2:latest".to_owned(), "b".repeat(64))]),
            mode: doctored::healthy_of(1).mode,
            batch_size: 1,
            seed: 42,
            slots: 1,
            gpu_memory: None,
            site: None,
            passed_over: BTreeSet::new(),
        }
    }

    fn causes(made_with: &MadeWith, workflow: &Workflow) -> Vec<Stale> {
        let models = Some(BTreeMap::from([(
            "gemma2:latest".to_owned(),
            "b".repeat(64),
        )]));
        let plan = plan();
        stale(
            made_with,
            &Present {
                workflow,
                plan: &plan,
                models,
            },
        )
    }

    #[test]
    fn what_nobody_changed_is_not_stale() {
        assert_eq!(causes(&made_with(), &Workflow::builtin()), []);
    }

    #[test]
    fn another_prompt_blocks_and_names_its_step() {
        let mut workflow = Workflow::builtin();
        let skills = workflow
            .conversations
            .iter_mut()
            .find(|it| it.name == "skills");
        let step = skills.map(|it| {
            it.prompt.as_mut().unwrap().push('!');
            it.name.clone()
        });
        let workflow = workflow.with_models(&BTreeMap::new());
        let found = causes(&made_with(), &workflow);
        assert_eq!(
            found,
            [Stale::Prompt {
                step: step.unwrap_or_default()
            }]
        );
        assert!(found[0].blocks());
    }

    #[test]
    fn another_model_or_option_blocks_and_is_no_prompt() {
        let models = BTreeMap::from([(ConversationId(3336), "mistral:latest".to_owned())]);
        let found = causes(&made_with(), &Workflow::builtin().with_models(&models));
        assert!(
            matches!(&found[..], [Stale::Model { now, .. }] if now == "mistral:latest"),
            "{found:?}"
        );
        assert!(found[0].blocks());

        let mut workflow = Workflow::builtin();
        workflow.conversations[0].options.seed += 1;
        let name = workflow.conversations[0].name.clone();
        let found = causes(&made_with(), &workflow.with_models(&BTreeMap::new()));
        assert_eq!(found, [Stale::Workflow { steps: vec![name] }]);
        assert!(found[0].blocks());
    }

    #[test]
    fn what_changes_no_request_is_told_and_blocks_nothing() {
        let mut then = made_with();
        then.record_schema -= 1;
        then.plan.sha256 = Some("c".repeat(64));
        then.models
            .insert("gemma2:latest".to_owned(), "d".repeat(64));
        let found = causes(&then, &Workflow::builtin());
        assert!(found.iter().all(|cause| !cause.blocks()), "{found:?}");
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        let begins = |cause: &str| told.iter().filter(|it| it.starts_with(cause)).count();
        assert_eq!(
            (
                begins("schema:"),
                begins("plan:"),
                begins("model digest:"),
                told.len()
            ),
            (1, 1, 1, 3)
        );
    }

    #[test]
    fn models_that_nobody_looked_at_are_not_said_to_have_changed() {
        let (workflow, plan) = (Workflow::builtin(), plan());
        let mut then = made_with();
        then.models
            .insert("gemma2:latest".to_owned(), "d".repeat(64));
        let nobody_looked = Present {
            workflow: &workflow,
            plan: &plan,
            models: None,
        };
        assert_eq!(stale(&then, &nobody_looked), []);
    }
}
