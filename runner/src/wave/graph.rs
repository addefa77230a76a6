//! The workflow as the planner sees it: which model each step asks, and what it stands behind.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::workflow::{Actor, ConversationId, Workflow};

/// A set of steps, a bit each.
pub(super) type Steps = u64;
/// A set of models, a bit each.
pub(super) type Models = u32;

/// One step, as a graph is made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its conversation.
    pub conversation: ConversationId,
    /// The model that it asks; `None`: a script.
    pub model: Option<String>,
    /// The steps that must be over before.
    pub needs: Vec<ConversationId>,
    /// Whether what a model answers decides if it is taken at all.
    pub conditional: bool,
    /// Steps with the same word here are sent at the same moment.
    pub together: Option<String>,
}

/// The steps of a workflow, with all that stands behind each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    pub(super) steps: Vec<Step>,
    pub(super) models: Vec<String>,
    /// Steps that are to be sent at the same moment.
    pub(super) groups: Vec<Steps>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) conversation: ConversationId,
    pub(super) model: Option<usize>,
    pub(super) needs: Steps,
    /// Every step that stands behind this one, at any distance.
    pub(super) behind: Steps,
    pub(super) conditional: bool,
}

/// The planner's sets have room for so much and no more.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "expected at most 64 steps and 32 models, found {steps} steps and {models} models in the workflow; \
     divide it into two workflows"
)]
pub struct TooLarge {
    /// Steps that there are.
    pub steps: usize,
    /// Models that there are.
    pub models: usize,
}

impl Graph {
    /// The graph of a workflow.
    ///
    /// # Errors
    /// [`TooLarge`] beyond 64 steps or 32 models.
    pub fn of(workflow: &Workflow) -> Result<Self, TooLarge> {
        let asks_a_model = |id: ConversationId| {
            let step = workflow.conversation(id);
            step.is_some_and(|step| matches!(step.actor, Actor::Model { .. }))
        };
        let nodes = workflow.conversations.iter().map(|step| Node {
            conversation: step.id,
            model: match &step.actor {
                Actor::Model { name } => Some(name.clone()),
                Actor::Script(_) => None,
            },
            needs: step.needs.clone(),
            conditional: step
                .when
                .as_ref()
                .is_some_and(|when| when.any.iter().all(|clause| asks_a_model(clause.of))),
            together: step.together.clone(),
        });
        Self::new(&nodes.collect::<Vec<_>>())
    }

    /// The graph of these steps. A need that names none of them is no need.
    ///
    /// # Errors
    /// [`TooLarge`] beyond 64 steps or 32 models.
    pub fn new(nodes: &[Node]) -> Result<Self, TooLarge> {
        let mut models: Vec<String> = nodes.iter().filter_map(|n| n.model.clone()).collect();
        models.sort_unstable();
        models.dedup();
        if nodes.len() > Steps::BITS as usize || models.len() > Models::BITS as usize {
            return Err(TooLarge {
                steps: nodes.len(),
                models: models.len(),
            });
        }
        let position = |id: &ConversationId| nodes.iter().position(|n| n.conversation == *id);
        let mut steps: Vec<Step> = nodes
            .iter()
            .map(|node| Step {
                conversation: node.conversation,
                model: node
                    .model
                    .as_ref()
                    .and_then(|model| models.binary_search(model).ok()),
                needs: node
                    .needs
                    .iter()
                    .filter_map(position)
                    .fold(0, |needs, step| needs | 1 << step),
                behind: 0,
                conditional: node.conditional,
            })
            .collect();
        stand_behind(&mut steps);
        let mut groups: BTreeMap<&str, Steps> = BTreeMap::new();
        for (step, node) in nodes.iter().enumerate() {
            if let (Some(word), Some(_)) = (&node.together, &node.model) {
                *groups.entry(word).or_default() |= 1 << step;
            }
        }
        Ok(Self {
            steps,
            models,
            groups: groups
                .into_values()
                .filter(|g| g.count_ones() > 1)
                .collect(),
        })
    }

    /// All steps.
    pub(super) fn all(&self) -> Steps {
        (0..self.steps.len()).fold(0, |all, step| all | 1 << step)
    }

    /// The steps of one model.
    pub(super) fn steps_of(&self, model: usize) -> impl Iterator<Item = usize> {
        let steps = self.steps.iter().enumerate();
        steps
            .filter(move |(_, step)| step.model == Some(model))
            .map(|(step, _)| step)
    }

    /// The steps that can come no sooner than these.
    pub(super) fn behind(&self, open: Steps) -> Steps {
        members(open).fold(0, |behind, step| behind | self.steps[step].behind)
    }

    /// The model that a step asks.
    pub(super) fn model_of(&self, conversation: ConversationId) -> Option<&String> {
        let step = &self.steps[self.position(conversation)?];
        Some(&self.models[step.model?])
    }

    /// Model steps and models: more loads than any plan for work that is ready at the start takes.
    pub(super) fn more_than_any_plan(&self) -> usize {
        let asks = self.steps.iter().filter(|step| step.model.is_some());
        asks.count() + self.models.len()
    }

    pub(super) fn position(&self, conversation: ConversationId) -> Option<usize> {
        self.steps
            .iter()
            .position(|step| step.conversation == conversation)
    }

    /// The models of a set of steps.
    pub(super) fn models_of(&self, steps: Steps) -> Models {
        let models = members(steps).filter_map(|step| self.steps[step].model);
        models.fold(0, |models, model| models | 1 << model)
    }
}

/// To a fixed point: a step stands behind what it needs and behind whatever that stands behind.
fn stand_behind(steps: &mut [Step]) {
    let mut moved = true;
    while moved {
        moved = false;
        for step in 0..steps.len() {
            let (needs, behind) = (steps[step].needs, steps[step].behind | 1 << step);
            for need in members(needs) {
                moved |= behind & !steps[need].behind != 0;
                steps[need].behind |= behind;
            }
        }
    }
}

/// The positions of a set.
pub(super) fn members(set: Steps) -> impl Iterator<Item = usize> {
    let mut rest = set;
    std::iter::from_fn(move || {
        let first = (rest != 0).then(|| rest.trailing_zeros() as usize);
        rest &= rest.wrapping_sub(1);
        first
    })
}

/// The models of a set.
pub(super) fn models_in(set: Models) -> impl Iterator<Item = usize> {
    members(set.into())
}
