//! What a plan asks of a run, as far as the judge needs it.

use std::collections::BTreeMap;

use super::{criterion::Enforcement, decision::ActionKind, tiers::Tiers};
use crate::record::PlanReference;

/// A plan's demands, by criterion. What a plan is silent about is asked all the same, with the criterion's own tiers
/// and enforcement: silence is no excuse, and whoever wants a criterion to weigh less has to say so in the plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Requirements {
    /// Whose demands they are; absent where nobody's.
    pub plan: Option<PlanReference>,
    /// The number of postings that the plan was written for.
    pub batch_size: u32,
    /// By id of the criterion.
    pub by_criterion: BTreeMap<String, Requirement>,
    /// What it advises for a next step. For a step that it is silent about there is advice of our own.
    pub advice: BTreeMap<ActionKind, Vec<String>>,
}

/// What a plan asks under one criterion.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Requirement {
    /// Its tiers; absent where the plan names the criterion without a figure.
    pub tiers: Option<Tiers>,
    /// What it means to miss it; absent where the criterion is on none of the plan's lists.
    pub enforcement: Option<Enforcement>,
}

impl Requirements {
    /// Nothing beyond what the criteria ask by themselves.
    pub fn none() -> Self {
        Self {
            plan: None,
            batch_size: 50,
            by_criterion: BTreeMap::new(),
            advice: BTreeMap::new(),
        }
    }

    pub(crate) fn requirement(&self, criterion: &str) -> Requirement {
        self.by_criterion
            .get(criterion)
            .copied()
            .unwrap_or_default()
    }

    pub(crate) fn advice_for(&self, action: ActionKind) -> Vec<String> {
        self.advice
            .get(&action)
            .cloned()
            .unwrap_or_else(|| action.own_words())
    }
}
