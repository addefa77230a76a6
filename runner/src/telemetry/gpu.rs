//! The graphics cards of this machine at a moment. What reads them is behind [`GpuReader`], so that everything about
//! them can be tried on a machine that has none.

use std::fmt::Debug;
use std::panic::RefUnwindSafe;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::sync::oneshot;

/// A graphics card. What its driver does not tell is absent: old drivers, cards that are shared and users without rights
/// are told less.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// What its maker calls it.
    pub name: String,
    /// Its memory.
    pub memory: Option<CardMemory>,
    /// Share of the last moment (a second at most) in which a kernel ran, in percent.
    pub utilisation_percent: Option<u32>,
    /// What it draws, in milliwatts.
    pub power_milliwatts: Option<u32>,
    /// How warm it is, in degrees Celsius.
    pub temperature_celsius: Option<u32>,
    /// Why each that is absent is so.
    pub untold: Vec<Untold>,
}

/// Something that the driver does not tell of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// What.
    pub what: Measure,
    /// Why, in the driver's words.
    pub why: String,
}

/// What can be told of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Anything at all: the driver does not let this user have the card.
    Card,
    /// How much memory it has, and how much of it is in use.
    Memory,
    /// How busy it is.
    Utilisation,
    /// What it draws.
    Power,
    /// How warm it is.
    Temperature,
}

impl Measure {
    /// The word for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Card => "the card",
            Self::Memory => "memory",
            Self::Utilisation => "utilisation",
            Self::Power => "power",
            Self::Temperature => "temperature",
        }
    }
}

/// The memory of a card, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardMemory {
    /// All of it.
    pub total: u64,
    /// What is in use, the driver's own share included.
    pub used: u64,
}

/// The cards of a machine, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cards {
    /// The driver's version.
    pub driver: String,
    /// The cards, by the driver's index.
    pub cards: Vec<Card>,
}

/// What the cards did at a moment: of all together, as far as they tell, and of each.
#[derive(Debug, Clone, PartialEq)]
pub struct GpuSample {
    /// When they were looked at.
    pub at: DateTime<Utc>,
    /// The mean over all cards that tell, in percent.
    pub utilisation_percent: Option<f64>,
    /// Bytes in use on all that tell.
    pub memory_used: Option<u64>,
    /// What all draw that tell, in watts.
    pub power_watts: Option<f64>,
    /// The warmest that tells, in degrees Celsius.
    pub temperature_celsius: Option<u32>,
    /// Each card, by the driver's index.
    pub cards: Vec<CardSample>,
}

/// What one card did at a moment. What it did not tell is absent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CardSample {
    /// How busy, in percent.
    pub utilisation_percent: Option<u32>,
    /// Bytes in use.
    pub memory_used: Option<u64>,
    /// What it drew, in watts.
    pub power_watts: Option<f64>,
    /// How warm it was, in degrees Celsius.
    pub temperature_celsius: Option<u32>,
}

/// Why there are no cards to look at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoGpu {
    /// No driver is installed or loaded.
    #[error("no NVIDIA driver here: {0}")]
    NoDriver(String),
    /// The driver is there and lets us not in.
    #[error("the NVIDIA driver refuses this user: {0}")]
    NoPermission(String),
    /// The driver is there, and no card.
    #[error("the NVIDIA driver {driver} has no card")]
    NoCard {
        /// Its version.
        driver: String,
    },
    /// The driver is there and broken.
    #[error("the NVIDIA driver fails: {0}")]
    Broken(String),
}

/// What reads the cards. A look that panics leaves it as it was, so that a run that panics can still be recorded.
pub trait GpuReader: Debug + RefUnwindSafe + Send + Sync {
    /// Looks at all cards. It takes as long as the driver takes, which may be for ever where a card has hung.
    ///
    /// # Errors
    /// [`NoGpu`] where there is nothing to look at.
    fn look(&self) -> Result<Cards, NoGpu>;
}

/// Looks at the cards without holding up anybody else.
///
/// On a thread of its own and not on one of the runtime's, which waits for those at its end: a driver that never answers
/// must not keep the process from ending.
///
/// # Errors
/// As [`GpuReader::look`].
pub async fn look(reader: &Arc<dyn GpuReader>) -> Result<Cards, NoGpu> {
    let (tell, told) = oneshot::channel();
    let reader = Arc::clone(reader);
    let looking = move || {
        // Whoever asked may have stopped waiting.
        drop(tell.send(reader.look()));
    };
    if let Err(error) = std::thread::Builder::new().spawn(looking) {
        return Err(NoGpu::Broken(format!("no thread to ask it from: {error}")));
    }
    told.await
        .unwrap_or_else(|_| Err(NoGpu::Broken("the look at it broke off".to_owned())))
}

