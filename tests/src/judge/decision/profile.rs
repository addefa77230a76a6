//! Where the time went, and what a faster model there would save.

use std::collections::BTreeMap;

use serde::Serialize;

use super::data::Step;
use crate::{
    judge::{evidence::Evidence, reading::number},
    record::{Exchange, FinalLine},
};

/// The step in which most of the time went, by the plan's time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slowest {
    /// The step.
    pub step: Step,
    /// How often it was carried out.
    pub calls: usize,
    /// From start to end, of all of them together.
    pub total_seconds: f64,
    /// From start to end, of one on the average.
    pub mean_seconds: f64,
    /// How much of all steps' time that is, in percent.
    pub share: f64,
    /// What the fastest other model of this batch would save; absent where none is faster or nobody witnessed it.
    pub faster: Option<Faster>,
}

/// What another model would save if it took as long a token there as it took elsewhere in the same batch. How good its
/// answers would be, and whether they would be as long, is another question.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Faster {
    /// The other model.
    pub model: String,
    /// Tokens that it wrote in a second of the plan's time.
    pub tokens_per_second: f64,
    /// Tokens that the step's own model wrote there in a second of the plan's time.
    pub instead_of: f64,
    /// Seconds of computing that it would save, of those in one call on the average.
    pub saves_per_call: f64,
    /// Seconds of computing that it would save in a posting on the average.
    pub saves_per_posting: f64,
}

impl Slowest {
    /// The slowest step of a batch; none where nothing has begun and ended.
    pub(crate) fn of(evidence: &Evidence<'_>) -> Option<Self> {
        let mut steps: BTreeMap<i32, (usize, f64)> = BTreeMap::new();
        for interaction in evidence.interactions() {
            let (Some(start), Some(end)) = (interaction.started_at, interaction.completed_at)
            else {
                continue;
            };
            let (calls, seconds) = steps.entry(interaction.conversation_id).or_default();
            *calls += 1;
            *seconds += evidence.plan_seconds(end - start);
        }
        let all: f64 = steps.values().map(|(_, seconds)| seconds).sum();
        let (conversation, (calls, total)) = steps
            .into_iter()
            .max_by(|(_, (_, a)), (_, (_, b))| a.total_cmp(b))?;
        (all > 0.0).then(|| Self {
            step: Step::of(evidence.record, conversation),
            calls,
            total_seconds: total,
            mean_seconds: total / number(calls),
            share: total / all * 100.0,
            faster: fastest_other(evidence, conversation),
        })
    }

    pub(super) fn reasons(&self) -> Vec<String> {
        let mut reasons = vec![format!(
            "{} took {:.1} s on the average, {} times: {:.0} % of the time of all steps",
            self.step, self.mean_seconds, self.calls, self.share
        )];
        reasons.extend(self.faster.as_ref().map(|faster| {
            format!(
                "{} wrote {:.1} tokens a second in this batch and {} {:.1} there: at that speed the step would \
                 compute {:.1} s less a call, {:.1} s a posting",
                faster.model,
                faster.tokens_per_second,
                self.step.actor,
                faster.instead_of,
                faster.saves_per_call,
                faster.saves_per_posting
            )
        }));
        reasons
    }
}

/// Less than this share saved is within what durations vary by.
const NOTEWORTHY: f64 = 0.05;

/// Work of the server: tokens, and the plan's seconds that they took.
#[derive(Debug, Clone, Copy, Default)]
struct Work {
    calls: usize,
    read: Tokens,
    written: Tokens,
}

#[derive(Debug, Clone, Copy, Default)]
struct Tokens {
    count: f64,
    seconds: f64,
}

impl Tokens {
    #[expect(
        clippy::cast_precision_loss,
        reason = "tokens and nanoseconds of a batch stay below 2^52, or near enough"
    )]
    fn add(&mut self, count: u64, nanoseconds: u64, scale: f64) {
        // A prompt that the server had cached is counted with no tokens: it tells nothing about speed.
        if count > 0 {
            self.count += count as f64;
            self.seconds += nanoseconds as f64 / 1e9 * scale;
        }
    }

    fn per_second(self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.count / self.seconds)
    }
}

impl Work {
    fn add(&mut self, line: &FinalLine, scale: f64) {
        self.calls += 1;
        self.read
            .add(line.prompt_eval_count, line.prompt_eval_duration, scale);
        self.written.add(line.eval_count, line.eval_duration, scale);
    }

    fn seconds(self) -> f64 {
        self.read.seconds + self.written.seconds
    }

