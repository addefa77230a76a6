//! Answers that nobody gave as they stand there, and what a record says of itself.

use serde_json::json;

use super::Audit;
use crate::{
    judge::{
        conversations::{ANALYST, EXPERT, EXTRACT},
        doctored::{self, PLAIN_RUN},
    },
    record::{ActorType, ServerKind},
};

pub(super) const AUDITS: &[Audit] = &[
    Audit {
        name: "an answer that nobody saw",
        doubts: &["unwitnessed_answers"],
        turns: &["makespan", "model_loads", "server_concurrency"],
        spoil: |record| {
            record.exchanges.remove(7);
        },
    },
    Audit {
        name: "a prompt that was changed afterwards",
        doubts: &["unexplained_evidence", "unwitnessed_answers"],
        turns: &["makespan", "model_loads", "server_concurrency"],
        spoil: |record| {
            let input = doctored::interaction(record, PLAIN_RUN, EXTRACT)
                .input
                .as_mut();
            input.unwrap().prompt_sha256 = "0".repeat(64);
        },
    },
    Audit {
        name: "an answer that calls itself a script's",
        doubts: &["other_actors"],
        turns: &[],
        spoil: |record| {
            doctored::interaction(record, PLAIN_RUN, EXTRACT).actor_type = ActorType::Script;
        },
    },
    Audit {
        name: "an incomplete record that says it came to its end",
        doubts: &["contradictory_record"],
        turns: &[],
        spoil: |record| record.complete = false,
    },
    Audit {
        name: "a simulated server called a live one",
        doubts: &["contradictory_record"],
        turns: &[],
        spoil: |record| record.mode.model_server = ServerKind::Live,
    },
    Audit {
        name: "a model that was pulled anew in mid-run",
        doubts: &["models_changed"],
        turns: &[],
        spoil: |record| {
            let last = record.identities.iter_mut().flatten().last().unwrap();
            last.models[1].digest = "ab".repeat(32);
        },
    },
    Audit {
        name: "a simulated server called a replay, of no cassette",
        doubts: &["contradictory_record"],
        turns: super::ABOUT_TIME,
        spoil: |record| {
            (record.mode.model_server, record.mode.time_scale) = (ServerKind::Replayed, 1.0);
        },
    },
    Audit {
        name: "a replay with an answer that nobody saw",
        doubts: &["unwitnessed_answers"],
        turns: super::ABOUT_TIME,
        spoil: |record| {
            doctored::replay(record);
            record.exchanges.remove(7);
        },
    },
    Audit {
        name: "a replay called a simulation",
        doubts: &["contradictory_record"],
        turns: &[],
        spoil: |record| {
            let (server, scale) = (record.mode.model_server, record.mode.time_scale);
            doctored::replay(record);
            (record.mode.model_server, record.mode.time_scale) = (server, scale);
        },
    },
    Audit {
        name: "prompts of more tokens than their context",
        doubts: &["impossible_figures"],
        turns: &[],
        spoil: |record| {
            for exchange in &mut record.exchanges {
                exchange.num_ctx = Some(512);
            }
        },
    },
    Audit {
        name: "an answer that was cut at its limit",
        doubts: &["unwitnessed_answers"],
        turns: &["makespan", "model_loads", "server_concurrency"],
        spoil: |record| {
            let line = record.exchanges[7].final_line.as_mut();
            line.unwrap().done_reason = Some("length".to_owned());
        },
    },
    Audit {
        name: "steps of models that call themselves scripts, in the workflow too",
        doubts: &["other_actors"],
        turns: &[],
        spoil: |record| {
            for step in &mut record.workflow.conversations {
                if [ANALYST, EXPERT].contains(&step.id) {
                    step.actor_type = ActorType::Script;
                }
            }
            for row in &mut record.interactions {
                if [ANALYST, EXPERT].contains(&row.conversation_id) {
                    row.actor_type = ActorType::Script;
                }
            }
        },
    },
    Audit {
        name: "answers that are there and say nothing",
        doubts: &[],
        turns: &["bookkeeping", "prompts_are_whole"],
        spoil: |record| {
            for run in 1..=50 {
                let answer = doctored::interaction(record, run, ANALYST).output.as_mut();
                *answer.unwrap() = json!({"kind": "analyst", "text": ""});
            }
        },
    },
];
