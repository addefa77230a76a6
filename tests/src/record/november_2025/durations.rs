//! Durations of single calls, drawn so that every published figure holds. All of it is arithmetic of whole numbers.

use super::figures::{
    CONVERSATIONS, FIRST, FIRST_FIFTEEN_TOOK, FORMAT, Figures, GRADE_A, MODEL_STEPS, POSTING_TOOK,
    POSTINGS, SCRIPT_STEPS, SKEPTIC, TOTAL,
};

/// One step of one posting, in milliseconds from the posting's start.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub(super) conversation: i32,
    pub(super) starts: i64,
    pub(super) takes: i64,
}

/// Postings that are improved. Which they were is not known; that the first was none of them is.
const IMPROVED: [usize; 8] = [4, 9, 14, 20, 26, 33, 39, 45];
/// Postings of the lengths that were published. Which they were is not known either.
const SETTLED: [(usize, i64); 4] = [
    (26, POSTING_TOOK[1]),
    (30, POSTING_TOOK[0]),
    (9, FIRST_FIFTEEN_TOOK[1]),
    (6, FIRST_FIFTEEN_TOOK[0]),
];
/// So many starts are known as far as their distance from each other.
const FIRST_FIFTEEN: usize = 15;
/// The steps whose durations differ enough to give some to another posting.
const EXCHANGED: [i32; 3] = [FORMAT, SKEPTIC, GRADE_A];

/// The calls of each posting.
pub(super) fn schedules() -> Vec<Vec<Call>> {
    let mut drawn = Drawn::new();
    drawn.settle();
    let first = FIRST.map(|(conversation, starts, takes)| Call {
        conversation,
        starts,
        takes,
    });
    let rest = (1..POSTINGS).map(|place| drawn.schedule(place));
    std::iter::once(first.to_vec()).chain(rest).collect()
}

/// Durations by model's step and posting; none where a posting did not take the step.
struct Drawn {
    steps: Vec<(Figures, Vec<Option<i64>>)>,
    pauses: Vec<i64>,
}

impl Drawn {
    fn new() -> Self {
        let mut dice = Dice(2025);
        let steps: Vec<_> = MODEL_STEPS
            .map(|figures| (figures, draw(figures, &mut dice)))
            .into();
        let took_first = FIRST.last().map_or(0, |(_, starts, takes)| starts + takes);
        let calls: i64 = steps
            .iter()
            .flat_map(|(_, durations)| durations[1..].iter().flatten())
            .sum();
        let scripts: i64 = SCRIPT_STEPS.iter().map(|(_, takes)| takes).sum();
        let others = i64::try_from(POSTINGS - 1).unwrap();
        let pauses = shared(TOTAL - took_first - calls - others * scripts, POSTINGS - 1);
        Self { steps, pauses }
    }

    fn took(&self, place: usize) -> i64 {
        let scripts: i64 = SCRIPT_STEPS.iter().map(|(_, takes)| takes).sum();
        let calls: i64 = self
            .steps
            .iter()
            .filter_map(|(_, durations)| durations[place])
            .sum();
        scripts + calls + self.pauses[place - 1]
    }

    /// Lets postings take what was published, and all others something in between.
    fn settle(&mut self) {
        self.swap_format(SETTLED[0].0, |figures| figures.greatest);
        self.swap_format(SETTLED[1].0, |figures| figures.least);
        let mut settled = vec![0];
        for (place, length) in SETTLED {
            settled.push(place);
            self.bring_to(place, length, &settled);
        }
        for place in 1..POSTINGS {
            let among_first = place < FIRST_FIFTEEN;
            let [least, greatest] = if among_first {
                FIRST_FIFTEEN_TOOK
            } else {
                POSTING_TOOK
            };
            if !settled.contains(&place) {
                let length = self.took(place).clamp(least + 1_000, greatest - 1_000);
                settled.push(place);
                self.bring_to(place, length, &settled);
            }
        }
    }

    /// Gives the posting the format call of the length that was published as the extreme one.
    fn swap_format(&mut self, place: usize, extreme: fn(&Figures) -> i64) {
        let (figures, durations) = self.step(FORMAT);
        let extreme = Some(extreme(figures));
        let holder = durations
            .iter()
            .position(|duration| *duration == extreme)
            .unwrap();
        durations.swap(holder, place);
    }

