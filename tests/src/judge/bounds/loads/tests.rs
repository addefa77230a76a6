//! The November run's figures, and brute force: every schedule of single calls.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

const GEMMA3: usize = 0;
const GEMMA2: usize = 1;
const QWEN: usize = 2;

/// Name, model, and what it truly reads, of the eleven model steps of November 2025.
const STEPS: [(&str, usize, &[&str]); 11] = [
    ("extract", GEMMA3, &[]),
    ("grade_a", GEMMA2, &["extract"]),
    ("grade_b", QWEN, &["extract"]),
    ("improve", QWEN, &["grade_a", "grade_b"]),
    ("regrade", QWEN, &["improve"]),
    ("ticket", QWEN, &["regrade"]),
    ("format", GEMMA2, &["grade_a", "grade_b", "ticket"]),
    ("skills", QWEN, &["format"]),
    ("analyst", QWEN, &[]),
    ("skeptic", GEMMA2, &["analyst"]),
    ("expert", QWEN, &["analyst", "skeptic"]),
];

fn is_of_the_branch(name: &str) -> bool {
    ["improve", "regrade", "ticket"].contains(&name)
}

/// What a posting took, by what its steps read or as the chain that November went through.
fn path(improved: bool, chain: bool) -> Path {
    let taken: Vec<_> = STEPS
        .iter()
        .filter(|(name, _, _)| improved || !is_of_the_branch(name))
        .collect();
    let position = |wanted: &str| taken.iter().position(|(name, _, _)| *name == wanted);
    let step = |(at, (_, model, reads)): (usize, &&(&str, usize, &[&str]))| Step {
        model: *model,
        needs: if chain {
            at.checked_sub(1).into_iter().collect()
        } else {
            reads.iter().filter_map(|read| position(read)).collect()
        },
    };
    taken.iter().enumerate().map(step).collect()
}

/// Room for this many of November's models.
fn room_for(models: u64) -> Card {
    Card {
        memory: models,
        sizes: vec![1; 3],
    }
}

fn least(paths: impl IntoIterator<Item = Path>, card: &Card) -> Option<Least> {
    least_loads(&paths.into_iter().collect(), card)
}

/// Posting by posting, step by step; the model that was not asked for longest goes.
fn posting_by_posting(room: usize) -> usize {
    let (mut loads, mut resident) = (0, VecDeque::new());
    for posting in 0..50 {
        for step in path(posting < 8, true) {
            if resident.contains(&step.model) {
                resident.retain(|model| *model != step.model);
            } else {
                loads += 1;
                resident.truncate(room - 1);
            }
            resident.push_front(step.model);
        }
    }
    loads
}

#[test]
fn novembers_run_loaded_350_times_where_7_would_have_done_in_its_order_and_5_in_any() {
    assert_eq!(posting_by_posting(1), 350);
    let both = |chain| [path(false, chain), path(true, chain)];
    assert_eq!(least(both(true), &room_for(1)), Some(Least::Exactly(7)));
    assert_eq!(least(both(false), &room_for(1)), Some(Least::Exactly(5)));
}

#[test]
fn a_batch_in_which_nothing_is_improved_needs_one_load_less() {
    let plain = least([path(false, false)], &room_for(1));
    assert_eq!(plain, Some(Least::Exactly(4)));
}

#[test]
fn with_room_for_two_or_three_each_model_is_loaded_once() {
    assert_eq!([2, 3].map(posting_by_posting), [150, 3]);
    for room in [2, 3] {
        let paths = [path(false, false), path(true, false)];
        assert_eq!(least(paths, &room_for(room)), Some(Least::Exactly(3)));
    }
}

#[test]
fn a_model_larger_than_the_card_is_loaded_alone() {
    let card = Card {
        memory: 2,
        sizes: vec![1, 5, 1],
    };
    assert_eq!(
        least([path(false, false)], &card).map(Least::number),
        Some(4)
    );
}

#[test]
fn calls_that_need_each_other_have_no_schedule() {
    let circle = vec![
        Step {
            model: 0,
            needs: vec![1],
        },
        Step {
            model: 0,
            needs: vec![0],
        },
    ];
    assert_eq!(least([circle], &room_for(1)), None);
}

#[test]
fn no_calls_need_no_loads() {
    assert_eq!(least([], &room_for(1)), Some(Least::Exactly(0)));
}

