//! Who was passed over, and how often: what keeps a model from waiting for ever.

use std::collections::BTreeMap;

use super::{Phase, State, WavePlan};

/// Of each model with ready work that is resident nowhere, how many loads others have had since.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waits(BTreeMap<String, usize>);

impl Waits {
    /// What the next state is to say.
    pub fn passed_over(&self) -> BTreeMap<String, usize> {
        self.0.clone()
    }

    /// Takes note of what was decided.
    pub fn note(&mut self, state: &State, plan: &WavePlan) {
        let loads = plan.loads(state);
        let is_there = |model: &str| {
            let servers = &mut state.servers.iter();
            loads.iter().any(|(_, loaded)| loaded == model)
                || servers.any(|s| s.models.get(model).is_some_and(|known| known.resident))
        };
        let steps = state.fronts.iter().flat_map(|front| &front.steps);
        let ready = steps.filter(|(_, phase)| *phase == Phase::Ready);
        let models = ready.filter_map(|(step, _)| state.graph.model_of(*step));
        let mut waiting: Vec<&String> = models.filter(|model| !is_there(model)).collect();
        waiting.sort_unstable();
        waiting.dedup();
        let waited = |model: &String| self.0.get(model).copied().unwrap_or(0) + loads.len();
        self.0 = waiting
            .into_iter()
            .map(|model| (model.clone(), waited(model)))
            .collect();
    }
}
