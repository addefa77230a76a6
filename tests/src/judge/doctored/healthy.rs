//! A batch as it should be: the busiest model hardly ever idle, grades together, everything witnessed.
//!
//! As in November 2025 most of the work is gemma2's. Each posting begins when the one before it asks its last
//! question, so that no model has two calls at once.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{GIB, START, texts};
use crate::{
    judge::conversations::{
        CHECK_SKILLS, CHECK_SUMMARY, EXPERT, EXTRACT, FORMAT, GRADE_A, GRADE_B, IMPROVE, REGRADE,
        SAVE_SUMMARY, SKILLS, TICKET,
    },
    record::{
        ActorType, Batch, CardSample, ConnectionSample, Conversation, Ended, Environment, Exchange,
        ExchangeEnd, FinalLine, GpuSample, Input, InstalledModel, Interaction, LoadedModel, Mode,
        ModelIdentity, ModelServer, PlanReference, PostingsFrom, Provenance, Quotes,
        ResidencySample, Run, RunRecord, SCHEMA_VERSION, ServerIdentity, ServerKind, Status, Texts,
        Workflow,
    },
};

/// The one model server.
const SERVER: &str = "http://10.0.0.1:11434";
/// What all its models are called that are what they are called.
const DIGEST: &str = "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd";
const LLAMA: &str = "llama3.2:latest";
const GEMMA: &str = "gemma2:latest";
const QWEN: &str = "qwen2.5:7b";

/// Conversation, actor, wall milliseconds; the actors without a colon are scripts.
const STEPS: [(i32, &str, i64); 16] = [
    (9144, "verify_staged_detail", 10),
    (9193, "check_description", 10),
    (CHECK_SUMMARY, "check_summary", 10),
    (EXTRACT, LLAMA, 700),
    (GRADE_A, GEMMA, 3_000),
    (GRADE_B, QWEN, 2_600),
    (IMPROVE, QWEN, 2_000),
    (REGRADE, QWEN, 1_500),
    (TICKET, QWEN, 1_000),
    (FORMAT, GEMMA, 6_500),
    (SAVE_SUMMARY, "save_summary", 10),
    (CHECK_SKILLS, "check_skills", 10),
    (SKILLS, QWEN, 600),
    (9161, QWEN, 500),
    (9162, GEMMA, 2_500),
    (EXPERT, QWEN, 600),
];

/// Fifty postings: 43 plain runs, 6 improved, 1 with a ticket.
pub(crate) fn healthy() -> RunRecord {
    healthy_of(50)
}

/// The same with another number of postings.
pub(crate) fn healthy_of(size: usize) -> RunRecord {
    let mut record = blank(size);
    let mut next = START;
    for run in 1..=i64::try_from(size).unwrap() {
        next = add_run(&mut record, run, next);
    }
    let end = record.runs.last().and_then(|run| run.completed_at);
    record.batch.ended_at = end;
    load_each_model_once(&mut record);
    ask_what_answers(&mut record, end.unwrap_or(next));
    count_rows(&mut record);
    sample(&mut record, end.unwrap_or(next));
    record
}

/// At the begin and at the end, and nothing has changed in between.
fn ask_what_answers(record: &mut RunRecord, end: DateTime<Utc>) {
    let models = &record.environment.servers[0].models;
    let identity = |at| ServerIdentity {
        server: SERVER.to_owned(),
        at,
        ollama_version: record.environment.servers[0].ollama_version.clone(),
        models: models
            .iter()
            .map(|model| ModelIdentity {
                name: model.name.clone(),
                digest: model.digest.clone(),
            })
            .collect(),
    };
    record.identities = Some(vec![identity(START), identity(end)]);
}

/// The first call of each model waits a twentieth of its time for the load. Samples before and after show what came.
fn load_each_model_once(record: &mut RunRecord) {
    let sample = |at, models: &[&str]| ResidencySample {
        server: SERVER.to_owned(),
        at,
        models: models
            .iter()
            .map(|name| LoadedModel {
                name: (*name).to_owned(),
                size_vram: 5 * GIB,
                digest: Some(DIGEST.to_owned()),
            })
            .collect(),
    };
    record.residency = vec![sample(START, &[])];
    for model in [LLAMA, GEMMA, QWEN] {
        let mut calls = record.exchanges.iter_mut();
        if let Some(first) = calls.find(|exchange| exchange.model == model) {
            let line = first.final_line.as_mut().unwrap();
            line.load_duration = line.total_duration / 20;
        }
    }
    let end = record.batch.ended_at.unwrap_or(START);
    let mut at = START + TimeDelta::seconds(10);
    while at < end {
        record.residency.push(sample(at, &[GEMMA, LLAMA, QWEN]));
        at += TimeDelta::seconds(10);
    }
}

