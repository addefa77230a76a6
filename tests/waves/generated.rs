//! Workflows, memories, sizes, slots and servers as they come.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use wave_runner::wave::simulation::{Plant, Postings, simulate};
use wave_runner::wave::{Graph, Node};
use wave_runner::workflow::ConversationId;

use crate::{least, performed};

/// A workflow, what computes it, and the postings that go through it.
#[derive(Debug, Clone)]
struct World {
    nodes: Vec<Node>,
    sizes: BTreeMap<String, u64>,
    servers: Vec<u64>,
    slots: usize,
    postings: usize,
    /// Between the arrivals of two postings.
    gap: Duration,
    load: Duration,
    /// Decides which conditional steps are taken, and how long each call computes.
    seed: u64,
}

impl World {
    fn plant(&self) -> Plant {
        let loads = self.sizes.keys().map(|model| (model.clone(), self.load));
        Plant {
            graph: Arc::new(Graph::new(&self.nodes).unwrap()),
            servers: self.servers.clone(),
            sizes: self.sizes.clone(),
            load_time: loads.collect(),
            call_time: BTreeMap::new(),
            slots: self.slots,
            ahead: 1,
        }
    }

    /// Not random, but without a pattern.
    fn draw(&self, posting: usize, conversation: ConversationId) -> u64 {
        let mut drawn =
            self.seed ^ (posting as u64) << 32 ^ u64::from(conversation.0.unsigned_abs());
        for _ in 0..3 {
            drawn = (drawn ^ drawn >> 31).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
        drawn >> 16
    }

    fn model_steps(&self) -> usize {
        self.nodes
            .iter()
            .filter(|node| node.model.is_some())
            .count()
    }

    fn calls(&self) -> usize {
        let takes = |posting: usize| {
            let taken = |node: &&Node| {
                node.model.is_some()
                    && (!node.conditional || self.takes(posting, node.conversation))
            };
            self.nodes.iter().filter(taken).count()
        };
        (0..self.postings).map(takes).sum()
    }

    fn siblings(&self) -> Vec<&Node> {
        self.nodes
            .iter()
            .filter(|node| node.together.is_some())
            .collect()
    }
}

impl Postings for World {
    fn count(&self) -> usize {
        self.postings
    }

    fn arrives(&self, posting: usize) -> Duration {
        self.gap * u32::try_from(posting).unwrap()
    }

    fn takes(&self, posting: usize, conversation: ConversationId) -> bool {
        self.draw(posting, conversation).is_multiple_of(3)
    }