    /// Takes from the other postings' calls, or gives to them, until this one takes as long as it should. Sums stay,
    /// and so do the least and the greatest call of each step.
    fn bring_to(&mut self, place: usize, length: i64, settled: &[usize]) {
        for conversation in EXCHANGED {
            for other in (1..POSTINGS).filter(|other| !settled.contains(other)) {
                let missing = length - self.took(place);
                let (
                    Figures {
                        least, greatest, ..
                    },
                    durations,
                ) = self.step(conversation);
                let (Some(mine), Some(theirs)) = (durations[place], durations[other]) else {
                    continue;
                };
                let inner = (*least + 1)..*greatest;
                if !inner.contains(&mine) || !inner.contains(&theirs) {
                    continue;
                }
                // No more than a few seconds from each: nobody else is to become an extreme.
                let moved = missing.clamp(-4_000, 4_000);
                let moved = moved.clamp(inner.start - mine, inner.end - 1 - mine);
                let moved = moved.clamp(theirs - (inner.end - 1), theirs - inner.start);
                durations[place] = Some(mine + moved);
                durations[other] = Some(theirs - moved);
            }
        }
        assert_eq!(self.took(place), length, "posting {place}");
    }

    fn step(&mut self, conversation: i32) -> (&Figures, &mut Vec<Option<i64>>) {
        let step = self
            .steps
            .iter_mut()
            .find(|(figures, _)| figures.conversation == conversation);
        let (figures, durations) = step.unwrap();
        (figures, durations)
    }

    /// One step after the other; the posting's pause is before its longest step.
    fn schedule(&self, place: usize) -> Vec<Call> {
        let mut calls = Vec::new();
        let mut now = 0;
        for (conversation, ..) in CONVERSATIONS {
            if conversation == FORMAT {
                now += self.pauses[place - 1];
            }
            let script = SCRIPT_STEPS.iter().find(|(id, _)| *id == conversation);
            let takes = script.map(|(_, takes)| *takes).or_else(|| {
                let step = self
                    .steps
                    .iter()
                    .find(|(figures, _)| figures.conversation == conversation);
                step.and_then(|(_, durations)| durations[place])
            });
            if let Some(takes) = takes {
                calls.push(Call {
                    conversation,
                    starts: now,
                    takes,
                });
                now += takes;
            }
        }
        calls
    }
}

/// Durations of one step: the first posting's as traced, the least and the greatest once, the others in pairs around
/// what is left for them on the average.
fn draw(figures: Figures, dice: &mut Dice) -> Vec<Option<i64>> {
    let first = FIRST
        .iter()
        .find(|(id, ..)| *id == figures.conversation)
        .map(|(_, _, takes)| *takes);
    let places: Vec<usize> = if figures.n == POSTINGS {
        (1..POSTINGS).collect()
    } else {
        IMPROVED.to_vec()
    };
    let sum = i64::try_from(figures.n).unwrap() * figures.mean - first.unwrap_or(0);
    let mut values = shared(sum - figures.least - figures.greatest, places.len() - 2);
    for pair in values.chunks_exact_mut(2) {
        let room = (pair[1] - figures.least).min(figures.greatest - pair[0]) - 1;
        let apart = dice.below(room.max(1));
        pair[0] += apart;
        pair[1] -= apart;
    }
    values.extend([figures.least, figures.greatest]);
    dice.shuffle(&mut values);
    let mut durations = vec![None; POSTINGS];
    durations[0] = first;
    for (place, value) in places.into_iter().zip(values) {
        durations[place] = Some(value);
    }
    durations
}

/// A sum in equal parts, the first few larger by one.
fn shared(sum: i64, parts: usize) -> Vec<i64> {
    let (count, larger) = (
        i64::try_from(parts).unwrap(),
        sum % i64::try_from(parts).unwrap(),
    );
    (0..count)
        .map(|part| sum / count + i64::from(part < larger))
        .collect()
}

/// A small generator of our own: that of a library may draw otherwise in its next version.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % limit
    }

    fn shuffle(&mut self, values: &mut [i64]) {
        for last in (1..values.len()).rev() {
            let other = self.below(i64::try_from(last + 1).unwrap());
            values.swap(last, usize::try_from(other).unwrap());
        }
    }
}