fn blank(size: usize) -> RunRecord {
    RunRecord {
        schema_version: SCHEMA_VERSION,
        batchproof: "0.1.0".to_owned(),
        complete: true,
        ended: Ended::Completed,
        mode: Mode {
            model_server: ServerKind::Simulated,
            postings: PostingsFrom::Simulated,
            time_scale: 10.0,
            seed: Some(42),
            cassette: None,
        },
        provenance: Provenance::Collected,
        texts: Texts::Kept,
        plan: PlanReference {
            id: "BATCH-50-001".to_owned(),
            sha256: Some("ef".repeat(32)),
        },
        workflow: Workflow {
            id: 3001,
            hash: "ab".repeat(32),
            conversations: STEPS.map(conversation).to_vec(),
        },
        environment: Environment {
            os: "linux x86_64".to_owned(),
            cpus: 2,
            postgres_version: "15.8".to_owned(),
            database_clock_ahead_us: 0,
            servers: vec![server()],
            graphics: None,
        },
        fetch: None,
        batch: Batch {
            id: 1,
            size: u32::try_from(size).unwrap(),
            created_at: START,
            started_at: Some(START),
            ended_at: None,
        },
        row_counts_at_start: BTreeMap::new(),
        row_counts_at_end: Some(BTreeMap::new()),
        overlapping_batches: Some(Vec::new()),
        postings: Vec::new(),
        runs: Vec::new(),
        interactions: Vec::new(),
        attempts: Vec::new(),
        errors: Vec::new(),
        workers: Some(Vec::new()),
        exchanges: Vec::new(),
        residency: Vec::new(),
        connections: Vec::new(),
        gpu: None,
        identities: Some(Vec::new()),
        suspensions: Some(Vec::new()),
    }
}

/// The database was empty before the batch, and every posting of it was fetched.
fn count_rows(record: &mut RunRecord) {
    let counts = [
        ("batches", 1),
        ("interaction_attempts", 0),
        ("interactions", record.interactions.len()),
        ("postings", record.postings.len()),
        ("postings_staging", record.postings.len()),
        ("workflow_errors", 0),
        ("workflow_runs", record.runs.len()),
    ];
    for (table, rows) in counts {
        record.row_counts_at_start.insert(table.to_owned(), 0);
        let rows = u64::try_from(rows).unwrap();
        record
            .row_counts_at_end
            .get_or_insert_default()
            .insert(table.to_owned(), rows);
    }
}

/// Every 30 seconds of the plan's time. The pool fills in the first minutes and stays as it is.
pub(super) fn sample(record: &mut RunRecord, end: DateTime<Utc>) {
    record.connections.clear();
    record.gpu = None;
    let looks = (end - START).num_seconds() / 3;
    for look in 0..=looks {
        let at = START + TimeDelta::seconds(3 * look);
        let connections = if look < 2 { 3 } else { 7 };
        record
            .connections
            .push(ConnectionSample { at, connections });
        record.gpu.get_or_insert_default().push(GpuSample {
            at,
            utilisation_percent: Some(70.0),
            memory_used: Some(12 * GIB),
            power_watts: Some(180.0),
            temperature_celsius: Some(66),
            cards: vec![CardSample {
                utilisation_percent: Some(70),
                memory_used: Some(12 * GIB),
                power_watts: Some(180.0),
                temperature_celsius: Some(66),
            }],
        });
    }
}

fn server() -> ModelServer {
    let model = |name: &str, size| InstalledModel {
        name: name.to_owned(),
        digest: DIGEST.to_owned(),
        size,
        parameter_size: Some("7.6B".to_owned()),
        quantization: Some("Q4_K_M".to_owned()),
    };
    ModelServer {
        name: SERVER.to_owned(),
        ollama_version: "0.13.5".to_owned(),
        gpu_memory: Some(16 * GIB),
        slots: 1,
        models: vec![
            model(GEMMA, 5_443_152_417),
            model(LLAMA, 2_019_393_189),
            model(QWEN, 4_683_087_332),
        ],
    }
}

fn conversation((id, actor, _): (i32, &str, i64)) -> Conversation {
    Conversation {
        id,
        name: format!("conversation_{id}"),
        actor: actor.to_owned(),
        actor_type: actor_type(actor),
        writes: Vec::new(),
        needs: Some(needs(id)),
    }
}

/// As workflow 3001 has them.
fn needs(conversation: i32) -> Vec<i32> {
    match conversation {
        9193 => vec![9144],
        CHECK_SUMMARY | 9161 => vec![9193],
        EXTRACT => vec![CHECK_SUMMARY],
        GRADE_A | GRADE_B => vec![EXTRACT],
        IMPROVE => vec![GRADE_A, GRADE_B],
        REGRADE => vec![IMPROVE],
        TICKET => vec![REGRADE],
        FORMAT => vec![GRADE_A, GRADE_B, REGRADE, TICKET],
        SAVE_SUMMARY => vec![FORMAT],
        CHECK_SKILLS => vec![SAVE_SUMMARY],
        SKILLS => vec![CHECK_SKILLS],
        9162 => vec![9161],
        EXPERT => vec![9161, 9162],
        _ => vec![],
    }
}

