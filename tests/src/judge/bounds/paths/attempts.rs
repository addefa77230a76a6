//! The exchanges behind a step: its last attempt and those before.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    judge::evidence::Evidence,
    record::{Exchange, Interaction, Status},
};

/// Exchanges that stand behind no interaction, because a later one with the same question does.
pub(super) struct Attempts<'r> {
    by_question: BTreeMap<(&'r str, &'r str), Vec<&'r Exchange>>,
    clocks: TimeDelta,
}

impl<'r> Attempts<'r> {
    pub(super) fn of(evidence: &Evidence<'r>) -> Self {
        let joined: BTreeSet<u64> = evidence
            .joined_exchanges()
            .map(|exchange| exchange.id)
            .collect();
        let mut by_question: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for exchange in &evidence.record.exchanges {
            if let (Some(prompt), false) = (&exchange.prompt_sha256, joined.contains(&exchange.id))
            {
                let question = (exchange.model.as_str(), prompt.as_str());
                by_question.entry(question).or_default().push(exchange);
            }
        }
        Self {
            by_question,
            clocks: evidence.record.environment.database_clock_ahead(),
        }
    }

    /// What was computed for this step while it was open. An answer that came after its end (a late one, after the
    /// watchdog's word) was computed, but the batch need not have waited for it.
    pub(super) fn behind(
        &mut self,
        evidence: &Evidence<'r>,
        step: &Interaction,
    ) -> Vec<&'r Exchange> {
        let Some(last) = evidence.exchange_of(step) else {
            return Vec::new();
        };
        let question = (
            last.model.as_str(),
            last.prompt_sha256.as_deref().unwrap_or_default(),
        );
        let mut behind: Vec<&Exchange> = Vec::new();
        if let Some(others) = self.by_question.get_mut(&question) {
            let is_earlier = |other: &&Exchange| over(other) <= last.sent_at;
            behind.extend(others.iter().copied().filter(is_earlier));
            others.retain(|other| !is_earlier(other));
        }
        let in_time = step
            .completed_at
            .is_some_and(|end| over(last) + self.clocks <= end);
        if step.status == Status::Completed || in_time {
            behind.push(last);
        }
        behind.sort_unstable_by_key(|exchange| exchange.id);
        behind
    }
}

fn over(exchange: &Exchange) -> DateTime<Utc> {
    exchange.last_byte_at.unwrap_or(exchange.ended_at)
}