    fn computes(&self, posting: usize, conversation: ConversationId) -> Duration {
        Duration::from_millis(1_000 + self.draw(posting, conversation) % 20_000)
    }
}

/// Steps in which each needs some of those before it; two of them may be siblings.
fn nodes(models: usize) -> impl Strategy<Value = Vec<Node>> {
    let step = (0..=models, any::<u16>(), prop::bool::weighted(0.2));
    (prop::collection::vec(step, 1..10), any::<u8>()).prop_map(move |(steps, pair)| {
        let mut nodes: Vec<Node> = Vec::new();
        for (at, (model, needs, conditional)) in steps.into_iter().enumerate() {
            let needed = |before: &usize| needs & 1 << before != 0 && needs.is_multiple_of(3);
            nodes.push(Node {
                conversation: ConversationId(i32::try_from(at).unwrap()),
                model: (model < models).then(|| format!("model-{model}")),
                needs: (0..at)
                    .filter(needed)
                    .chain(at.checked_sub(1 + usize::from(needs % 4)))
                    .map(|need| ConversationId(i32::try_from(need).unwrap()))
                    .collect(),
                conditional: conditional && at > 0,
                together: None,
            });
        }
        let first = usize::from(pair) % nodes.len();
        if let [a, b, ..] = &mut nodes[first..]
            && a.model.is_some()
            && b.model.is_some()
            && a.model != b.model
        {
            // As the graders: they need the same, and nothing of each other.
            b.needs.clone_from(&a.needs);
            for sibling in [a, b] {
                sibling.conditional = false;
                sibling.together = Some("siblings".to_owned());
            }
        }
        nodes
    })
}

fn world(servers: std::ops::Range<usize>) -> impl Strategy<Value = World> {
    (1_usize..5)
        .prop_flat_map(move |models| {
            (
                nodes(models),
                prop::collection::vec(1_u64..7, models),
                prop::collection::vec(2_u64..16, servers.clone()),
                (1_usize..3, 1_usize..7, 0_u64..40, 0_u64..20),
                any::<u64>(),
            )
        })
        .prop_map(
            |(nodes, sizes, servers, (slots, postings, gap, load), seed)| {
                let size = |(model, size): (usize, &u64)| (format!("model-{model}"), *size);
                let mut sizes: BTreeMap<String, u64> = sizes.iter().enumerate().map(size).collect();
                sizes.retain(|name, _| nodes.iter().any(|node| node.model.as_ref() == Some(name)));
                World {
                    nodes,
                    sizes,
                    servers,
                    slots,
                    postings,
                    gap: Duration::from_secs(gap),
                    load: Duration::from_secs(load),
                    seed,
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_call_is_made_once_and_no_server_holds_more_than_it_has_room_for(world in world(1..5)) {
        let outcome = simulate(&world.plant(), &world).unwrap();
        prop_assert_eq!(outcome.calls, world.calls());
        prop_assert_eq!(outcome.over_budget, 0);
    }

    #[test]
    fn with_all_work_there_one_server_loads_at_most_once_more_than_hindsight_would(world in world(1..2)) {
        let mut world = World { gap: Duration::ZERO, ..world };
        // The judge's bound knows of no siblings: waiting for each other may cost loads.
        for node in &mut world.nodes {
            node.together = None;
        }
        let hindsight = least(&world.nodes, &world, &world.sizes, world.servers[0]);
        // Its card holds what adds up; with a quarter more, so does a server that leaves a fifth of what is free.
        world.servers[0] += world.servers[0].div_ceil(4);
        let loads = simulate(&world.plant(), &world).unwrap().loads;
        prop_assert!(loads <= hindsight + 1, "{} loads, hindsight {}", loads, hindsight);
    }

    #[test]
    fn the_servers_make_exactly_the_loads_that_were_planned(world in world(1..5)) {
        let (planned, performed) = performed(&world.plant(), &world);
        prop_assert_eq!(planned.loads, performed);
    }

    #[test]
    fn where_all_models_have_room_each_is_loaded_once(world in world(1..2)) {
        let world = World { servers: vec![5 * world.sizes.values().sum::<u64>()], ..world };
        let used = world.nodes.iter().filter(|node| !node.conditional).filter_map(|node| node.model.as_ref());
        let used: std::collections::BTreeSet<&String> = used.collect();
        let loads = simulate(&world.plant(), &world).unwrap().loads;
        prop_assert!((used.len()..=world.sizes.len()).contains(&loads), "{} loads", loads);
    }

    #[test]
    fn siblings_whose_models_can_be_resident_at_once_always_begin_together(world in world(1..4)) {
        let siblings = world.siblings();
        let mut sizes: Vec<u64> = siblings.iter().map(|node| world.sizes[node.model.as_ref().unwrap()]).collect();
        sizes.sort_unstable();
        let has_room = |smaller: u64, larger: u64| smaller * 5 <= world.servers[0].saturating_sub(larger) * 4;
        let can_meet = world.servers.len() > 1 || sizes.is_empty() || has_room(sizes[0], sizes[1]);
        let outcome = simulate(&world.plant(), &world).unwrap();
        let wanted = if can_meet && !siblings.is_empty() { world.postings } else { 0 };
        prop_assert_eq!(outcome.together, wanted);
    }

    #[test]
    fn no_model_with_work_is_passed_over_by_more_loads_than_the_bound(world in world(1..3)) {
        let world = World { postings: world.postings * 6, ..world };
        let outcome = simulate(&world.plant(), &world).unwrap();
        // So many until it is overdue; then those that are overdue as well, on every server.
        let bound = world.model_steps() + 2 * world.sizes.len() * world.servers.len();
        prop_assert!(outcome.longest_wait <= bound, "{} loads, at most {}", outcome.longest_wait, bound);
    }
}
