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
    /// Why something is absent, in the driver's words.
    pub untold: Option<String>,
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

/// How busy the cards were at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GpuSample {
    /// When they were looked at.
    pub at: DateTime<Utc>,
    /// The mean over all cards that tell.
    pub utilisation_percent: f64,
    /// Bytes in use on all of them.
    pub memory_used: u64,
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
    /// The cards as one sample; none where no card tells how busy it is.
    pub fn sample(&self, at: DateTime<Utc>) -> Option<GpuSample> {
        let told: Vec<u32> = self
            .cards
            .iter()
            .filter_map(|card| card.utilisation_percent)
            .collect();
        let count = u32::try_from(told.len()).ok().filter(|count| *count > 0)?;
        let memory = self.cards.iter().filter_map(|card| card.memory);
        Some(GpuSample {
            at,
            utilisation_percent: told.iter().copied().map(f64::from).sum::<f64>()
                / f64::from(count),
            memory_used: memory.map(|memory| memory.used).sum(),
        })
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
            untold: None,
        }
    }

    fn cards(cards: Vec<Card>) -> Cards {
        Cards {
            driver: "580.95.05".to_owned(),
            cards,
        }
    }

    #[test]
    fn several_cards_are_one_sample_their_mean_and_their_sum() {
        let two = cards(vec![
            card(Some(90), Some(5 * GIB)),
            card(Some(30), Some(GIB)),
        ]);
        let sample = two.sample(DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(
            (sample.utilisation_percent, sample.memory_used),
            (60.0, 6 * GIB)
        );
        let memory = two.memory().unwrap();
        assert_eq!((memory.total, memory.used), (12 * GIB, 6 * GIB));
    }

    #[test]
    fn a_card_that_does_not_tell_is_not_counted_as_idle() {
        let one_is_silent = cards(vec![card(Some(90), Some(GIB)), card(None, Some(GIB))]);
        let sample = one_is_silent.sample(DateTime::UNIX_EPOCH).unwrap();
        assert_eq!(
            (sample.utilisation_percent, sample.memory_used),
            (90.0, 2 * GIB)
        );
        let idle = cards(vec![card(Some(0), None)]);
        let sample = idle.sample(DateTime::UNIX_EPOCH).unwrap();
        assert_eq!((sample.utilisation_percent, sample.memory_used), (0.0, 0));
    }

    #[test]
    fn where_nothing_is_told_there_is_no_sample_and_no_memory() {
        let silent = cards(vec![card(None, Some(GIB)), card(None, None)]);
        assert_eq!(silent.sample(DateTime::UNIX_EPOCH), None);
        assert_eq!(silent.memory(), None);
    }
}
