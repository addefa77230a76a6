//! How much a server did while it was at work at all.

use chrono::TimeDelta;

use super::window::{NOTICING, Window, total_length, united};

/// Stretches of computing, added up and laid over each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Busy {
    /// All stretches, one after the other.
    pub(crate) work: TimeDelta,
    /// The time in which there was any.
    pub(crate) time: TimeDelta,
}

impl Busy {
    pub(crate) fn of(windows: impl IntoIterator<Item = Window>) -> Self {
        let windows: Vec<Window> = windows.into_iter().collect();
        Self {
            work: total_length(windows.iter().copied()),
            time: total_length(united(windows)),
        }
    }

    /// How much was worked on at once, on the average of the busy time. None where there was none.
    pub(crate) fn at_once(self) -> Option<f64> {
        (!self.time.is_zero()).then(|| self.work.as_seconds_f64() / self.time.as_seconds_f64())
    }

    /// The least number of places that explains it: the average, rounded up.
    pub(crate) fn at_once_at_least(self) -> f64 {
        // Consecutive windows overlap by what the witness takes to notice a last byte.
        self.at_once()
            .map_or(1.0, |average| (average - NOTICING).ceil().max(1.0))
    }
}
