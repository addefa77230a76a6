//! The run of 26 November 2025 as a record, made from what was published about it: the run that was declared a
//! success and had failed.
//!
//! What was published is kept: counts, ids, models, mean, least and greatest duration of each step, the first
//! posting's times to the hundredth of a second. What was not is absent or says that it is not known. Durations of
//! single calls are drawn so that every published figure holds; `durations` does that, in whole milliseconds, so that
//! every machine makes the same file.

mod durations;
mod figures;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use self::durations::Call;
use self::figures::{
    AFTER, CHECK_SKILLS, CHECK_SUMMARY, CONVERSATIONS, DESCRIPTION_CHARS, EXTRACT,
    FIRST_INTERACTION, FIRST_POSTING, FIRST_RUN, GRADE_B, IMPROVE, MODELS, POSTINGS, REGRADE,
    SAVE_SUMMARY, SOURCE, START, VALIDATE, VERIFY,
};
use super::{
    ActorType, Batch, Conversation, Ended, Environment, InstalledModel, Interaction, Mode,
    ModelServer, PlanReference, Posting, PostingsFrom, Provenance, Run, RunRecord, SCHEMA_VERSION,
    ServerKind, Status, Texts, Workflow,
};

/// Stands where something has to stand and nobody knows what.
const UNKNOWN: &str = "unknown";

/// The record.
pub(crate) fn november_2025() -> RunRecord {
    let mut record = blank();
    let mut now = START;
    for (place, schedule) in durations::schedules().iter().enumerate() {
        now = add_run(&mut record, i64::try_from(place).unwrap(), schedule, now);
    }
    record.batch.ended_at = Some(now);
    record
}

/// The record with nothing in it yet.
pub(super) fn blank() -> RunRecord {
    RunRecord {
        schema_version: SCHEMA_VERSION,
        batchproof: env!("CARGO_PKG_VERSION").to_owned(),
        complete: true,
        ended: Ended::Completed,
        mode: Mode {
            model_server: ServerKind::Live,
            postings: PostingsFrom::Workday,
            time_scale: 1.0,
            seed: None,
            cassette: None,
        },
        provenance: Provenance::Reconstructed {
            source: SOURCE.to_owned(),
        },
        texts: Texts::Unknown,
        plan: PlanReference {
            id: "BATCH-50-001".to_owned(),
            sha256: None,
        },
        workflow: Workflow {
            id: 3001,
            hash: UNKNOWN.to_owned(),
            conversations: CONVERSATIONS.iter().map(conversation).collect(),
        },
        environment: environment(),
        fetch: None,
        batch: Batch {
            id: 0,
            size: u32::try_from(POSTINGS).unwrap(),
            created_at: START,
            started_at: Some(START),
            ended_at: None,
        },
        row_counts_at_start: BTreeMap::new(),
        row_counts_at_end: None,
        overlapping_batches: None,
        postings: Vec::new(),
        runs: Vec::new(),
        interactions: Vec::new(),
        attempts: Vec::new(),
        errors: Vec::new(),
        exchanges: Vec::new(),
        residency: Vec::new(),
        connections: Vec::new(),
        gpu: None,
        identities: None,
        suspensions: None,
        workers: None,
    }
}

fn environment() -> Environment {
    let model = |(name, mebibytes): &(&str, u64)| InstalledModel {
        name: (*name).to_owned(),
        digest: UNKNOWN.to_owned(),
        size: mebibytes << 20,
        parameter_size: None,
        quantization: None,
    };
    Environment {
        os: UNKNOWN.to_owned(),
        cpus: 0,
        postgres_version: "14.20".to_owned(),
        database_clock_ahead_us: 0,
        servers: vec![ModelServer {
            name: UNKNOWN.to_owned(),
            ollama_version: UNKNOWN.to_owned(),
            gpu_memory: Some(6 << 30),
            slots: 1,
            models: MODELS.iter().map(model).collect(),
        }],
        graphics: None,
    }
}

fn conversation(&(id, name, actor, writes): &figures::Step) -> Conversation {
    let needs = AFTER.iter().filter(|(step, _)| *step == id);
    Conversation {
        id,
        name: name.to_owned(),
        actor: actor.to_owned(),
        actor_type: actor_type(actor),
        writes: writes.iter().map(|&column| column.to_owned()).collect(),
        needs: Some(needs.map(|(_, need)| *need).collect()),
    }
}

