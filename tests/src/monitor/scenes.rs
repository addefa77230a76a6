//! Batches at different moments, for the tests.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::snapshot::{
    BatchRow, ConnectionsRow, DataRow, ErrorRow, KnownBy, Memory, Resident, ResidentModel,
    RunningRow, RunsRow, Snapshot, StepRow, TroubleRow, Way, WorkersRow,
};
use crate::ledger::KeptCircumstances;
use crate::record::{
    ActorType, Conversation, Exchange, ExchangeEnd, FinalLine, GpuSample, InstalledModel, Mode,
    ModelServer, PlanReference, PostingsFrom, ServerKind,
};

const GIB: u64 = 1 << 30;
const LLAMA: &str = "llama3.2:latest";
const GEMMA: &str = "gemma2:latest";
const QWEN: &str = "qwen2.5:7b";
const SERVER: &str = "laptop http://127.0.0.1:40000";
/// When the scenes' batches began.
pub(super) const START: DateTime<Utc> = DateTime::from_timestamp(1_795_420_800, 0).unwrap();

/// A step; what it is called by says whether a model does it.
pub(super) fn conversation(id: i32, name: &str, actor: &str, needs: &[i32]) -> Conversation {
    let is_script = actor == "script";
    Conversation {
        id,
        name: name.to_owned(),
        actor: actor.to_owned(),
        actor_type: if is_script {
            ActorType::Script
        } else {
            ActorType::AiModel
        },
        writes: Vec::new(),
        needs: Some(needs.to_vec()),
    }
}

/// So many runs that are equally far.
pub(super) fn way(done: &[i32], open: &[i32], runs: u32) -> Way {
    Way {
        done: done.to_vec(),
        open: open.to_vec(),
        is_over: false,
        runs,
    }
}

fn workflow() -> Vec<Conversation> {
    let mut steps = vec![
        conversation(3335, "extract", LLAMA, &[9184]),
        conversation(3336, "grade_a", GEMMA, &[3335]),
        conversation(3337, "grade_b", QWEN, &[3335]),
        conversation(3338, "improve", QWEN, &[3336, 3337]),
        conversation(3339, "regrade", QWEN, &[3338]),
        conversation(3340, "ticket", QWEN, &[3339]),
        conversation(3341, "format", GEMMA, &[3336, 3337, 3338, 3339, 3340]),
        conversation(3350, "skills", QWEN, &[9185]),
        conversation(9144, "verify_staged_detail", "script", &[]),
        conversation(9161, "ihl_analyst", QWEN, &[9193]),
        conversation(9162, "ihl_skeptic", GEMMA, &[9161]),
        conversation(9163, "ihl_expert", QWEN, &[9161, 9162]),
        conversation(9168, "save_summary", "script", &[3341]),
        conversation(9184, "check_summary", "script", &[9193]),
        conversation(9185, "check_skills", "script", &[9168]),
        conversation(9193, "check_description", "script", &[9144]),
    ];
    for (id, column) in [
        (3350, &["skill_keywords"][..]),
        (9163, &["ihl_score", "ihl_category"]),
        (9168, &["extracted_summary"]),
    ] {
        let mut steps = steps.iter_mut();
        steps.find(|it| it.id == id).unwrap().writes =
            column.iter().map(|it| (*it).to_owned()).collect();
    }
    steps
}

fn circumstances() -> KeptCircumstances {
    KeptCircumstances {
        mode: Mode {
            model_server: ServerKind::Simulated,
            postings: PostingsFrom::Simulated,
            time_scale: 400.0,
            seed: Some(42),
            cassette: None,
        },
        plan: PlanReference {
            id: "BATCH-50-001".to_owned(),
            sha256: Some("a55d07d30197".repeat(5)),
        },
        fetch: None,
        row_counts_at_start: BTreeMap::new(),
        seed: 42,
    }
}

fn server() -> ModelServer {
    let model = |name: &str, size| InstalledModel {
        name: name.to_owned(),
        digest: name.to_owned(),
        size,
        parameter_size: None,
        quantization: None,
    };
    ModelServer {
        name: SERVER.to_owned(),
        ollama_version: "0.12.6".to_owned(),
        gpu_memory: Some(16 * GIB),
        slots: 1,
        models: vec![
            model(LLAMA, 2 * GIB),
            model(GEMMA, 5 * GIB),
            model(QWEN, 4 * GIB),
        ],
    }
}

