//! How large the next batch is, and how long it would take.

use serde::Serialize;

use crate::judge::{busy::Busy, evidence::Evidence, window::Window};

/// The next batch at the pace of this one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Pace {
    /// Its size.
    pub postings: u32,
    /// The hours of the plan's time that it would take; absent where this one's time is not known.
    pub hours: Option<f64>,
    /// How much of this batch's time the server computed, in percent; absent where nobody witnessed it.
    pub server_busy: Option<f64>,
}

/// A batch that takes longer than a day falls behind postings that come in daily.
const LONGEST_HOURS: f64 = 24.0;

/// A server that computes this much of the time, in percent, has nothing left for more runners.
const BUSY: f64 = 90.0;

impl Pace {
    pub(super) fn of(evidence: &Evidence<'_>, planned: u32) -> Self {
        let postings = next_size(evidence.record.batch.size, planned);
        let hours = evidence.wall_time().map(|wall| {
            let a_posting = evidence.plan_seconds(wall) / evidence.size_as_number();
            a_posting * f64::from(postings) / 3600.0
        });
        Self {
            postings,
            hours: hours.filter(|hours| hours.is_finite()),
            server_busy: server_busy(evidence),
        }
    }

    /// Whether it can be had in time.
    pub(super) fn is_fast_enough(&self) -> bool {
        self.hours.is_none_or(|hours| hours <= LONGEST_HOURS)
    }

    pub(super) fn reasons(&self) -> Vec<String> {
        let Some(hours) = self.hours else {
            return Vec::new();
        };
        let at_this_pace = format!("at this pace {} postings take {hours:.1} h", self.postings);
        if self.is_fast_enough() {
            return vec![at_this_pace];
        }
        let mut reasons = vec![format!("{at_this_pace}, more than {LONGEST_HOURS} h")];
        reasons.extend(self.server_busy.map(|busy| {
            if busy >= BUSY {
                format!(
                    "the server computed {busy:.0} % of the time: more runners would only wait for it, another \
                     server or a faster model would help"
                )
            } else {
                format!("the server computed {busy:.0} % of the time: more runners can use the rest")
            }
        }));
        reasons
    }
}

/// A plan's sizes are its own and ten times the one before: 50, 500, 5000. The next is the first that is larger than
/// the batch, so a trial of three goes on with the plan itself.
fn next_size(size: u32, planned: u32) -> u32 {
    std::iter::successors(Some(planned.max(1)), |size| size.checked_mul(10))
        .find(|next| *next > size)
        .unwrap_or(u32::MAX)
}

/// The share of the batch's time in which the server computed at least one answer.
fn server_busy(evidence: &Evidence<'_>) -> Option<f64> {
    let computed = evidence.joined_exchanges().filter_map(Window::of_compute);
    let busy = Busy::of(computed).time.as_seconds_f64();
    let wall = evidence.wall_time()?.as_seconds_f64();
    (busy > 0.0 && wall > 0.0).then(|| (busy / wall * 100.0).min(100.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::doctored;

    #[test]
    fn the_next_batch_is_the_next_on_the_plans_ladder() {
        for (size, next) in [(3, 50), (49, 50), (50, 500), (60, 500), (500, 5_000)] {
            assert_eq!(next_size(size, 50), next, "{size}");
        }
        assert_eq!(next_size(u32::MAX, 50), u32::MAX);
        assert_eq!(next_size(0, 0), 1);
    }

    #[test]
    fn the_next_batch_takes_as_long_a_posting_as_this_one() {
        let mut record = doctored::healthy();
        let pace = |record: &_| Pace::of(&Evidence::of(record), 50);
        let hours = pace(&record).hours.unwrap();
        assert!((20.0..20.4).contains(&hours), "{hours}");
        assert!(pace(&record).is_fast_enough());
        record.mode.time_scale *= 1.2;
        assert!(!pace(&record).is_fast_enough());
    }

    #[test]
    fn a_server_is_busy_while_it_computes_and_computing_two_things_counts_once() {
        let mut record = doctored::healthy();
        let busy = |record: &_| Pace::of(&Evidence::of(record), 50).server_busy;
        let alone = busy(&record).unwrap();
        assert!((80.0..95.0).contains(&alone), "{alone}");
        record.exchanges.clear();
        assert_eq!(busy(&record), None);
    }
}
