//! Which descriptions name which skills: one pass over all texts, then lookups.

use std::collections::HashMap;

use crate::{
    judge::{
        reading::number,
        words::{Stem, each_stem},
    },
    record::Posting,
};

/// Below this share of its weight, a set hardly touches its own description.
const HARDLY: f64 = 0.25;
/// From this share on, nearly all of a set stands in another description.
const NEARLY_ALL: f64 = 0.75;
/// Chance may do it once in so many batches.
const BATCHES: f64 = 1000.0;
/// A word in more than one of so many descriptions leads to no particular posting.
const COMMON: usize = 4;

/// An inverted index over the stems of all skills. Everything in it goes by a posting's place in the list.
pub(super) struct Index {
    /// The skills of each posting, each a list of stems.
    skills: Vec<Vec<Vec<usize>>>,
    /// For each stem, the postings whose description has it, in order.
    holders: Vec<Vec<usize>>,
    /// For each posting, how much more or less its description holds than the mean.
    size: Vec<f64>,
}

impl Index {
    pub(super) fn of(postings: &[&Posting]) -> Self {
        let mut vocabulary = Vocabulary::new();
        let skills = postings
            .iter()
            .map(|posting| vocabulary.skills_of(posting))
            .collect();
        let mut holders: Vec<Vec<usize>> = vec![Vec::new(); vocabulary.numbers.len()];
        let mut size = vec![0.0; postings.len()];
        for (place, posting) in postings.iter().enumerate() {
            let mut hold = |stem| {
                let Some(stem) = vocabulary.number(stem) else {
                    return;
                };
                if holders[stem].last() != Some(&place) {
                    holders[stem].push(place);
                    size[place] += 1.0;
                }
            };
            each_stem(&posting.title, &mut hold);
            each_stem(&posting.description, &mut hold);
        }
        let mean = size.iter().sum::<f64>() / number(size.len());
        for size in &mut size {
            *size /= mean.max(1.0);
        }
        Self {
            skills,
            holders,
            size,
        }
    }

    /// How many skills the posting at `place` has.
    pub(super) fn skills_at(&self, place: usize) -> usize {
        self.skills[place].len()
    }

    /// How many of the skills of the posting at `place` the description at `home` names.
    pub(super) fn named_in(&self, place: usize, home: usize) -> usize {
        let named = |skill: &&Vec<usize>| self.names(home, skill);
        self.skills[place].iter().filter(named).count()
    }

    fn names(&self, home: usize, skill: &[usize]) -> bool {
        skill
            .iter()
            .all(|stem| self.holders[*stem].binary_search(&home).is_ok())
    }

    /// The rarest stem of a skill: it tells most.
    fn rarest(&self, skill: &[usize]) -> Option<usize> {
        skill
            .iter()
            .copied()
            .min_by_key(|stem| self.holders[*stem].len())
    }

    /// The improbability of finding a skill in a description, as a logarithm: what stands in all of them weighs
    /// nothing, and neither does what stands in none.
    fn weight(&self, skill: &[usize]) -> f64 {
        match self.rarest(skill).map(|stem| self.holders[stem].len()) {
            None | Some(0) => 0.0,
            Some(holders) => (number(self.size.len()) / number(holders)).ln(),
        }
    }

    /// The posting that the skills at `place` fit, where they fit their own description hardly at all and this one so
    /// well that chance cannot have done it.
    pub(super) fn better_home(&self, place: usize) -> Option<usize> {
        let skills = &self.skills[place];
        let weight_in = |home: usize| -> f64 {
            let named = skills.iter().filter(|skill| self.names(home, skill));
            named.map(|skill| self.weight(skill)).sum()
        };
        let total: f64 = skills.iter().map(|skill| self.weight(skill)).sum();
        let by_chance = (number(self.size.len()) * BATCHES).ln();
        if total < by_chance || weight_in(place) >= HARDLY * total {
            return None;
        }
        let home = self.likeliest(place)?;
        let nearly_all = weight_in(home) >= NEARLY_ALL * total;
        (nearly_all && self.surprise(place, home) >= by_chance).then_some(home)
    }

    /// The other posting that shares the most weight with the skills at `place`, counted by their rarer words.
    fn likeliest(&self, place: usize) -> Option<usize> {
        let postings = self.size.len();
        let most = postings.div_ceil(COMMON);
        let mut shared = vec![0.0; postings];
        for skill in &self.skills[place] {
            let weight = self.weight(skill);
            let holders = self.rarest(skill).map(|stem| &self.holders[stem]);
            for home in holders.filter(|it| it.len() <= most).into_iter().flatten() {
                shared[*home] += weight;
            }
        }
        shared[place] = 0.0;
        let best = |best: usize, home: usize| {
            if shared[home] > shared[best] {
                home
            } else {
                best
            }
        };
        (0..postings)
            .reduce(best)
            .filter(|home| shared[*home] > 0.0)
    }

    /// How improbable it is that the description at `home` names what it does of the skills at `place`: a description
    /// ten times as long names everything ten times as easily.
    fn surprise(&self, place: usize, home: usize) -> f64 {
        let easier = self.size[home].max(1.0).ln();
        self.skills[place]
            .iter()
            .filter(|skill| self.names(home, skill))
            .map(|skill| (self.weight(skill) - easier).max(0.0))
            .sum()
    }
}

/// The stems of all skills, numbered.
struct Vocabulary {
    numbers: HashMap<Stem, usize>,
    /// Whether any stem falls on a place: most words of a description are no skill's, and are told here.
    known: Vec<bool>,
}

impl Vocabulary {
    const PLACES: u64 = 1 << 16;

    fn new() -> Self {
        Self {
            numbers: HashMap::new(),
            known: (0..Self::PLACES).map(|_| false).collect(),
        }
    }

    fn place(Stem(packed): Stem) -> usize {
        let mixed = packed ^ (packed >> 13) ^ (packed >> 27);
        usize::try_from(mixed % Self::PLACES).unwrap_or_default()
    }

    /// Each skill as the numbers of its stems.
    fn skills_of(&mut self, posting: &Posting) -> Vec<Vec<usize>> {
        let mut skills = Vec::new();
        for skill in posting.skill_keywords.iter().flatten() {
            let mut stems = Vec::new();
            each_stem(skill, |stem| {
                let next = self.numbers.len();
                stems.push(*self.numbers.entry(stem).or_insert(next));
                self.known[Self::place(stem)] = true;
            });
            if !stems.is_empty() {
                skills.push(stems);
            }
        }
        skills
    }

    fn number(&self, stem: Stem) -> Option<usize> {
        if self.known[Self::place(stem)] {
            self.numbers.get(&stem).copied()
        } else {
            None
        }
    }
}