/// 50 postings before the first call.
pub(super) fn beginning() -> Snapshot {
    Snapshot {
        at: START + TimeDelta::milliseconds(20),
        batch: BatchRow {
            batch_id: 7,
            workflow_id: 3001,
            size: 50,
            started_at: Some(START),
            ended_at: None,
        },
        circumstances: Some(circumstances()),
        workers: WorkersRow {
            alive: 1,
            last_seen_at: Some(START),
        },
        runs: RunsRow {
            pending: 50,
            running: 0,
            completed: 0,
            failed: 0,
            cancelled: 0,
            started_at: None,
            last_end_at: None,
        },
        conversations: workflow(),
        steps: vec![step(9144, [50, 0, 0, 0], 0.0)],
        ways: vec![way(&[], &[9144], 50)],
        data: DataRow::default(),
        running: Vec::new(),
        servers: vec![server()],
        exchanges: Vec::new(),
        residency: Vec::new(),
        resident: Vec::new(),
        gpu: Vec::new(),
        memory: Some(Memory {
            used: 5 * GIB,
            total: 16 * GIB,
        }),
        connections: ConnectionsRow {
            active: 1,
            idle: 3,
            idle_in_transaction: 0,
            total: 4,
            most: 100,
            at_start: None,
        },
        trouble: TroubleRow::default(),
        errors: Vec::new(),
    }
}

/// Pending, running, completed, failed; the mean of the completed ones in the plan's seconds.
fn step(
    conversation_id: i32,
    [pending, running, completed, failed]: [u32; 4],
    mean: f64,
) -> StepRow {
    StepRow {
        conversation_id,
        pending,
        running,
        completed,
        failed,
        cancelled: 0,
        postings: completed,
        seconds: mean * f64::from(completed) / 400.0,
    }
}

/// The same batch half way: all are extracted, most are graded, five are formatted and have all their data.
pub(super) fn middle() -> Snapshot {
    const SCRIPTS: [i32; 3] = [9144, 9184, 9193];
    let ihl = [9161, 9162, 9163];
    let done = |more: &[i32]| {
        let mut all: Vec<i32> = SCRIPTS.iter().chain(&ihl).chain(more).copied().collect();
        all.sort_unstable();
        all
    };
    let whole = done(&[3335, 3336, 3337, 3341, 3350, 9168, 9185]);
    let mut over = way(&whole, &[], 5);
    over.is_over = true;
    let at = START + TimeDelta::milliseconds(5_400);
    Snapshot {
        at,
        runs: RunsRow {
            pending: 0,
            running: 45,
            completed: 5,
            failed: 0,
            cancelled: 0,
            started_at: Some(START),
            last_end_at: Some(at),
        },
        steps: vec![
            step(3335, [0, 0, 50, 0], 6.2),
            step(3336, [14, 1, 35, 0], 22.0),
            step(3337, [14, 1, 35, 0], 7.8),
            step(3338, [3, 0, 2, 0], 24.0),
            step(3339, [0, 0, 2, 0], 6.0),
            step(3341, [24, 1, 5, 0], 53.0),
            step(3350, [0, 0, 5, 0], 3.4),
            step(9144, [0, 0, 50, 0], 0.0),
            step(9161, [0, 0, 50, 0], 4.2),
            step(9162, [0, 0, 50, 0], 21.0),
            step(9163, [0, 0, 50, 0], 8.8),
            step(9168, [0, 0, 5, 0], 0.0),
            step(9184, [0, 0, 50, 0], 0.0),
            step(9185, [0, 0, 5, 0], 0.0),
            step(9193, [0, 0, 50, 0], 0.0),
        ],
        ways: vec![
            over,
            way(&done(&[3335]), &[3336, 3337], 15),
            way(&done(&[3335, 3336, 3337]), &[3338], 3),
            way(&done(&[3335, 3336, 3337]), &[3341], 25),
            way(&done(&[3335, 3336, 3337, 3338, 3339]), &[3341], 2),
        ],
        data: DataRow {
            extracted_summary: 5,
            skill_keywords: 5,
            ihl_score: 50,
            ihl_category: 50,
            all: 5,
        },
        running: vec![
            running(1, 3336, 17, "Teller", 40),
            running(2, 3337, 17, "Teller", 38),
            running(3, 3341, 9, "Analyst \u{1b}[2J\u{202e}Risk", 12),
        ],
        exchanges: vec![load(0, LLAMA, 0), load(1, GEMMA, 20), load(2, QWEN, 20)],
        resident: vec![resident(at)],
        gpu: gpu(60),
        connections: ConnectionsRow {
            active: 2,
            idle: 3,
            idle_in_transaction: 0,
            total: 5,
            most: 100,
            at_start: Some(4),
        },
        ..beginning()
    }
}

