//! What was found, before anybody judges it. Sizes are bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use wave_runner::batch::InstalledModel;
use wave_runner::llm::Loaded;
use wave_runner::store::SchemaStep;
use wave_runner::telemetry::{Cards, NoGpu};

/// Everything that the checks look at.
#[derive(Debug, Clone)]
pub struct Found {
    /// What the run is going to ask for.
    pub wanted: Wanted,
    /// The graphics cards of this machine.
    pub gpu: Result<Cards, NoGpu>,
    /// The model servers, in their order.
    pub servers: Vec<ServerFound>,
    /// The database.
    pub database: DatabaseFound,
    /// The places where a run writes.
    pub disks: Vec<Disk>,
    /// Memory of this machine; absent where the system does not tell.
    pub memory: Option<Memory>,
    /// Who calls the watchdog by the clock.
    pub schedule: Schedule,
}

/// What a run is going to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The models and the context each is called with, in tokens.
    pub models: BTreeMap<String, u32>,
    /// Models whose steps are to run at the same moment, a set a group.
    pub together: Vec<BTreeSet<String>>,
    /// Calls that one model computes at a time.
    pub slots: usize,
    /// Memory for models, as far as it was told.
    pub gpu_memory: Option<u64>,
    /// Connections to the database that a run opens.
    pub connections: u32,
    /// The batch that is gone on with, which is open by right.
    pub batch: Option<i64>,
}

/// A model server.
#[derive(Debug, Clone)]
pub struct ServerFound {
    /// Its address.
    pub url: String,
    /// Whether it is on this machine, so that this machine's cards and memory are its own.
    pub is_local: bool,
    /// Slots (`OLLAMA_NUM_PARALLEL`) as its service is configured, where that can be seen.
    pub configured_slots: Option<usize>,
    /// How it answers, or why it does not.
    pub state: Result<ServerState, String>,
}

/// A model server that answers.
#[derive(Debug, Clone)]
pub struct ServerState {
    /// Its version.
    pub version: String,
    /// The models on its disk.
    pub installed: BTreeMap<String, InstalledModel>,
    /// The models in its memory.
    pub loaded: Vec<Loaded>,
    /// The context each wanted model was trained for, where it is told.
    pub trained: BTreeMap<String, u64>,
}

/// The database.
#[derive(Debug, Clone)]
pub enum DatabaseFound {
    /// It cannot be used.
    Unusable {
        /// Why, with what can be done.
        why: String,
    },
    /// None was named: one is made for the run and gone afterwards.
    ThrowAway {
        /// The server that it is made on.
        server: String,
    },
    /// One that stays.
    Stays(Box<DatabaseState>),
}

/// A database that answers.
#[derive(Debug, Clone)]
pub struct DatabaseState {
    /// Its address, as it was given, without its password.
    pub address: String,
    /// The server's version as a number, 150018 for 15.18.
    pub version: i32,
    /// Steps of the schema that it has taken; absent where it has no schema of ours.
    pub applied: Option<Vec<Applied>>,
    /// The steps that this version knows.
    pub known: Vec<SchemaStep>,
    /// Tables in it, where it has no schema of ours.
    pub foreign_tables: u64,
    /// Connections to its server.
    pub connections: Connections,
    /// Batches that are not over; absent where the schema is too old or too new to be asked.
    pub open: Option<Vec<Open>>,
    /// Its clock beside ours.
    pub clocks: Clocks,
}

/// A step of the schema as the database keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its number.
    pub version: i64,
    /// The hash of its text.
    pub checksum: Vec<u8>,
    /// Whether it came to its end.
    pub success: bool,
}

/// The connections of a database server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// Open now, ours not counted.
    pub used: u32,
    /// The most there can be for everybody (`max_connections` without what is kept for superusers).
    pub most: u32,
}

/// A batch that is not over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// Its number.
    pub batch: i64,
    /// Its postings.
    pub size: u32,
    /// Runs that are not final.
    pub open_runs: u64,
    /// Workers that gave a sign not longer ago than their lease.
    pub living_workers: u64,
    /// Interactions whose lease ran out: their worker is gone.
    pub orphaned: u64,
    /// Interactions that have been running for longer than the watchdog lets any.
    pub overdue: u64,
    /// How long the longest of those has been running or held.
    pub oldest: Option<Duration>,
}

/// Two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clocks {
    /// How far the database's is ahead of ours; 0 where they may agree.
    pub ahead: TimeDelta,
}

/// A place to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disk {
    /// What is written there.
    pub what: &'static str,
    /// Where.
    pub path: PathBuf,
    /// Free for this user, or why nobody knows.
    pub free: Result<u64, String>,
}

/// Memory of a machine or, where that is less, of the container in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// What a process can still have, caches counted as free.
    pub available: u64,
    /// All of it.
    pub total: u64,
}

/// Who calls the watchdog by the clock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schedule {
    /// When crontabs call `batchproof watchdog`, as they write it.
    pub cron: Vec<String>,
    /// Whether systemd's timer is active; absent where there is no systemd.
    pub timer: Option<bool>,
}
