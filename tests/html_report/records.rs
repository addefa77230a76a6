//! Records to open: a small one of a simulated run, taken as many times as there are to be postings, and spoiled ones.

use std::path::Path;

use batchproof::record::{self, Ended, RunRecord, Status, WorkflowError};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

/// Two postings, witnessed and sampled.
const SMALL: &str = "version-1.json";
/// The run that was put together afterwards.
const NOVEMBER: &str = "november-2025.json";
/// Ids of one copy never meet those of another.
const APART: i64 = 1_000;

fn load(name: &str) -> RunRecord {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/records");
    record::load(&folder.join(name)).unwrap()
}

pub(crate) fn november() -> RunRecord {
    load(NOVEMBER)
}

/// So many postings, one copy of the small record after the other.
pub(crate) fn of_size(postings: usize) -> RunRecord {
    let small = load(SMALL);
    let mut whole = small.clone();
    let (start, end) = (
        small.batch.started_at.unwrap(),
        small.batch.ended_at.unwrap(),
    );
    for copy in 1..postings / small.postings.len() {
        let copy = i64::try_from(copy).unwrap();
        let later = (end - start) * i32::try_from(copy).unwrap();
        add(&mut whole, &small, copy, later);
        whole.batch.ended_at = Some(end + later);
    }
    whole.batch.size = u32::try_from(postings).unwrap();
    whole
}

fn add(whole: &mut RunRecord, small: &RunRecord, copy: i64, later: TimeDelta) {
    let ids = copy * APART;
    let shift = |at: Option<DateTime<Utc>>| at.map(|at| at + later);
    // A prompt of another posting is another prompt.
    let prompt = |sha256: &str| format!("{copy:08x}{}", &sha256[8..]);
    whole
        .postings
        .extend(small.postings.iter().cloned().map(|mut it| {
            it.posting_id += ids;
            it
        }));
    whole.runs.extend(small.runs.iter().cloned().map(|mut it| {
        it.workflow_run_id += ids;
        it.posting_id += ids;
        (it.started_at, it.completed_at) = (shift(it.started_at), shift(it.completed_at));
        it
    }));
    whole
        .interactions
        .extend(small.interactions.iter().cloned().map(|mut it| {
            it.interaction_id += ids;
            it.workflow_run_id += ids;
            it.posting_id += ids;
            it.created_at += later;
            it.available_at += later;
            it.claimed_at = shift(it.claimed_at);
            (it.started_at, it.completed_at) = (shift(it.started_at), shift(it.completed_at));
            if let Some(input) = &mut it.input {
                input.prompt_sha256 = prompt(&input.prompt_sha256);
            }
            it
        }));
    whole
        .exchanges
        .extend(small.exchanges.iter().cloned().map(|mut it| {
            it.id += u64::try_from(ids).unwrap();
            it.sent_at += later;
            it.ended_at += later;
            (it.first_byte_at, it.last_byte_at) = (shift(it.first_byte_at), shift(it.last_byte_at));
            it.prompt_sha256 = it.prompt_sha256.as_deref().map(prompt);
            it
        }));
}

/// What is still to be seen when nothing of a hostile text was taken for anything but text.
pub(crate) const SEEN: &str = "<script>owned('script')</script>";

/// Markup, ends of elements and comments, quotes, turned directions, characters that no page may have.
const HOSTILE: [&str; 8] = [
    SEEN,
    "</title></style></script><script>owned('end')</script>",
    "<img src=x onerror=owned('image')><svg onload=owned('svg')>",
    "\" autofocus onfocus=owned('quote') x=\"' onmouseover='owned(1)",
    "--><!--<script>owned('comment')</script>]]>",
    "\u{202e}gnitsop\u{2066}\u{200f} right to left \u{0}\u{1}\u{7f}\u{fffe}\u{ffff}\u{2028}",
    "&lt;script&gt;&#x27;&quot;\\u003c ${owned('template')} {{owned}} javascript:owned('url')",
    "e\u{301}\u{301}\u{301}\u{301} 💥 ﷽ \u{feff}",
];

/// A record that is hostile wherever a text may come from outside.
pub(crate) fn hostile() -> RunRecord {
    let mut record = of_size(50);
    let nasty = |place: usize| HOSTILE[place % HOSTILE.len()].to_owned();
    for (place, posting) in record.postings.iter_mut().enumerate() {
        posting.title = nasty(place);
        posting.external_id = nasty(place + 1);
        posting.location = Some(nasty(place + 2));
        posting.extracted_summary = Some(nasty(place + 3));
        posting.skill_keywords = Some(vec![nasty(place)]);
        posting.ihl_category = Some(nasty(place + 4));
    }
    for (place, row) in record.interactions.iter_mut().enumerate() {
        if place % 9 == 0 {
            row.status = Status::Failed;
            row.output = Some(json!({"error": nasty(place), nasty(place + 1): nasty(place + 2)}));
        }
    }
    for (place, id) in (0..40).zip(1_i64..) {
        record.errors.push(WorkflowError {
            error_id: id,
            workflow_run_id: Some(id),
            interaction_id: Some(id),
            attempt: None,
            error_type: nasty(place + 1),
            error_class: Some(nasty(place + 2)),
            error_message: nasty(place).repeat(40),
            created_at: record.batch.created_at,
        });
    }
    for (place, conversation) in record.workflow.conversations.iter_mut().enumerate() {
        conversation.name = nasty(place);
    }
    for exchange in &mut record.exchanges {
        exchange.error = Some(nasty(1));
    }
    record.plan.id = nasty(0);
    record.workflow.hash = nasty(1);
    record.environment.os = nasty(2);
    record.environment.postgres_version = nasty(3);
    for server in &mut record.environment.servers {
        server.ollama_version = nasty(4);
        for model in &mut server.models {
            model.digest = nasty(5);
        }
    }
    record.batchproof = nasty(6);
    record.ended = Ended::Failed { why: nasty(0) };
    record
}

/// Records that lack things, each with its name.
pub(crate) fn lacking() -> Vec<(&'static str, RunRecord)> {
    let mut interrupted = of_size(50);
    interrupted.complete = false;
    interrupted.ended = Ended::Interrupted;
    for row in interrupted.interactions.iter_mut().rev().take(60) {
        row.status = Status::Running;
        row.completed_at = None;
    }
    let mut empty = of_size(2);
    empty.postings.clear();
    empty.runs.clear();
    empty.interactions.clear();
    empty.exchanges.clear();
    empty.workflow.conversations.clear();
    let mut unwitnessed = of_size(50);
    unwitnessed.exchanges.clear();
    vec![
        ("november", november()),
        ("redacted", record::redact(of_size(50))),
        ("interrupted", interrupted),
        ("empty", empty),
        ("unwitnessed", unwitnessed),
    ]
}
