//! Figures that can be done by hand, and schedules of every kind: none is shorter than the bound.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::judge::bounds::loads::{Path, Step, least_loads};

fn call(model: usize, work: f64, needs: &[usize]) -> Call {
    Call {
        model,
        work,
        needs: needs.to_vec(),
    }
}

fn server(memory: u64, slots: &[f64]) -> Servers {
    Servers {
        slots: slots.to_vec(),
        cards: vec![Some(Card {
            memory,
            sizes: vec![1; slots.len()],
        })],
        present: vec![vec![0]],
    }
}

fn bound(postings: &[Vec<Call>], server: &Servers) -> Option<(f64, Because)> {
    least_seconds(postings, server, |_| 0.0).map(|bound| (bound.seconds, bound.because))
}

/// Ten postings, each with three seconds for one model and, behind it, one for another.
fn ten() -> Vec<Vec<Call>> {
    vec![vec![call(0, 3.0, &[]), call(1, 1.0, &[0])]; 10]
}

#[test]
fn the_busiest_model_bounds_a_batch_and_its_slots_share_its_work() {
    let both_fit = |slots: &[f64]| bound(&ten(), &server(2, slots));
    assert_eq!(both_fit(&[1.0, 1.0]), Some((30.0, Because::Crowd(0b01))));
    assert_eq!(both_fit(&[2.0, 1.0]), Some((15.0, Because::Crowd(0b01))));
}

#[test]
fn work_of_models_that_do_not_fit_together_adds_up() {
    let crowd = Because::Crowd(0b11);
    let one_fits = server(1, &[1.0, 1.0]);
    assert_eq!(bound(&ten(), &one_fits), Some((40.0, crowd)));
    let unknown = Servers {
        cards: vec![None],
        ..one_fits
    };
    assert_eq!(
        bound(&ten(), &unknown),
        Some((30.0, Because::Crowd(0b01))),
        "where the memory is unknown both may have fitted"
    );
}

#[test]
fn of_three_models_of_which_two_fit_two_work_at_a_time() {
    let even = vec![vec![
        call(0, 4.0, &[]),
        call(1, 4.0, &[]),
        call(2, 4.0, &[]),
    ]];
    assert_eq!(
        bound(&even, &server(2, &[1.0; 3])),
        Some((6.0, Because::Crowd(0b111)))
    );
}

#[test]
fn servers_that_are_there_at_one_moment_share_the_work_and_those_that_follow_each_other_do_not() {
    let two = |present: Vec<Vec<usize>>| {
        let one = server(1, &[1.0, 1.0]);
        let cards = [one.cards.clone(), one.cards.clone()].concat();
        Servers {
            cards,
            present,
            ..one
        }
    };
    let crowd = Because::Crowd(0b11);
    let together = bound(&ten(), &two(vec![vec![0, 1]]));
    assert_eq!(together, Some((20.0, crowd)));
    let one_after_the_other = bound(&ten(), &two(vec![vec![0], vec![1]]));
    assert_eq!(one_after_the_other, Some((40.0, crowd)));
}

#[test]
fn a_posting_takes_as_long_as_its_chain_and_no_longer() {
    let plenty = server(2, &[9.0, 9.0]);
    let chain = vec![call(0, 3.0, &[]), call(1, 1.0, &[0]), call(0, 2.0, &[])];
    assert_eq!(
        bound(&[chain], &plenty),
        Some((4.0, Because::Posting(0))),
        "the third call waits for nobody"
    );
}

#[test]
fn a_circle_of_needs_is_on_no_chain() {
    let circle = vec![call(0, 3.0, &[1]), call(0, 3.0, &[0]), call(0, 1.0, &[])];
    assert!((longest_chain(&circle) - 1.0).abs() < 1e-9);
}

#[test]
fn without_calls_there_is_no_bound() {
    assert_eq!(bound(&[], &server(1, &[])), None);
    assert_eq!(bound(&[vec![]], &server(1, &[1.0])), None);
}

/// Turns that are left to the dice.
const FREE_TURNS: usize = 60;

/// A batch at work, as any runner might do it: whole seconds, loads of whole seconds, residents sent away when idle.
struct World<'w> {
    postings: &'w [Vec<Call>],
    card: &'w Card,
    slots: usize,
    load_seconds: u32,
    now: u32,
    resident: Models,
    loading: Option<(usize, u32)>,
    running: Vec<(usize, usize, u32)>,
    over: BTreeSet<(usize, usize)>,
}

