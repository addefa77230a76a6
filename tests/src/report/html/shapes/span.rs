//! Stretches on the timeline.

use chrono::{DateTime, TimeDelta, Utc};

use crate::judge::window::Window;

/// A stretch, in milliseconds of the plan's time since the timeline's beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) start: i64,
    pub(crate) end: i64,
}

impl Span {
    pub(crate) fn length(self) -> i64 {
        self.end - self.start
    }

    /// What two of them share; nothing where they merely touch.
    pub(crate) fn shared(self, other: Self) -> Option<Self> {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        (start < end).then_some(Self { start, end })
    }

    /// What lies between two that share nothing.
    pub(crate) fn between(self, other: Self) -> Self {
        Self {
            start: self.end.min(other.end),
            end: self.start.max(other.start),
        }
    }
}

/// Where the timeline begins, and how much faster than the plan's time the batch went.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Origin {
    pub(crate) at: DateTime<Utc>,
    pub(crate) scale: f64,
}

/// Farther away than this nothing is drawn: a century of the plan's time.
const FARTHEST: f64 = 100.0 * 366.0 * 86_400_000.0;

impl Origin {
    /// Milliseconds of the plan's time until a moment.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "kept within a century of milliseconds"
    )]
    pub(crate) fn until(self, moment: DateTime<Utc>) -> i64 {
        self.plan_milliseconds(moment - self.at)
            .clamp(-FARTHEST, FARTHEST)
            .round() as i64
    }

    /// A length in milliseconds of the plan's time.
    pub(crate) fn plan_milliseconds(self, length: TimeDelta) -> f64 {
        length.as_seconds_f64() * 1_000.0 * self.scale
    }

    pub(crate) fn span(self, window: Window) -> Span {
        let start = self.until(window.start);
        Span {
            start,
            end: self.until(window.end).max(start),
        }
    }
}

/// The stretches in which there was at least one of these, in order. Those that are no more than `near` apart are one.
pub(crate) fn united(spans: impl IntoIterator<Item = Span>, near: i64) -> Vec<Span> {
    let mut spans: Vec<Span> = spans.into_iter().collect();
    spans.sort_unstable();
    let mut stretches: Vec<Span> = Vec::new();
    for span in spans {
        match stretches.last_mut() {
            Some(last) if span.start - last.end <= near => last.end = last.end.max(span.end),
            _ => stretches.push(span),
        }
    }
    stretches
}

/// What lies between stretches that are in order and apart.
pub(crate) fn gaps(stretches: &[Span]) -> Vec<Span> {
    stretches
        .windows(2)
        .map(|pair| Span {
            start: pair[0].end,
            end: pair[1].start,
        })
        .filter(|gap| gap.length() > 0)
        .collect()
}

/// All of them together, one after the other.
pub(crate) fn total(spans: &[Span]) -> i64 {
    spans.iter().map(|span| span.length()).sum()
}

/// Each on the first of several tracks that is free by then, so that what went on at once is seen side by side. The
/// answer has the track of each, in the order given, and how many tracks that took.
pub(crate) fn tracks(spans: &[Span]) -> (Vec<usize>, usize) {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|place| spans[*place]);
    let mut free_at: Vec<i64> = Vec::new();
    let mut track_of = vec![0; spans.len()];
    for place in order {
        let span = spans[place];
        let free = free_at.iter().position(|until| *until <= span.start);
        let track = free.unwrap_or_else(|| {
            free_at.push(i64::MIN);
            free_at.len() - 1
        });
        free_at[track] = span.end;
        track_of[place] = track;
    }
    (track_of, free_at.len())
}

#[cfg(test)]
pub(crate) fn span(start: i64, end: i64) -> Span {
    Span { start, end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_that_touch_or_are_near_are_one_and_gaps_lie_between_the_others() {
        let given = [span(50, 60), span(0, 10), span(10, 20), span(23, 30)];
        assert_eq!(united(given, 0), [span(0, 20), span(23, 30), span(50, 60)]);
        let near = united(given, 3);
        assert_eq!(near, [span(0, 30), span(50, 60)]);
        assert_eq!(gaps(&near), [span(30, 50)]);
        assert_eq!(total(&near), 40);
    }

    #[test]
    fn what_two_share_is_what_both_have_and_touching_is_not_sharing() {
        assert_eq!(span(0, 9).shared(span(3, 20)), Some(span(3, 9)));
        assert_eq!(span(0, 9).shared(span(9, 20)), None);
        assert_eq!(span(0, 5).between(span(9, 20)), span(5, 9));
        assert_eq!(span(9, 20).between(span(0, 5)), span(5, 9));
    }

    #[test]
    fn what_goes_on_at_once_lies_on_several_tracks_and_one_after_the_other_on_one() {
        let serial = [span(10, 20), span(0, 10), span(20, 30)];
        assert_eq!(tracks(&serial), (vec![0, 0, 0], 1));
        let at_once = [span(0, 10), span(5, 12), span(11, 20), span(6, 7)];
        assert_eq!(tracks(&at_once), (vec![0, 1, 0, 2], 3));
        assert_eq!(tracks(&[]), (Vec::new(), 0));
    }

    #[test]
    fn time_is_the_plans_and_a_date_beyond_all_measure_stays_within_reason() {
        let origin = Origin {
            at: DateTime::from_timestamp(1_000, 0).unwrap(),
            scale: 400.0,
        };
        let later = DateTime::from_timestamp_millis(1_000_250).unwrap();
        assert_eq!(origin.until(later), 100_000);
        assert!(origin.until(DateTime::<Utc>::MAX_UTC) > 0);
        assert!(origin.until(DateTime::<Utc>::MIN_UTC) < 0);
    }
}
