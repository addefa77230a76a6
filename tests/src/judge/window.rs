//! Stretches of time, alone and laid over each other.

use chrono::{DateTime, TimeDelta, Utc};

use crate::record::{Exchange, Interaction};

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) start: DateTime<Utc>,
    pub(crate) end: DateTime<Utc>,
}

impl Window {
    /// Whether two stretches share any time. Touching is not sharing: that is one after the other.
    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.shared(other) > TimeDelta::zero()
    }

    /// The time that two stretches share.
    pub(crate) fn shared(self, other: Self) -> TimeDelta {
        (self.end.min(other.end) - self.start.max(other.start)).max(TimeDelta::zero())
    }

    /// How long it is.
    pub(crate) fn length(self) -> TimeDelta {
        (self.end - self.start).max(TimeDelta::zero())
    }

    /// When the server says it computed: its own durations, counted back from the last byte.
    /// It cannot have begun before it was asked.
    pub(crate) fn of_compute(exchange: &Exchange) -> Option<Self> {
        let end = exchange.last_byte_at?;
        let start = (end - exchange.compute()?).max(exchange.sent_at);
        Some(Self { start, end })
    }

    /// From the asking until the model was handed over. A request without a prompt does nothing but load (or unload), and
    /// the server tells no durations for it.
    pub(crate) fn of_waiting(exchange: &Exchange) -> Option<Self> {
        let line = exchange.final_line.as_ref()?;
        let start = exchange.sent_at;
        let end = match line.done_reason.as_deref() {
            Some("unload") => return None,
            Some("load") => exchange.last_byte_at?,
            _ => {
                let waited = i64::try_from(line.load_duration).unwrap_or(i64::MAX);
                start.checked_add_signed(TimeDelta::nanoseconds(waited))?
            }
        };
        Some(Self { start, end })
    }

    /// From sending to last byte, as the witness has it.
    pub(crate) fn of_flight(exchange: &Exchange) -> Option<Self> {
        Some(Self {
            start: exchange.sent_at,
            end: exchange.last_byte_at?,
        })
    }

    /// From start to end, as the database has it.
    pub(crate) fn of_execution(interaction: &Interaction) -> Option<Self> {
        Some(Self {
            start: interaction.started_at?,
            end: interaction.completed_at?,
        })
    }
}

/// A warm request waits for its model 1 to 12 ms, the quickest real load takes 800 ms: seconds of the plan's time.
pub(crate) const SHORTEST_LOAD: f64 = 0.1;

/// By what the witness takes to notice a last byte, windows of requests that the server worked off in turn seem to
/// overlap: by this share.
pub(crate) const NOTICING: f64 = 0.05;

/// The stretches in which there was at least one of these, in order and apart. What has no length is left out.
pub(crate) fn united(windows: impl IntoIterator<Item = Window>) -> Vec<Window> {
    let mut windows: Vec<Window> = windows
        .into_iter()
        .filter(|window| window.start < window.end)
        .collect();
    windows.sort_unstable_by_key(|window| (window.start, window.end));
    let mut stretches: Vec<Window> = Vec::new();
    for window in windows {
        match stretches.last_mut() {
            Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
            _ => stretches.push(window),
        }
    }
    stretches
}

/// All of them together, one after the other.
pub(crate) fn total_length(windows: impl IntoIterator<Item = Window>) -> TimeDelta {
    windows
        .into_iter()
        .fold(TimeDelta::zero(), |sum, window| sum + window.length())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{
        conversations::GRADE_A,
        doctored::{self, PLAIN_RUN},
    };

    fn window(start: i64, end: i64) -> Window {
        let at = |second| DateTime::from_timestamp(second, 0).unwrap();
        Window {
            start: at(start),
            end: at(end),
        }
    }

    #[test]
    fn touching_is_not_overlapping_and_containing_is() {
        assert!(!window(0, 5).overlaps(window(5, 9)));
        assert!(!window(5, 9).overlaps(window(0, 5)));
        assert!(window(0, 9).overlaps(window(3, 4)));
        assert!(window(0, 5).overlaps(window(4, 9)));
    }

    #[test]
    fn a_server_cannot_have_computed_before_it_was_asked() {
        let mut record = doctored::healthy();
        let exchange = doctored::exchange(&mut record, PLAIN_RUN, GRADE_A);
        exchange.final_line.as_mut().unwrap().eval_duration = 3_600_000_000_000;
        let window = Window::of_compute(exchange).unwrap();
        assert_eq!(window.start, exchange.sent_at);
    }

    #[test]
    fn windows_that_share_time_or_touch_are_one_stretch_and_others_stay_apart() {
        let given = [(20, 30), (5, 10), (0, 9), (1, 2), (10, 12), (40, 40)];
        let stretches = united(given.map(|(start, end)| window(start, end)));
        assert_eq!(stretches, [window(0, 12), window(20, 30)]);
        assert_eq!(total_length(stretches), TimeDelta::seconds(22));
    }
}