impl Cards {
    /// The cards as one sample; none where no card tells anything.
    pub fn sample(&self, at: DateTime<Utc>) -> Option<GpuSample> {
        let cards: Vec<CardSample> = self.cards.iter().map(Card::sample).collect();
        let sample = GpuSample {
            at,
            utilisation_percent: mean(cards.iter().filter_map(|card| card.utilisation_percent)),
            memory_used: total(cards.iter().filter_map(|card| card.memory_used)),
            power_watts: total(cards.iter().filter_map(|card| card.power_watts)),
            temperature_celsius: cards.iter().filter_map(|it| it.temperature_celsius).max(),
            cards,
        };
        let is_told = sample.utilisation_percent.is_some()
            || sample.memory_used.is_some()
            || sample.power_watts.is_some()
            || sample.temperature_celsius.is_some();
        is_told.then_some(sample)
    }

    /// The memory of all cards together, in bytes; absent where one does not tell.
    pub fn memory(&self) -> Option<CardMemory> {
        let memories = self.cards.iter().map(|card| card.memory);
        memories.reduce(|all, one| {
            let (all, one) = (all?, one?);
            Some(CardMemory {
                total: all.total.saturating_add(one.total),
                used: all.used.saturating_add(one.used),
            })
        })?
    }
}

impl Card {
    fn sample(&self) -> CardSample {
        CardSample {
            utilisation_percent: self.utilisation_percent,
            memory_used: self.memory.map(|memory| memory.used),
            power_watts: self.power_milliwatts.map(|it| f64::from(it) / 1_000.0),
            temperature_celsius: self.temperature_celsius,
        }
    }
}

/// The mean of what was told; none where nothing was, which is no zero.
fn mean(told: impl Iterator<Item = u32>) -> Option<f64> {
    let (count, sum) = told.fold((0_u32, 0.0), |(count, sum), it| {
        (count + 1, sum + f64::from(it))
    });
    (count > 0).then(|| sum / f64::from(count))
}

/// The sum of what was told; none where nothing was.
fn total<T: std::ops::Add<Output = T>>(told: impl Iterator<Item = T>) -> Option<T> {
    told.reduce(|sum, it| sum + it)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn card(utilisation_percent: Option<u32>, used: Option<u64>) -> Card {
        Card {
            name: "NVIDIA GeForce RTX 3050 6GB Laptop GPU".to_owned(),
            memory: used.map(|used| CardMemory {
                total: 6 * GIB,
                used,
            }),
            utilisation_percent,
            power_milliwatts: None,
            temperature_celsius: None,
            untold: Vec::new(),
        }
    }

    fn sample(cards: Vec<Card>) -> Option<GpuSample> {
        together(cards).sample(DateTime::UNIX_EPOCH)
    }

    fn together(cards: Vec<Card>) -> Cards {
        Cards {
            driver: "580.95.05".to_owned(),
            cards,
        }
    }

    #[test]
    fn several_cards_are_one_sample_and_each_of_them_is_in_it() {
        let warm = |power_milliwatts, temperature_celsius, card| Card {
            power_milliwatts,
            temperature_celsius,
            ..card
        };
        let two = together(vec![
            warm(Some(60_500), Some(71), card(Some(90), Some(5 * GIB))),
            warm(Some(9_500), Some(44), card(Some(30), Some(GIB))),
        ]);
        let sample = two.sample(DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(sample.utilisation_percent, Some(60.0));
        assert_eq!(sample.memory_used, Some(6 * GIB));
        assert_eq!(sample.power_watts, Some(70.0));
        assert_eq!(sample.temperature_celsius, Some(71));
        let second = sample.cards[1];
        assert_eq!(
            (second.utilisation_percent, second.power_watts),
            (Some(30), Some(9.5))
        );
        let memory = two.memory().unwrap();
        assert_eq!((memory.total, memory.used), (12 * GIB, 6 * GIB));
    }

    #[test]
    fn what_a_card_does_not_tell_is_no_zero() {
        let one_is_silent = sample(vec![card(Some(90), Some(GIB)), card(None, Some(GIB))]).unwrap();
        assert_eq!(one_is_silent.utilisation_percent, Some(90.0));
        assert_eq!(one_is_silent.memory_used, Some(2 * GIB));
        assert_eq!(one_is_silent.power_watts, None);
        let idle = sample(vec![card(Some(0), None)]).unwrap();
        assert_eq!(idle.utilisation_percent, Some(0.0));
        assert_eq!(idle.memory_used, None);
        let memory_alone = sample(vec![card(None, Some(GIB))]).unwrap();
        assert_eq!(memory_alone.utilisation_percent, None);
    }

    #[test]
    fn where_nothing_is_told_there_is_no_sample_and_no_memory() {
        assert_eq!(sample(vec![card(None, None)]), None);
        let silent = together(vec![card(None, Some(GIB)), card(None, None)]);
        assert_eq!(silent.memory(), None);
    }
}