/// The same, but one posting has failed, something was stopped, and a field is missing where its step is completed.
pub(super) fn trouble() -> Snapshot {
    let mut snapshot = middle();
    snapshot.runs.running -= 1;
    snapshot.runs.failed = 1;
    snapshot.steps[5] = step(3341, [23, 1, 5, 1], 53.0);
    snapshot.data.skill_keywords = 3;
    snapshot.data.all = 3;
    snapshot.trouble = TroubleRow {
        stopped: 1,
        retried: 4,
        lost: 0,
        errors: 5,
    };
    let at = |milliseconds| START + TimeDelta::milliseconds(milliseconds);
    let error = |milliseconds, error_type: &str, message: &str| ErrorRow {
        created_at: at(milliseconds),
        error_type: error_type.into(),
        conversation_id: Some(3341),
        posting_id: Some(23),
        error_message: message.into(),
    };
    snapshot.errors = vec![
        error(
            5_200,
            "watchdog",
            "watchdog: ran for 15 min 2 s, its step may run for 15 min",
        ),
        error(
            3_100,
            "validation",
            "expected a summary of 100 characters or more, found 12: '\u{1b}]0;owned\u{7}ok'; the model or the prompt is not up to it",
        ),
    ];
    snapshot
}

/// The same, but nobody sampled anything, and nobody kept what the batch was made with.
pub(super) fn nothing_sampled() -> Snapshot {
    Snapshot {
        circumstances: None,
        servers: Vec::new(),
        exchanges: Vec::new(),
        resident: Vec::new(),
        gpu: Vec::new(),
        memory: None,
        ..middle()
    }
}

fn running(id: i64, conversation_id: i32, posting_id: i64, title: &str, ago: i64) -> RunningRow {
    let at = START + TimeDelta::milliseconds(5_400);
    RunningRow {
        interaction_id: id,
        conversation_id,
        posting_id,
        title: title.into(),
        attempt: 1,
        claimed_by: "laptop-4711".into(),
        started_at: at - TimeDelta::milliseconds(ago),
        lease_expires_at: at + TimeDelta::seconds(55),
    }
}

/// A call that waited for its model.
fn load(id: u64, model: &str, at: i64) -> Exchange {
    let sent_at = START + TimeDelta::milliseconds(at);
    let answered = sent_at + TimeDelta::milliseconds(30);
    Exchange {
        id,
        server: SERVER.to_owned(),
        worker: None,
        model: model.to_owned(),
        prompt_sha256: Some("00".to_owned()),
        num_ctx: None,
        num_predict: None,
        sent_at,
        first_byte_at: Some(answered),
        last_byte_at: Some(answered),
        ended_at: answered,
        status: Some(200),
        bytes: 1,
        final_line: Some(FinalLine {
            done: true,
            done_reason: Some("stop".to_owned()),
            load_duration: 7_500_000,
            ..FinalLine::default()
        }),
        error: None,
        ended: ExchangeEnd::Completed,
    }
}

fn resident(at: DateTime<Utc>) -> Resident {
    let model = |name: &str, size_vram| ResidentModel {
        name: name.into(),
        size_vram,
    };
    Resident {
        server: SERVER.into(),
        known_by: KnownBy::Sample(at - TimeDelta::milliseconds(300)),
        models: vec![model(GEMMA, 6 * GIB), model(QWEN, 5 * GIB)],
    }
}

/// So many samples, a second apart, that go up and down.
fn gpu(samples: u32) -> Vec<GpuSample> {
    let sample = |n: u32| GpuSample {
        at: START + TimeDelta::milliseconds(i64::from(n) * 90),
        utilisation_percent: Some(f64::from(20 + (n * 37) % 80)),
        memory_used: Some(u64::from(6 + n % 6) * GIB),
        power_watts: None,
        temperature_celsius: None,
        cards: Vec::new(),
    };
    (0..samples).map(sample).collect()
}