/// Every set of loads and single calls, one after the other, each posting by itself: nothing is done at once, nothing
/// in lockstep, and any resident may be sent away.
fn brute_force(postings: &[Path], card: &Card) -> Option<usize> {
    let mut seen = BTreeSet::new();
    let mut open = VecDeque::from([(0, (0, vec![0_u64; postings.len()]))]);
    while let Some((loads, (resident, done))) = open.pop_front() {
        let over = |(path, done): (&Path, &u64)| done.count_ones() as usize == path.len();
        if postings.iter().zip(&done).all(over) {
            return Some(loads);
        }
        if !seen.insert((resident, done.clone())) {
            continue;
        }
        for next in calls(postings, resident, &done) {
            open.push_front((loads, (resident, next)));
        }
        for next in residencies(resident, card) {
            open.push_back((loads + 1, (next, done.clone())));
        }
    }
    None
}

fn calls(postings: &[Path], resident: Models, done: &[u64]) -> Vec<Vec<u64>> {
    let mut next = Vec::new();
    for (posting, path) in postings.iter().enumerate() {
        for (position, step) in path.iter().enumerate() {
            let over = |position: usize| done[posting] & (1 << position) != 0;
            let ready = step.needs.iter().all(|need| over(*need));
            if ready && !over(position) && resident & (1 << step.model) != 0 {
                let mut done = done.to_vec();
                done[posting] |= 1 << position;
                next.push(done);
            }
        }
    }
    next
}

fn residencies(resident: Models, card: &Card) -> Vec<Models> {
    let mut next = Vec::new();
    for model in (0..card.sizes.len()).filter(|model| resident & (1 << model) == 0) {
        for kept in (0..=resident).filter(|kept| kept & !resident == 0) {
            let with = kept | (1 << model);
            if card.holds(with) {
                next.push(with);
            }
        }
    }
    next
}

const MODELS: usize = 3;

prop_compose! {
    /// Any graph without a circle: a step needs some of those before it.
    pub(crate) fn any_path(longest: usize)(
        steps in prop::collection::vec((0..MODELS, any::<u8>()), 1..=longest),
    ) -> Path {
        let needs = |at: usize, bits: u8| (0..at).filter(|need| bits & (1 << need) != 0).collect();
        steps
            .into_iter()
            .enumerate()
            .map(|(at, (model, bits))| Step { model, needs: needs(at, bits) })
            .collect()
    }
}

prop_compose! {
    /// From room for one to room for all.
    pub(crate) fn any_card()(
        sizes in prop::collection::vec(1_u64..=4, MODELS),
        memory in 1_u64..=12,
    ) -> Card {
        Card { memory, sizes }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_search_finds_what_brute_force_finds(
        postings in prop::collection::vec(any_path(4), 1..=3),
        card in any_card(),
    ) {
        let found = least(postings.clone(), &card);
        prop_assert_eq!(found, brute_force(&postings, &card).map(Least::Exactly));
    }

    #[test]
    fn a_search_that_is_broken_off_never_promises_more_than_the_minimum(
        postings in prop::collection::vec(any_path(6), 1..=4),
        card in any_card(),
        states in 0_usize..6,
    ) {
        let paths = postings.into_iter().collect();
        let minimum = least_loads(&paths, &card).unwrap().number();
        match search(&paths, &card, states).unwrap() {
            Least::Exactly(loads) => prop_assert_eq!(loads, minimum),
            Least::AtLeast(loads) => prop_assert!(loads <= minimum, "{} > {}", loads, minimum),
        }
    }

    #[test]
    fn a_retry_adds_no_load(mut path in any_path(5), card in any_card(), which in any::<prop::sample::Index>()) {
        let first = which.index(path.len());
        let before = least([path.clone()], &card);
        let retry = path.len();
        for step in &mut path {
            if step.needs.contains(&first) {
                step.needs.push(retry);
            }
        }
        path.push(Step { model: path[first].model, needs: vec![first] });
        prop_assert_eq!(least([path], &card), before);
    }

    #[test]
    fn more_postings_of_a_kind_and_less_work_never_need_more_loads(
        mut postings in prop::collection::vec(any_path(5), 1..=4),
        card in any_card(),
    ) {
        let all = least(postings.clone(), &card);
        postings.extend(postings.clone());
        prop_assert_eq!(least(postings.clone(), &card), all);
        let fewer = least(postings.into_iter().take(1), &card);
        prop_assert!(fewer.unwrap().number() <= all.unwrap().number());
    }
}
