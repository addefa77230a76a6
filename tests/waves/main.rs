//! The wave planner against the judge's bounds: whole batches in virtual time, over generated workflows and over 3001.

#![expect(
    clippy::unwrap_used,
    reason = "a world that cannot be made is a defect of the test"
)]

mod generated;
mod workflow_3001;

use std::collections::{BTreeMap, BTreeSet};

use batchproof::judge::bounds::loads::{Card, Path, Step, least_loads};
use fixtures::ollama::{FitRule, Rehearsal};
use wave_runner::wave::Node;
use wave_runner::wave::simulation::{Asked, Outcome, Plant, Postings, simulate_before};
use wave_runner::workflow::ConversationId;

/// What came of the plan by the planner's own books, and the loads that the stand-in's scheduler makes of it.
fn performed(plant: &Plant, postings: &dyn Postings) -> (Outcome, usize) {
    let server = |memory: &u64| Rehearsal::new(*memory, FitRule::EightyPercent);
    let mut servers: Vec<Rehearsal<_>> = plant.servers.iter().map(server).collect();
    let outcome = simulate_before(plant, postings, &mut |at, asked| {
        let server = &mut servers[at.0];
        match asked {
            Asked::Load { model } => server.load(model, plant.sizes[model]),
            Asked::Begin { model, call } => server.begin(call, model, plant.sizes[model]),
            Asked::End { call } => server.end(&call),
            Asked::Unload { model } => server.unload(model),
        }
    });
    (outcome.unwrap(), servers.iter().map(Rehearsal::loads).sum())
}

/// The fewest loads that hindsight allows for the steps that these postings take, on one card.
fn least(
    nodes: &[Node],
    postings: &dyn Postings,
    sizes: &BTreeMap<String, u64>,
    memory: u64,
) -> usize {
    let card = Card {
        memory,
        sizes: sizes.values().copied().collect(),
    };
    let paths: BTreeSet<Path> = (0..postings.count())
        .map(|posting| path(nodes, sizes, |id| postings.takes(posting, id)))
        .collect();
    least_loads(&paths, &card).unwrap().number()
}

/// The model steps that are taken. What a script or a skipped step needs, its dependents need.
fn path(
    nodes: &[Node],
    sizes: &BTreeMap<String, u64>,
    takes: impl Fn(ConversationId) -> bool,
) -> Path {
    let is_call =
        |node: &&Node| node.model.is_some() && (!node.conditional || takes(node.conversation));
    let calls: Vec<&Node> = nodes.iter().filter(is_call).collect();
    let mut behind: BTreeMap<ConversationId, BTreeSet<usize>> = BTreeMap::new();
    let mut path = Path::new();
    // The nodes stand behind what they need.
    for node in nodes {
        let needs: BTreeSet<usize> = node
            .needs
            .iter()
            .flat_map(|need| behind.get(need).cloned().unwrap_or_default())
            .collect();
        let place = calls
            .iter()
            .position(|call| call.conversation == node.conversation);
        if let (Some(place), Some(model)) = (place, &node.model) {
            path.push(Step {
                model: sizes.keys().position(|name| name == model).unwrap(),
                needs: needs.into_iter().collect(),
            });
            behind.insert(node.conversation, BTreeSet::from([place]));
        } else {
            behind.insert(node.conversation, needs);
        }
    }
    path
}