    /// How long the same tokens would take another, at the speed of its own work; none where it has shown none.
    fn seconds_at_the_speed_of(self, other: Self) -> Option<f64> {
        let written = self.written.count / other.written.per_second()?;
        let read = if self.read.count > 0.0 {
            self.read.count / other.read.per_second()?
        } else {
            0.0
        };
        Some(read + written)
    }
}

/// What the fastest other model of the batch would save in this step; nothing where none is faster by more than
/// durations vary.
pub(crate) fn fastest_other(evidence: &Evidence<'_>, conversation: i32) -> Option<Faster> {
    let scale = evidence.record.mode.time_scale;
    let mut here = Work::default();
    let mut own_model = None;
    let mut models: BTreeMap<&str, Work> = BTreeMap::new();
    for interaction in evidence.interactions() {
        let Some((exchange, line)) = answer(evidence.exchange_of(interaction)) else {
            continue;
        };
        if interaction.conversation_id == conversation {
            here.add(line, scale);
            own_model = Some(exchange.model.as_str());
        }
        models.entry(&exchange.model).or_default().add(line, scale);
    }
    let (model, seconds, tokens_per_second) = models
        .into_iter()
        .filter(|(model, _)| Some(*model) != own_model)
        .filter_map(|(model, work)| {
            let seconds = here.seconds_at_the_speed_of(work)?;
            Some((model, seconds, work.written.per_second()?))
        })
        .min_by(|(_, a, _), (_, b, _)| a.total_cmp(b))?;
    let saved = here.seconds() - seconds;
    (saved > here.seconds() * NOTEWORTHY).then_some(Faster {
        model: model.to_owned(),
        tokens_per_second,
        instead_of: here.written.per_second()?,
        saves_per_call: saved / number(here.calls),
        saves_per_posting: saved / evidence.size_as_number(),
    })
}

fn answer(exchange: Option<&Exchange>) -> Option<(&Exchange, &FinalLine)> {
    let exchange = exchange?;
    Some((exchange, exchange.final_line.as_ref()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        judge::{
            conversations::{FORMAT, GRADE_A},
            doctored,
        },
        record::RunRecord,
    };

    fn slowest(record: &RunRecord) -> Slowest {
        Slowest::of(&Evidence::of(record)).unwrap()
    }

    #[test]
    fn the_slowest_step_is_the_one_with_the_most_time_in_all() {
        let mut record = doctored::healthy();
        let format = slowest(&record);
        assert_eq!((format.step.conversation, format.calls), (FORMAT, 50));
        // 6,505 ms of wall time at ten times the speed.
        assert!((format.mean_seconds - 65.05).abs() < 1e-6, "{format:?}");
        assert!((format.total_seconds - 50.0 * 65.05).abs() < 1e-6);
        assert!((0.0..100.0).contains(&format.share));
        for run in 1..=50 {
            let row = doctored::interaction(&mut record, run, GRADE_A);
            row.completed_at = row
                .completed_at
                .map(|at| at + chrono::TimeDelta::seconds(4));
        }
        assert_eq!(slowest(&record).step.conversation, GRADE_A);
    }

    #[test]
    fn a_model_that_wrote_twice_as_fast_would_save_half_of_the_computing() {
        let mut record = doctored::healthy();
        for exchange in &mut record.exchanges {
            let line = exchange.final_line.as_mut().unwrap();
            let gemma = exchange.model.starts_with("gemma2");
            line.prompt_eval_duration = if gemma { 200_000_000 } else { 100_000_000 };
            line.eval_duration = if gemma { 2_000_000_000 } else { 1_000_000_000 };
        }
        let faster = slowest(&record).faster.unwrap();
        // 2.2 s of wall time a call become 1.1 s, ten times that in the plan's.
        assert!((faster.saves_per_call - 11.0).abs() < 1e-6, "{faster:?}");
        assert!((faster.saves_per_posting - 11.0).abs() < 1e-6);
        assert!((faster.tokens_per_second - 2.0 * faster.instead_of).abs() < 1e-6);
    }

    #[test]
    fn where_no_other_model_is_faster_nothing_is_promised() {
        let mut record = doctored::healthy();
        for exchange in &mut record.exchanges {
            let line = exchange.final_line.as_mut().unwrap();
            (line.prompt_eval_duration, line.eval_duration) = (1_000_000, 1_000_000);
        }
        assert_eq!(slowest(&record).faster, None);
    }

    #[test]
    fn what_nobody_witnessed_promises_nothing_and_what_never_ran_is_not_slow() {
        let mut record = doctored::healthy();
        record.exchanges.clear();
        assert_eq!(slowest(&record).faster, None);
        assert_eq!(Slowest::of(&Evidence::of(&doctored::empty())), None);
    }
}