fn actor_type(actor: &str) -> ActorType {
    if actor.contains(':') {
        ActorType::AiModel
    } else {
        ActorType::Script
    }
}

/// Adds the posting at this place, one step after the other; answers when the next began.
fn add_run(
    record: &mut RunRecord,
    place: i64,
    schedule: &[Call],
    start: DateTime<Utc>,
) -> DateTime<Utc> {
    let improved = schedule.iter().any(|call| call.conversation == IMPROVE);
    let (mut end, mut extracted_at, mut saved_at) = (start, start, start);
    for call in schedule {
        // Both grades were written down in one transaction, when the extract was done.
        let created_at = if call.conversation == GRADE_B {
            extracted_at
        } else {
            end
        };
        let started_at = start + TimeDelta::milliseconds(call.starts);
        end = started_at + TimeDelta::milliseconds(call.takes);
        match call.conversation {
            EXTRACT => extracted_at = end,
            SAVE_SUMMARY => saved_at = end,
            _ => {}
        }
        let id = FIRST_INTERACTION + i64::try_from(record.interactions.len()).unwrap();
        record.interactions.push(Interaction {
            interaction_id: id,
            workflow_run_id: FIRST_RUN + place,
            posting_id: FIRST_POSTING + place,
            created_at,
            available_at: created_at,
            started_at: Some(started_at),
            completed_at: Some(end),
            ..interaction(call.conversation, improved)
        });
    }
    record.postings.push(posting(place, saved_at));
    record.runs.push(Run {
        workflow_run_id: FIRST_RUN + place,
        posting_id: FIRST_POSTING + place,
        status: Status::Running,
        created_at: start,
        started_at: Some(start),
        completed_at: None,
    });
    end
}

/// An interaction as far as its step says. There were no leases, and the prompts are not known.
pub(super) fn interaction(conversation: i32, improved: bool) -> Interaction {
    let (_, _, actor, _) = CONVERSATIONS
        .iter()
        .find(|(id, ..)| *id == conversation)
        .unwrap();
    Interaction {
        interaction_id: 0,
        workflow_run_id: 0,
        posting_id: 0,
        conversation_id: conversation,
        actor: (*actor).to_owned(),
        actor_type: actor_type(actor),
        status: Status::Completed,
        attempt: 1,
        claimed_by: None,
        created_at: START,
        available_at: START,
        claimed_at: None,
        lease_expires_at: None,
        started_at: None,
        completed_at: None,
        input: None,
        output: output(conversation, improved),
    }
}

/// The branch that a step took shows in the steps that followed it; of the answers nothing else was published.
fn output(conversation: i32, improved: bool) -> Option<Value> {
    match conversation {
        VERIFY => Some(json!({"kind": "check", "outcome": "RATE_LIMITED"})),
        VALIDATE => Some(json!({"kind": "check", "outcome": "VALID"})),
        CHECK_SUMMARY | CHECK_SKILLS => Some(json!({"kind": "check", "outcome": "RUN"})),
        SAVE_SUMMARY => Some(json!({"kind": "check", "outcome": "SAVED"})),
        GRADE_B => Some(json!({"kind": "grade", "grade": if improved { "FAIL" } else { "PASS" }})),
        REGRADE => Some(json!({"kind": "grade", "grade": "FAIL"})),
        _ => None,
    }
}

/// Summaries were saved, and nobody published one; nothing else was saved.
pub(super) fn posting(place: i64, saved_at: DateTime<Utc>) -> Posting {
    let id = FIRST_POSTING + place;
    Posting {
        posting_id: id,
        external_id: format!("{UNKNOWN} {id}"),
        title: UNKNOWN.to_owned(),
        location: None,
        country: None,
        description_chars: usize::try_from(place)
            .ok()
            .and_then(|place| DESCRIPTION_CHARS.get(place))
            .copied()
            .unwrap_or_default(),
        description: UNKNOWN.to_owned(),
        extracted_summary: Some(UNKNOWN.to_owned()),
        skill_keywords: None,
        ihl_score: None,
        ihl_category: None,
        created_at: START,
        updated_at: saved_at,
    }
}

#[cfg(test)]
mod tests;
