//! How often models were loaded, against the least that would have done.

mod happened;

use std::collections::BTreeMap;

pub(crate) use self::happened::Seen;
use self::happened::happened;
use crate::judge::{
    bounds::{
        loads::{Least, least_loads},
        paths::Paths,
    },
    criterion::{Criterion, Enforcement, Rule, Scaling, WHERE_TIME_PASSES},
    evidence::Evidence,
    reading::{Reading, counted, number},
    tiers::{Bound, Tiers, Unit},
};

/// The plan's "Model caching visible", which it never measures. A runner that knows no grades beforehand cannot always
/// do with hindsight's minimum, so half as much again is the target; posting by posting comes to seventy times.
pub(super) const MODEL_LOADS: Rule = Rule {
    criterion: Criterion {
        id: "model_loads",
        name: "Model loads",
        sentence: "How often models were loaded, over the least number that does for the same calls.",
        judged_in: WHERE_TIME_PASSES,
        also: &[
            "model caching visible",
            "model caching",
            "model reuse",
            "model swaps",
        ],
    },
    enforcement: Enforcement::Should,
    tiers: Tiers {
        unit: Unit::Times,
        target: Bound::AtMost(1.5),
        acceptable: Some(Bound::Below(3.0)),
        red: Bound::Above(5.0),
    },
    scaling: Scaling::Fixed,
    read,
};

fn read(evidence: &Evidence<'_>) -> Reading {
    let record = evidence.record;
    let paths = evidence.paths();
    let calls = paths.steps().count();
    if calls == 0 {
        return Reading::no_data("no model has answered");
    }
    if record.exchanges.is_empty() && record.residency.is_empty() {
        return Reading::no_data("nobody saw which models were loaded");
    }
    let loads = happened(paths, record);
    let all: usize = loads.values().sum();
    let least = match least(paths) {
        Ok(least) => least,
        Err(reason) => {
            return Reading::NotJudgeable {
                reason: format!("{reason}; {} seen: {}", counted(all, "load"), told(&loads)),
                value: None,
                n: calls,
            };
        }
    };
    let at_best = match least {
        Least::Exactly(loads) => format!("at best {loads} would have done"),
        Least::AtLeast(loads) => format!("at best {loads} or more would have done"),
    };
    let note = format!(
        "{} for {calls} calls where {at_best}: {}",
        counted(all, "load"),
        told(&loads)
    );
    let ratio = number(all) / number(least.number().max(1));
    let unseen = evidence.unseen_answers();
    if unseen > 0 {
        let note = format!(
            "{note}; {} without an exchange may have loaded more",
            counted(unseen, "answer")
        );
        return Reading::value(ratio, calls, note).at_least();
    }
    if !evidence.all_runs_ended() {
        return Reading::value(ratio, calls, format!("{note}; the batch did not end")).at_least();
    }
    Reading::value(ratio, calls, note)
}

