//! Which descriptions name what is said of which posting, be it skills or the words of a summary: one pass over all
//! texts, then lookups. What is said is called a saying; it is named where all its stems are.

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

/// An inverted index over the stems of all sayings. Everything in it goes by a posting's place in the list.
pub(super) struct Index {
    /// The sayings of each posting, each a list of stems.
    sayings: Vec<Vec<Vec<usize>>>,
    /// For each stem, the postings whose description has it, in order.
    holders: Vec<Vec<usize>>,
    /// For each posting, how much more or less its description holds than the mean.
    size: Vec<f64>,
}

impl Index {
    /// What is said of each posting, `said` tells.
    pub(super) fn of<'p, T: AsRef<str>, S: IntoIterator<Item = T>>(
        postings: &[&'p Posting],
        said: impl Fn(&'p Posting) -> S,
    ) -> Self {
        let mut vocabulary = Vocabulary::new();
        let sayings = postings
            .iter()
            .map(|posting| vocabulary.stems_of(said(posting)))
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
            sayings,
            holders,
            size,
        }
    }

    /// How much is said of the posting at `place`.
    pub(super) fn sayings_at(&self, place: usize) -> usize {
        self.sayings[place].len()
    }

    /// How much of what is said of the posting at `place` the description at `home` names.
    pub(super) fn named_in(&self, place: usize, home: usize) -> usize {
        let named = |saying: &&Vec<usize>| self.names(home, saying);
        self.sayings[place].iter().filter(named).count()
    }

    fn names(&self, home: usize, saying: &[usize]) -> bool {
        saying
            .iter()
            .all(|stem| self.holders[*stem].binary_search(&home).is_ok())
    }

    /// The rarest stem of a saying: it tells most.
    fn rarest(&self, saying: &[usize]) -> Option<usize> {
        saying
            .iter()
            .copied()
            .min_by_key(|stem| self.holders[*stem].len())
    }

    /// The improbability of finding a saying in a description, as a logarithm: what stands in all of them weighs
    /// nothing, and neither does what stands in none.
    fn weight(&self, saying: &[usize]) -> f64 {
        match self.rarest(saying).map(|stem| self.holders[stem].len()) {
            None | Some(0) => 0.0,
            Some(holders) => (number(self.size.len()) / number(holders)).ln(),
        }
    }

    /// The posting that the sayings at `place` fit, where they fit their own description hardly at all and this one so
    /// well that chance cannot have done it.
    pub(super) fn better_home(&self, place: usize) -> Option<usize> {
        let sayings = &self.sayings[place];
        let weight_in = |home: usize| -> f64 {
            let named = sayings.iter().filter(|saying| self.names(home, saying));
            named.map(|saying| self.weight(saying)).sum()
        };
        let total: f64 = sayings.iter().map(|saying| self.weight(saying)).sum();
        let by_chance = (number(self.size.len()) * BATCHES).ln();
        if total < by_chance || weight_in(place) >= HARDLY * total {
            return None;
        }
        let home = self.likeliest(place)?;
        let nearly_all = weight_in(home) >= NEARLY_ALL * total;
        (nearly_all && self.surprise(place, home) >= by_chance).then_some(home)
    }

    /// The other posting that shares the most weight with the sayings at `place`, counted by their rarer words.
    fn likeliest(&self, place: usize) -> Option<usize> {
        let postings = self.size.len();
        let most = postings.div_ceil(COMMON);
        let mut shared = vec![0.0; postings];
        for saying in &self.sayings[place] {
            let weight = self.weight(saying);
            let holders = self.rarest(saying).map(|stem| &self.holders[stem]);
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

    /// How improbable it is that the description at `home` names what it does of the sayings at `place`: a description
    /// ten times as long names everything ten times as easily.
    fn surprise(&self, place: usize, home: usize) -> f64 {
        let easier = self.size[home].max(1.0).ln();
        self.sayings[place]
            .iter()
            .filter(|saying| self.names(home, saying))
            .map(|saying| (self.weight(saying) - easier).max(0.0))
            .sum()
    }
}

/// The stems of all sayings, numbered.
struct Vocabulary {
    numbers: HashMap<Stem, usize>,
    /// Whether any stem falls on a place: most words of a description are in no saying, and are told here.
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

    /// Each saying as the numbers of its stems.
    fn stems_of<T: AsRef<str>>(&mut self, said: impl IntoIterator<Item = T>) -> Vec<Vec<usize>> {
        let mut sayings = Vec::new();
        for saying in said {
            let mut stems = Vec::new();
            each_stem(saying.as_ref(), |stem| {
                let next = self.numbers.len();
                stems.push(*self.numbers.entry(stem).or_insert(next));
                self.known[Self::place(stem)] = true;
            });
            if !stems.is_empty() {
                sayings.push(stems);
            }
        }
        sayings
    }

    fn number(&self, stem: Stem) -> Option<usize> {
        if self.known[Self::place(stem)] {
            self.numbers.get(&stem).copied()
        } else {
            None
        }
    }
}