fn actor_type(actor: &str) -> ActorType {
    if actor.contains(':') {
        ActorType::AiModel
    } else {
        ActorType::Script
    }
}

/// Adds a posting and its run; answers when the next may begin.
fn add_run(record: &mut RunRecord, run: i64, start: DateTime<Utc>) -> DateTime<Utc> {
    let (improved, ticket) = (run % 7 == 4, run == super::TICKET_RUN);
    let (mut now, mut next) = (start, start);
    for (conversation, actor, milliseconds) in STEPS {
        if conversation == EXPERT {
            next = now;
        }
        if matches!(conversation, IMPROVE | REGRADE) && !improved {
            continue;
        }
        if conversation == TICKET && !ticket {
            continue;
        }
        let passes = match conversation {
            GRADE_B => !improved,
            REGRADE => !ticket,
            _ => true,
        };
        let output = texts::output(run, conversation, passes);
        let quotes = texts::quotes(conversation, improved);
        let end = add_step(
            record,
            run,
            (conversation, actor, milliseconds),
            now,
            (quotes, output),
        );
        // The second grade begins with the first, which takes longer and ends later.
        now = match conversation {
            GRADE_A => now + TimeDelta::milliseconds(4),
            GRADE_B => now + TimeDelta::milliseconds(3_100),
            _ => end,
        };
    }
    record.postings.push(texts::posting(run));
    record.runs.push(Run {
        workflow_run_id: run,
        posting_id: 100 + run,
        status: Status::Completed,
        created_at: START,
        started_at: Some(start),
        completed_at: Some(now),
    });
    next
}

fn add_step(
    record: &mut RunRecord,
    run: i64,
    (conversation, actor, milliseconds): (i32, &str, i64),
    start: DateTime<Utc>,
    (quotes, output): (Quotes, Value),
) -> DateTime<Utc> {
    let id = i64::try_from(record.interactions.len()).unwrap() + 1;
    let input = (actor_type(actor) == ActorType::AiModel).then(|| Input {
        model: actor.to_owned(),
        prompt_sha256: format!("{id:064x}"),
        quotes: Some(quotes),
    });
    let sent = start + TimeDelta::milliseconds(2);
    let last = sent + TimeDelta::milliseconds(milliseconds);
    let end = last + TimeDelta::milliseconds(3);
    if let Some(input) = &input {
        record.exchanges.push(exchange(input, id, sent, last));
    }
    record.interactions.push(Interaction {
        interaction_id: id,
        workflow_run_id: run,
        posting_id: 100 + run,
        conversation_id: conversation,
        actor: actor.to_owned(),
        actor_type: actor_type(actor),
        status: Status::Completed,
        attempt: 1,
        claimed_by: Some("runner-1".to_owned()),
        created_at: start - TimeDelta::milliseconds(2),
        available_at: start - TimeDelta::milliseconds(2),
        claimed_at: Some(start - TimeDelta::milliseconds(1)),
        lease_expires_at: Some(start + TimeDelta::minutes(5)),
        started_at: Some(start),
        completed_at: Some(end),
        input,
        output: Some(output),
    });
    end
}

/// Of its time, the server spends two twentieths on the prompt and seventeen on the answer.
fn exchange(input: &Input, id: i64, sent: DateTime<Utc>, last: DateTime<Utc>) -> Exchange {
    let nanoseconds = (last - sent).num_nanoseconds().unwrap().unsigned_abs();
    Exchange {
        id: id.unsigned_abs(),
        server: SERVER.to_owned(),
        worker: Some("runner".to_owned()),
        model: input.model.clone(),
        prompt_sha256: Some(input.prompt_sha256.clone()),
        num_ctx: Some(8192),
        num_predict: Some(1024),
        sent_at: sent,
        first_byte_at: Some(sent + TimeDelta::milliseconds(100)),
        last_byte_at: Some(last),
        ended_at: last,
        status: Some(200),
        bytes: 4_096,
        final_line: Some(FinalLine {
            done: true,
            done_reason: Some("stop".to_owned()),
            total_duration: nanoseconds,
            load_duration: 0,
            prompt_eval_duration: nanoseconds / 10,
            eval_duration: nanoseconds / 20 * 17,
            prompt_eval_count: 900,
            eval_count: 200,
        }),
        error: None,
        ended: ExchangeEnd::Completed,
    }
}
