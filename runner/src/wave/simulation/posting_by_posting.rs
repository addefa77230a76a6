//! The other way to go: one posting after the other, one call after the other.

use std::time::Duration;

use super::books::Books;
use super::{Outcome, Plant, Postings};
use crate::wave::has_room;

/// Takes each posting to its end before the next, on the first server. Where room is needed, the model that was not
/// asked for longest goes.
pub fn posting_by_posting(plant: &Plant, postings: &dyn Postings) -> Outcome {
    let graph = &plant.graph;
    let memory = plant.servers.first().copied().unwrap_or(0);
    let mut books = Books::of(graph, postings.count());
    let mut outcome = Outcome::default();
    let mut finished = Duration::ZERO;
    // The one that was asked last stands last.
    let mut resident: Vec<usize> = Vec::new();
    let steps: Vec<usize> = (0..graph.steps.len()).collect();
    for posting in 0..postings.count() {
        outcome.makespan = outcome.makespan.max(postings.arrives(posting));
        books.advance(postings, posting, None);
        while let Some((_, step)) = books.claim(&steps) {
            let Some(model) = graph.steps[step].model else {
                continue;
            };
            if resident.contains(&model) {
                resident.retain(|other| *other != model);
            } else {
                outcome.loads += 1;
                outcome.makespan += load_time(plant, model);
                while !has_room(Some(memory), sizes(plant, &resident), size(plant, model)) {
                    resident.remove(0);
                }
            }
            resident.push(model);
            outcome.calls += 1;
            outcome.makespan += postings.computes(posting, graph.steps[step].conversation);
            books.advance(postings, posting, Some(step));
        }
        finished += outcome.makespan;
    }
    let count = u32::try_from(postings.count().max(1)).unwrap_or(u32::MAX);
    outcome.mean_finished = finished / count;
    outcome
}

fn load_time(plant: &Plant, model: usize) -> Duration {
    let name = &plant.graph.models[model];
    plant.load_time.get(name).copied().unwrap_or_default()
}

fn sizes(plant: &Plant, models: &[usize]) -> impl Iterator<Item = u64> {
    models.iter().map(|model| size(plant, *model))
}

fn size(plant: &Plant, model: usize) -> u64 {
    let name = &plant.graph.models[model];
    plant.sizes.get(name).copied().unwrap_or(0)
}