impl World<'_> {
    /// Lets `dice` choose at every turn until all is done; answers when that is.
    fn run(mut self, dice: &[u8]) -> u32 {
        let all: usize = self.postings.iter().map(Vec::len).sum();
        // Loading for ever is a choice that the dice could make: after a while the work comes first.
        let free = dice.iter().copied().cycle().take(FREE_TURNS);
        let mut turns = free.chain(std::iter::repeat(0));
        while self.over.len() < all {
            let choices = self.choices();
            let turn = usize::from(turns.next().unwrap_or(0));
            // Waiting is a choice, too, as long as there is something to wait for.
            let waits = !self.running.is_empty() || self.loading.is_some();
            match choices.get(turn % (choices.len() + usize::from(waits))) {
                Some(choice) => self.take(*choice),
                None => self.wait(),
            }
        }
        self.now
    }

    fn choices(&self) -> Vec<Choice> {
        let mut choices = Vec::new();
        for (posting, calls) in self.postings.iter().enumerate() {
            for (position, call) in calls.iter().enumerate() {
                if self.can_start(posting, position, call) {
                    choices.push(Choice::Start(posting, position));
                }
            }
        }
        if self.loading.is_none() {
            for model in self.wanted() {
                // With idle models sent away in any combination.
                for kept in (0..=self.resident).filter(|kept| kept & !self.resident == 0) {
                    let busy_stay = self.busy() & !kept == 0;
                    if busy_stay && self.card.holds(kept | (1 << model)) {
                        choices.push(Choice::Load(model, kept));
                    }
                }
            }
        }
        choices
    }

    /// Models with a ready call that are not there.
    fn wanted(&self) -> BTreeSet<usize> {
        let mut wanted = BTreeSet::new();
        for (posting, calls) in self.postings.iter().enumerate() {
            for (position, call) in calls.iter().enumerate() {
                let over = |position: &usize| self.over.contains(&(posting, *position));
                if !self.is_resident(call.model) && !over(&position) && call.needs.iter().all(over)
                {
                    wanted.insert(call.model);
                }
            }
        }
        wanted
    }

    fn can_start(&self, posting: usize, position: usize, call: &Call) -> bool {
        let running = self
            .running
            .iter()
            .any(|(p, c, _)| (*p, *c) == (posting, position));
        let taken = self
            .running
            .iter()
            .filter(|(p, c, _)| self.postings[*p][*c].model == call.model);
        self.is_resident(call.model)
            && !running
            && !self.over.contains(&(posting, position))
            && taken.count() < self.slots
            && call
                .needs
                .iter()
                .all(|need| self.over.contains(&(posting, *need)))
    }

    fn is_resident(&self, model: usize) -> bool {
        self.resident & (1 << model) != 0
    }

    fn busy(&self) -> Models {
        let models = self
            .running
            .iter()
            .map(|(p, c, _)| self.postings[*p][*c].model);
        models.fold(0, |busy, model| busy | (1 << model))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole seconds, a few"
    )]
    fn take(&mut self, choice: Choice) {
        match choice {
            Choice::Start(posting, position) => {
                let end = self.now + self.postings[posting][position].work as u32;
                self.running.push((posting, position, end));
            }
            Choice::Load(model, kept) => {
                self.resident = kept;
                self.loading = Some((model, self.now + self.load_seconds));
            }
        }
    }

    fn wait(&mut self) {
        let ends = self.running.iter().map(|(_, _, end)| *end);
        self.now = ends.chain(self.loading.map(|(_, end)| end)).min().unwrap();
        let (now, over) = (self.now, &mut self.over);
        self.running.retain(|(posting, position, end)| {
            let goes_on = *end > now;
            if !goes_on {
                over.insert((*posting, *position));
            }
            goes_on
        });
        if let Some((model, _)) = self.loading.take_if(|(_, end)| *end <= now) {
            self.resident |= 1 << model;
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Choice {
    Start(usize, usize),
    Load(usize, Models),
}

const MODELS: usize = 3;

prop_compose! {
    fn any_posting()(
        calls in prop::collection::vec((0..MODELS, 1_u8..=6, any::<u8>()), 1..=5),
    ) -> Vec<Call> {
        let needs = |at: usize, bits: u8| (0..at).filter(|need| bits & (1 << need) != 0).collect();
        calls
            .into_iter()
            .enumerate()
            .map(|(at, (model, work, bits))| Call { model, work: work.into(), needs: needs(at, bits) })
            .collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_schedule_is_shorter_than_the_bound(
        postings in prop::collection::vec(any_posting(), 1..=4),
        sizes in prop::collection::vec(1_u64..=4, MODELS),
        memory in 1_u64..=12,
        slots in 1_usize..=3,
        load_seconds in 0_u32..=4,
        // Greedy schedules, which come close to the bound, and any others.
        dice in prop_oneof![Just(vec![0]), prop::collection::vec(any::<u8>(), 1..40)],
    ) {
        let card = Card { memory, sizes };
        let server = Servers {
            slots: vec![f64::from(u32::try_from(slots).unwrap()); MODELS],
            cards: vec![Some(card.clone())],
            present: vec![vec![0]],
        };
        let world = World {
            postings: &postings, card: &card, slots, load_seconds, now: 0, resident: 0,
            loading: None, running: Vec::new(), over: BTreeSet::new(),
        };
        let took = f64::from(world.run(&dice));
        let without = least_seconds(&postings, &server, |_| 0.0).unwrap();
        let with = least_seconds(&postings, &server, |crowd| {
            loads_of(&postings, crowd, &card) * f64::from(load_seconds)
        }).unwrap();
        prop_assert!(without.seconds <= with.seconds + 1e-9);
        prop_assert!(with.seconds <= took + 1e-9, "{:?} but it took {}", with, took);
    }
}

/// The least loads for the calls of a crowd, whose needs among each other are at least the direct ones.
fn loads_of(postings: &[Vec<Call>], crowd: Models, card: &Card) -> f64 {
    let paths = postings.iter().map(|calls| {
        let ours: Vec<usize> = (0..calls.len())
            .filter(|position| crowd & (1 << calls[*position].model) != 0)
            .collect();
        let place = |need: &usize| ours.iter().position(|position| position == need);
        let step = |position: &usize| Step {
            model: calls[*position].model,
            needs: calls[*position].needs.iter().filter_map(place).collect(),
        };
        ours.iter().map(step).collect::<Path>()
    });
    let loads = least_loads(&paths.collect(), card).unwrap().number();
    f64::from(u32::try_from(loads).unwrap())
}
