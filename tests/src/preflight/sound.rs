//! A machine that is ready, for tests to take something away from.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use wave_runner::batch::InstalledModel;
use wave_runner::llm::Loaded;
use wave_runner::store::SchemaStep;
use wave_runner::telemetry::{Card, CardMemory, Cards};

use crate::preflight::found::{
    Applied, Clocks, Connections, DatabaseFound, DatabaseState, Disk, Found, Memory, Schedule,
    ServerFound, ServerState, Wanted,
};

const GIB: u64 = 1 << 30;
const MIB: u64 = 1 << 20;

/// The workflow's three models, with what they take.
const MODELS: [(&str, u64); 3] = [
    ("gemma2:latest", 6_000 * MIB),
    ("llama3.2:latest", 2_600 * MIB),
    ("qwen2.5:7b", 5_000 * MIB),
];

pub(crate) fn found() -> Found {
    Found {
        wanted: Wanted {
            models: MODELS
                .iter()
                .map(|(name, _)| ((*name).to_owned(), 8192))
                .collect(),
            together: vec![BTreeSet::from([
                "gemma2:latest".to_owned(),
                "qwen2.5:7b".to_owned(),
            ])],
            slots: 1,
            gpu_memory: Some(20 * GIB),
            connections: 4,
            batch: None,
        },
        gpu: Ok(cards()),
        servers: vec![server()],
        database: DatabaseFound::Stays(Box::new(database())),
        disks: vec![Disk {
            what: "records",
            path: "records".into(),
            free: Ok(100 * GIB),
        }],
        memory: Some(Memory {
            available: 24 * GIB,
            total: 32 * GIB,
        }),
        schedule: Schedule {
            cron: vec!["*/5 * * * *".to_owned()],
            timer: None,
        },
    }
}

/// As NVML tells of one card that only a desktop uses.
pub(crate) fn cards() -> Cards {
    Cards {
        driver: "580.95.05".to_owned(),
        cards: vec![Card {
            name: "NVIDIA GeForce RTX 4090".to_owned(),
            memory: Some(CardMemory {
                total: 24 * GIB,
                used: 512 * MIB,
            }),
            utilisation_percent: Some(2),
            power_milliwatts: Some(31_000),
            temperature_celsius: Some(38),
            untold: Vec::new(),
        }],
    }
}

fn server() -> ServerFound {
    let installed = |(name, size): &(&str, u64)| {
        let model = InstalledModel {
            size: *size,
            digest: format!("weights of {name}"),
        };
        ((*name).to_owned(), model)
    };
    ServerFound {
        url: "http://127.0.0.1:11434/".to_owned(),
        is_local: true,
        configured_slots: Some(1),
        state: Ok(ServerState {
            version: "0.12.6".to_owned(),
            installed: MODELS.iter().map(installed).collect(),
            loaded: Vec::new(),
            trained: BTreeMap::from([("gemma2:latest".to_owned(), 8192)]),
        }),
    }
}

pub(crate) fn loaded(name: &str, context: u64) -> Loaded {
    Loaded {
        name: name.to_owned(),
        digest: format!("weights of {name}"),
        size: GIB,
        size_vram: GIB,
        context_length: Some(context),
        expires_at: None,
    }
}

pub(crate) fn database() -> DatabaseState {
    let known = |version| SchemaStep {
        version,
        checksum: step(version).checksum,
    };
    DatabaseState {
        address: "postgres://teller@db-1:5432/ledger".to_owned(),
        version: 150_018,
        applied: Some(vec![step(1), step(2)]),
        known: vec![known(1), known(2)],
        foreign_tables: 0,
        connections: Connections { used: 3, most: 97 },
        open: Some(Vec::new()),
        clocks: Clocks {
            ahead: TimeDelta::zero(),
        },
    }
}

pub(crate) fn step(version: i64) -> Applied {
    Applied {
        version,
        checksum: format!("step {version}").into_bytes(),
        success: true,
    }
}
