//! Figures that no machine gives.

use std::collections::BTreeMap;

use super::Doubt;
use crate::judge::{evidence::Evidence, reading::counted};

/// Tokens a second that no server of one model writes into one answer: the fastest cards bring a model of three billion
/// parameters to a few hundred. In the plan's time, so that a simulation that is called real shows.
const FASTEST: f64 = 2_000.0;

/// Shorter answers are written in a moment, and their rate says little.
const TELLING_TOKENS: u64 = 10;

/// So many answers of one model have a median worth the name.
const TELLING_ANSWERS: usize = 3;

/// Answers are written at a rate that there is, prompts fit into their context, and no card is more than busy.
pub(super) fn nothing_is_impossible(evidence: &Evidence<'_>) -> Option<Doubt> {
    let told: Vec<String> = [too_fast(evidence), too_long(evidence), too_busy(evidence)]
        .into_iter()
        .flatten()
        .collect();
    (!told.is_empty()).then(|| Doubt {
        check: "impossible_figures",
        sentence: format!("{}: the figures were not measured", told.join("; ")),
        look: Vec::new(),
    })
}

/// The model that is said to write faster than any, by the median over its answers.
fn too_fast(evidence: &Evidence<'_>) -> Option<String> {
    let mut rates: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for exchange in evidence.joined_exchanges() {
        let line = exchange.final_line.as_ref();
        let Some(line) = line.filter(|line| line.eval_count >= TELLING_TOKENS) else {
            continue;
        };
        let seconds = seconds(line.eval_duration) * evidence.record.mode.computing_scale();
        if seconds > 0.0 {
            let of_model = rates.entry(&exchange.model).or_default();
            of_model.push(as_number(line.eval_count) / seconds);
        }
    }
    rates.into_iter().find_map(|(model, mut rates)| {
        rates.sort_unstable_by(f64::total_cmp);
        let median = *rates.get(rates.len() / 2)?;
        (rates.len() >= TELLING_ANSWERS && median > FASTEST).then(|| {
            format!("{model} is said to write {median:.0} tokens in a second of the plan's time")
        })
    })
}

/// A server cuts a prompt to its context, and counts what is left.
fn too_long(evidence: &Evidence<'_>) -> Option<String> {
    let is_beyond = |context: Option<u64>, tokens: u64| context.is_some_and(|it| tokens > it);
    let exchanges = evidence.record.exchanges.iter();
    let beyond = exchanges.filter(|exchange| {
        let line = exchange.final_line.as_ref();
        line.is_some_and(|line| is_beyond(exchange.num_ctx, line.prompt_eval_count))
    });
    let count = beyond.count();
    (count > 0).then(|| {
        let prompts = counted(count, "prompt");
        format!("{prompts} of more tokens than the context that was asked for")
    })
}

fn too_busy(evidence: &Evidence<'_>) -> Option<String> {
    let samples = evidence.record.gpu.iter().flatten();
    let told = samples.filter_map(|sample| sample.utilisation_percent);
    let beyond = told.filter(|percent| !(0.0..=100.0).contains(percent));
    let count = beyond.count();
    (count > 0).then(|| {
        let samples = counted(count, "sample");
        format!("{samples} of a GPU that is less than idle or more than busy")
    })
}

fn seconds(nanoseconds: u64) -> f64 {
    as_number(nanoseconds) / 1e9
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a rate needs no nanoseconds of hours"
)]
fn as_number(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use crate::{
        judge::{doctored, validity::tests::doubts},
        record::{RunRecord, ServerKind},
    };

    fn edited(edit: impl Fn(&mut RunRecord)) -> Vec<&'static str> {
        let mut record = doctored::healthy();
        edit(&mut record);
        doubts(&record)
    }

    #[test]
    fn a_model_that_writes_thousands_of_tokens_in_a_second_is_not_believed() {
        let fast = |times: u64| {
            edited(|record| {
                for line in record
                    .exchanges
                    .iter_mut()
                    .flat_map(|it| &mut it.final_line)
                {
                    line.eval_count *= times;
                }
            })
        };
        assert_eq!(fast(10), Vec::<&str>::new());
        assert_eq!(fast(1_000), ["impossible_figures"]);
    }

    #[test]
    fn a_simulation_that_is_called_real_is_given_away_by_the_rate_at_which_it_writes() {
        let live = |times: u64| {
            edited(|record| {
                record.mode.model_server = ServerKind::Live;
                record.mode.time_scale = 1.0;
                for line in record
                    .exchanges
                    .iter_mut()
                    .flat_map(|it| &mut it.final_line)
                {
                    line.eval_count *= times;
                }
            })
        };
        assert_eq!(live(1), Vec::<&str>::new());
        assert_eq!(live(100), ["impossible_figures"]);
    }

    #[test]
    fn a_prompt_fills_its_context_and_no_more() {
        let context = |tokens| {
            edited(|record| {
                for exchange in &mut record.exchanges {
                    exchange.num_ctx = Some(tokens);
                }
            })
        };
        assert_eq!(context(900), Vec::<&str>::new());
        assert_eq!(context(899), ["impossible_figures"]);
    }

    #[test]
    fn a_gpu_is_between_idle_and_busy() {
        let busy = |percent| {
            edited(|record| {
                for sample in record.gpu.iter_mut().flatten() {
                    sample.utilisation_percent = Some(percent);
                }
            })
        };
        assert_eq!(busy(100.0), Vec::<&str>::new());
        for percent in [-1.0, 100_000.0, f64::NAN] {
            assert_eq!(busy(percent), ["impossible_figures"], "{percent}");
        }
    }
}