/// Each server's least for the work that it really did, added up. What it waited for of another server's steps is left
/// out, which only makes its work easier: no server could have done with fewer, so neither could all together.
fn least(paths: &Paths<'_>) -> Result<Least, &'static str> {
    if !paths.needs_known {
        return Err("the record does not say what each step needs, so the minimum is unknown");
    }
    let mut sum = Least::Exactly(0);
    for (server, card) in paths.computing.cards.iter().enumerate() {
        let card = card
            .as_ref()
            .ok_or("the memory of the GPU is unknown, and with it the minimum")?;
        let least = least_loads(&paths.shapes_on(server), card)
            .ok_or("the steps of the record need each other in a circle, so there is no minimum")?;
        sum = sum.plus(least);
    }
    Ok(sum)
}

fn told(loads: &BTreeMap<String, usize>) -> String {
    let each: Vec<String> = loads
        .iter()
        .map(|(model, loads)| format!("{model} {loads}"))
        .collect();
    each.join(", ")
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::{
        judge::{
            Standing, Verdict,
            conversations::{EXTRACT, GRADE_A},
            doctored::{self, GIB},
        },
        record::{FinalLine, LoadedModel, ResidencySample, RunRecord, Status},
    };

    fn verdict(record: &RunRecord) -> Verdict {
        doctored::verdict(record, "model_loads")
    }

    /// A healthy batch whose first so many extracts each loaded their model; three loads are the minimum.
    fn reloading(extracts: i64) -> RunRecord {
        let mut record = doctored::healthy();
        doctored::reload(&mut record, extracts);
        record
    }

    #[test]
    fn each_server_is_judged_by_the_work_that_it_did() {
        let mut record = doctored::healthy();
        doctored::servers::second_server(&mut record);
        record.environment.servers[0].gpu_memory = Some(6 * GIB);
        record.environment.servers[1].gpu_memory = Some(6 * GIB);
        doctored::servers::move_to_second(&mut record, "qwen2.5:7b");
        let apart = verdict(&record);
        assert!(
            apart.note.starts_with("3 loads for") && apart.note.contains("at best 3 would"),
            "{}",
            apart.note
        );
        assert_eq!(apart.standing, Standing::Target);
    }

    #[test]
    fn a_model_that_is_loaded_on_two_servers_was_loaded_twice_and_both_needed_it() {
        let mut record = doctored::healthy();
        doctored::servers::second_server(&mut record);
        let half = record.exchanges.len() / 2;
        for exchange in &mut record.exchanges[half..] {
            exchange.server = doctored::servers::SECOND.to_owned();
        }
        let verdict = verdict(&record);
        assert!(
            verdict.note.starts_with("6 loads for") && verdict.note.contains("at best 6 would"),
            "{}",
            verdict.note
        );
    }

    #[test]
    fn loads_are_judged_against_the_least_that_would_have_done() {
        for (extracts, expected) in [
            (1, Standing::Target),
            (2, Standing::Target),
            (3, Standing::Acceptable),
            (6, Standing::Acceptable),
            (7, Standing::Gap),
            (13, Standing::Gap),
            (14, Standing::Red),
            (50, Standing::Red),
        ] {
            let verdict = verdict(&reloading(extracts));
            assert_eq!(verdict.standing, expected, "{extracts}: {}", verdict.note);
        }
    }

    #[test]
    fn the_note_names_what_happened_what_would_have_done_and_each_model() {
        let verdict = verdict(&reloading(4));
        assert!(
            verdict.note.contains("6 loads")
                && verdict.note.contains("at best 3")
                && verdict.note.contains("llama3.2:latest 4"),
            "{}",
            verdict.note
        );
    }

    #[test]
    fn a_warm_request_is_no_load() {
        let mut record = doctored::healthy();
        for exchange in &mut record.exchanges {
            let line = exchange.final_line.as_mut().unwrap();
            // 12 ms of the plan's time.
            line.load_duration = line.load_duration.max(1_200_000);
        }
        assert_eq!(verdict(&record).standing, Standing::Target);
    }

    #[test]
    fn several_calls_that_wait_for_one_load_are_one_load() {
        let mut record = reloading(50);
        let (sent_at, last) = {
            let first = doctored::exchange(&mut record, 1, EXTRACT);
            (first.sent_at, first.last_byte_at)
        };
        for run in 1..=50 {
            let exchange = doctored::exchange(&mut record, run, EXTRACT);
            (exchange.sent_at, exchange.last_byte_at) =
                (sent_at + TimeDelta::milliseconds(run), last);
            doctored::interaction(&mut record, run, EXTRACT).started_at = Some(sent_at);
        }
        assert_eq!(verdict(&record).measured.unwrap().to_string(), "1 ×");
    }

    #[test]
    fn a_load_that_was_asked_for_without_a_prompt_counts() {
        let mut record = doctored::healthy();
        let call = doctored::exchange(&mut record, 9, GRADE_A).clone();
        for id in 0..20 {
            let mut load = call.clone();
            (load.id, load.prompt_sha256) = (9_000 + id, None);
            let line = load.final_line.as_mut().unwrap();
            *line = FinalLine {
                done: true,
                done_reason: Some("load".to_owned()),
                ..FinalLine::default()
            };
            load.sent_at += TimeDelta::seconds(60 * i64::try_from(id).unwrap());
            load.last_byte_at = Some(load.sent_at + TimeDelta::seconds(1));
            record.exchanges.push(load);
        }
        assert_eq!(verdict(&record).standing, Standing::Red);
        for load in record
            .exchanges
            .iter_mut()
            .filter(|exchange| exchange.id >= 9_000)
        {
            load.final_line.as_mut().unwrap().done_reason = Some("unload".to_owned());
        }
        assert_eq!(verdict(&record).standing, Standing::Target);
    }

    #[test]
    fn a_model_that_went_and_came_back_was_loaded_again() {
        let mut record = doctored::healthy();
        let names: [&[&str]; 2] = [&["gemma2"], &[]];
        record.residency = (0..40)
            .map(|second| ResidencySample {
                server: "http://10.0.0.1:11434".to_owned(),
                at: doctored::START + TimeDelta::seconds(second),
                models: names[usize::from(second % 2 == 1)]
                    .iter()
                    .map(|name| LoadedModel {
                        name: (*name).to_owned(),
                        size_vram: GIB,
                        digest: None,
                    })
                    .collect(),
            })
            .collect();
        assert_eq!(verdict(&record).standing, Standing::Red);
        record.residency.retain(|sample| !sample.models.is_empty());
        assert_eq!(verdict(&record).standing, Standing::Target);
    }

    #[test]
    fn on_a_card_for_one_model_more_loads_have_to_be() {
        let mut record = doctored::healthy();
        doctored::one_call_at_a_time(&mut record);
        let least = |record: &RunRecord| {
            let evidence = Evidence::of(record);
            least(evidence.paths())
        };
        assert_eq!(least(&record), Ok(Least::Exactly(3)));
        record.environment.servers[0].gpu_memory = Some(6 * GIB);
        assert_eq!(least(&record), Ok(Least::Exactly(5)));
    }

    #[test]
    fn a_missing_exchange_is_no_pass_and_does_not_hide_a_red_one() {
        let mut record = doctored::healthy();
        record.exchanges.pop();
        assert_eq!(verdict(&record).standing, Standing::NoData);
        let mut record = reloading(50);
        record.exchanges.pop();
        assert_eq!(verdict(&record).standing, Standing::Red);
    }

    #[test]
    fn a_batch_that_did_not_end_is_no_pass() {
        let mut record = doctored::healthy();
        record.runs[0].status = Status::Running;
        assert_eq!(verdict(&record).standing, Standing::NoData);
    }

    #[test]
    fn without_any_witness_there_is_no_data() {
        let mut record = doctored::healthy();
        record.exchanges.clear();
        record.residency.clear();
        assert_eq!(verdict(&record).standing, Standing::NoData);
    }

    #[test]
    fn where_memory_or_needs_are_unknown_loads_are_not_judgeable_but_told() {
        let mut record = doctored::healthy();
        record.environment.servers[0].gpu_memory = None;
        let mut other = doctored::healthy();
        other.workflow.conversations[4].needs = None;
        for record in [record, other] {
            let Standing::NotJudgeable { reason } = verdict(&record).standing else {
                panic!("it was judged");
            };
            assert!(reason.contains("3 loads seen"), "{reason}");
        }
    }
}
