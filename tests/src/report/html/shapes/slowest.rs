//! The interactions that took longest.

use std::collections::BTreeMap;

use super::durations::seconds_by_step;
use super::quartiles::Quartiles;
use crate::judge::evidence::Evidence;
use crate::judge::window::Window;
use crate::record::Interaction;

/// How many are told.
pub(crate) const TOLD: usize = 10;

/// One of them. Seconds of the plan's time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Slow<'r> {
    pub(crate) row: &'r Interaction,
    pub(crate) title: Option<&'r str>,
    pub(crate) seconds: f64,
    /// As many times as the median of its step.
    pub(crate) times_the_median: f64,
    /// What of it the server computed, where that was witnessed.
    pub(crate) computed: Option<f64>,
    /// What of it the server waited, loads included, where that was witnessed.
    pub(crate) waited: Option<f64>,
    /// Tokens of the answer, where that was witnessed.
    pub(crate) tokens: Option<u64>,
}

/// The slowest first; of those that took equally long, the one with the lower id.
pub(crate) fn slowest<'r>(evidence: &Evidence<'r>) -> Vec<Slow<'r>> {
    let medians: BTreeMap<i32, f64> = seconds_by_step(evidence)
        .into_iter()
        .filter_map(|(step, seconds)| Some((step, Quartiles::of(&seconds)?.median)))
        .collect();
    let mut rows: Vec<(f64, &Interaction)> = evidence
        .interactions()
        .filter_map(|row| {
            let window = Window::of_execution(row)?;
            Some((evidence.plan_seconds(window.length()), row))
        })
        .collect();
    rows.sort_by(|(a, row), (b, other)| {
        b.total_cmp(a)
            .then(row.interaction_id.cmp(&other.interaction_id))
    });
    rows.truncate(TOLD);
    rows.into_iter()
        .map(|(seconds, row)| told(evidence, row, seconds, &medians))
        .collect()
}

fn told<'r>(
    evidence: &Evidence<'r>,
    row: &'r Interaction,
    seconds: f64,
    medians: &BTreeMap<i32, f64>,
) -> Slow<'r> {
    let exchange = evidence.exchange_of(row);
    let computed = exchange.and_then(Window::of_compute);
    let in_plan = |window: Window| evidence.plan_seconds(window.length());
    let median = medians.get(&row.conversation_id).copied().unwrap_or(0.0);
    Slow {
        row,
        title: evidence.posting(row.posting_id).map(|it| it.title.as_str()),
        seconds,
        times_the_median: if median > 0.0 { seconds / median } else { 1.0 },
        computed: computed.map(in_plan),
        waited: exchange.zip(computed).map(|(exchange, computed)| {
            in_plan(Window {
                start: exchange.sent_at,
                end: computed.start,
            })
        }),
        tokens: exchange
            .and_then(|it| it.final_line.as_ref())
            .map(|line| line.eval_count),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::judge::conversations::{EXTRACT, FORMAT};
    use crate::judge::doctored::{self, PLAIN_RUN};

    #[test]
    fn the_slowest_stand_first_and_there_are_ten() {
        let mut record = doctored::healthy();
        let row = doctored::interaction(&mut record, PLAIN_RUN, EXTRACT);
        row.completed_at = row.completed_at.map(|at| at + TimeDelta::seconds(60));
        let evidence = Evidence::of(&record);
        let slow = slowest(&evidence);
        assert_eq!(slow.len(), TOLD);
        assert_eq!(slow[0].row.conversation_id, EXTRACT);
        assert!(slow[0].times_the_median > 80.0, "{:?}", slow[0]);
        assert!(slow[1..].iter().all(|it| it.row.conversation_id == FORMAT));
        assert!(slow[1].computed.unwrap() > slow[1].waited.unwrap());
    }

    #[test]
    fn of_what_nobody_witnessed_it_is_not_told_what_the_server_did() {
        let mut record = doctored::healthy();
        record.exchanges.clear();
        let evidence = Evidence::of(&record);
        let slow = slowest(&evidence);
        assert_eq!(
            (slow[0].computed, slow[0].waited, slow[0].tokens),
            (None, None, None)
        );
    }
}
