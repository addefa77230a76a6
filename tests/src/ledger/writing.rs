//! One process's evidence, on its way into the database.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::{PgPool, types::Json};

use super::{LedgerError, Offset, cannot};
use crate::clock::Clock;
use crate::record::{
    CameBy, ConnectionSample, Exchange, GpuSample, ModelServer, ResidencySample, ServerIdentity,
    Suspension,
};

/// Looks at both clocks before the first evidence is written: the closest of several tells the most.
const FIRST_LOOKS: usize = 5;

/// A process that works at a batch.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The batch.
    pub batch_id: i64,
    /// The process's name, unique in the database.
    pub worker: String,
    /// The machine it runs on.
    pub host: String,
    /// How it came to the batch.
    pub came_by: CameBy,
    /// Its model servers.
    pub servers: Vec<ModelServer>,
}

/// What was seen, by the clock of this process.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Observations {
    /// What the witnesses saw.
    pub exchanges: Vec<Exchange>,
    /// Which models were loaded.
    pub residency: Vec<ResidencySample>,
    /// How many connections there were.
    pub connections: Vec<ConnectionSample>,
    /// How busy the graphics cards were.
    pub gpu: Vec<GpuSample>,
    /// What answered at the model servers.
    pub identities: Vec<ServerIdentity>,
    /// When this process stood still.
    pub suspensions: Vec<Suspension>,
}

/// The ledger, opened by one process for one batch.
#[derive(Debug)]
pub struct Ledger {
    pool: PgPool,
    source: Source,
    clock: Clock,
    offset: Mutex<Offset>,
}

impl Ledger {
    /// Says that this process has come to its batch, and looks at both clocks.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn open(pool: PgPool, source: Source, clock: Clock) -> Result<Self, LedgerError> {
        sqlx::query(
            "INSERT INTO evidence_sources (batch_id, worker, host, came_by, servers)
             VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(source.batch_id)
        .bind(&source.worker)
        .bind(&source.host)
        .bind(source.came_by.as_str())
        .bind(Json(&source.servers))
        .execute(&pool)
        .await
        .map_err(cannot("note that a worker has come"))?;
        let ledger = Self {
            pool,
            source,
            clock,
            offset: Mutex::default(),
        };
        for _ in 0..FIRST_LOOKS {
            ledger.sign().await?;
        }
        Ok(ledger)
    }

    /// The name of this process.
    pub fn worker(&self) -> &str {
        &self.source.worker
    }

    /// Writes down what was seen, in one transaction.
    ///
    /// # Errors
    /// When the database refuses; nothing of it is written then.
    pub async fn write(&self, seen: &Observations) -> Result<(), LedgerError> {
        let seen = self.by_the_database(seen.clone());
        let (mut kinds, mut contents) = (Vec::new(), Vec::new());
        let mut add = |kind: &'static str, rows: Vec<Value>| {
            kinds.extend(rows.iter().map(|_| kind));
            contents.extend(rows);
        };
        add("exchange", json(&seen.exchanges));
        add("residency", json(&seen.residency));
        add("connections", json(&seen.connections));
        add("gpu", json(&seen.gpu));
        add("identity", json(&seen.identities));
        add("suspension", json(&seen.suspensions));
        if kinds.is_empty() {
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO evidence (batch_id, worker, kind, content)
             SELECT $1, $2, kind, content FROM unnest($3::text[], $4::jsonb[]) AS seen (kind, content)",
        )
        .bind(self.source.batch_id)
        .bind(&self.source.worker)
        .bind(kinds)
        .bind(contents)
        .execute(&self.pool)
        .await
        .map_err(cannot("write down what was seen"))?;
        Ok(())
    }

    /// Says that this process is still there, and looks at both clocks on the way.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn sign(&self) -> Result<(), LedgerError> {
        let before = self.clock.now();
        let database: Option<DateTime<Utc>> = sqlx::query_scalar(
            "UPDATE evidence_sources SET last_sign_at = clock_timestamp()
             WHERE batch_id = $1 AND worker = $2 RETURNING last_sign_at",
        )
        .bind(self.source.batch_id)
        .bind(&self.source.worker)
        .fetch_optional(&self.pool)
        .await
        .map_err(cannot("note a worker's sign"))?;
        let after = self.clock.now();
        if let Some(database) = database {
            let mut offset = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
            offset.look(before, database, after);
        }
        Ok(())
    }

    /// Says that all that this process saw is written down.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn close(&self) -> Result<(), LedgerError> {
        sqlx::query(
            "UPDATE evidence_sources SET last_sign_at = clock_timestamp(), ended_at = clock_timestamp()
             WHERE batch_id = $1 AND worker = $2",
        )
        .bind(self.source.batch_id)
        .bind(&self.source.worker)
        .execute(&self.pool)
        .await
        .map_err(cannot("note that a worker is done"))?;
        Ok(())
    }

    /// How many others may still have evidence: they have not said that they are done, and gave a sign not long ago.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn others(&self, lost_after: Duration) -> Result<u64, LedgerError> {
        let others: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM evidence_sources
             WHERE batch_id = $1 AND worker <> $2 AND ended_at IS NULL
               AND last_sign_at > clock_timestamp() - make_interval(secs => $3)",
        )
        .bind(self.source.batch_id)
        .bind(&self.source.worker)
        .bind(lost_after.as_secs_f64())
        .fetch_one(&self.pool)
        .await
        .map_err(cannot("count the other workers"))?;
        Ok(others.unsigned_abs())
    }

    /// What was seen, by the database's clock and under this process's name.
    pub fn by_the_database(&self, mut seen: Observations) -> Observations {
        let offset = self.offset();
        let shift = |at: &mut DateTime<Utc>| *at = at.checked_add_signed(offset).unwrap_or(*at);
        for exchange in &mut seen.exchanges {
            exchange.worker = Some(self.source.worker.clone());
            shift(&mut exchange.sent_at);
            shift(&mut exchange.ended_at);
            exchange.first_byte_at.iter_mut().for_each(shift);
            exchange.last_byte_at.iter_mut().for_each(shift);
        }
        for sample in &mut seen.residency {
            shift(&mut sample.at);
        }
        for sample in &mut seen.connections {
            shift(&mut sample.at);
        }
        for sample in &mut seen.gpu {
            shift(&mut sample.at);
        }
        for identity in &mut seen.identities {
            shift(&mut identity.at);
        }
        for suspension in &mut seen.suspensions {
            suspension.worker.clone_from(&self.source.worker);
            shift(&mut suspension.from);
            shift(&mut suspension.until);
        }
        seen
    }

    fn offset(&self) -> TimeDelta {
        let offset = self.offset.lock().unwrap_or_else(PoisonError::into_inner);
        offset.to_database()
    }
}

fn json(rows: &[impl Serialize]) -> Vec<Value> {
    // Plain structs with names for keys: nothing of them is without a JSON form.
    let mut rows: Vec<Value> = rows
        .iter()
        .filter_map(|row| serde_json::to_value(row).ok())
        .collect();
    rows.iter_mut().for_each(replace_nuls);
    rows
}

/// A server may say anything, and Postgres takes no NUL in a text: what was seen of such an answer has to be written down
/// all the same, or nothing that comes after it could be.
fn replace_nuls(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', "\u{fffd}"),
        Value::Array(items) => items.iter_mut().for_each(replace_nuls),
        Value::Object(fields) => fields.values_mut().for_each(replace_nuls),
        _ => {}
    }
}

impl Observations {
    /// Whether nothing was seen.
    pub fn is_empty(&self) -> bool {
        self.exchanges.is_empty()
            && self.residency.is_empty()
            && self.connections.is_empty()
            && self.gpu.is_empty()
            && self.identities.is_empty()
            && self.suspensions.is_empty()
    }

    /// Takes in what was seen later.
    pub fn extend(&mut self, later: Self) {
        self.exchanges.extend(later.exchanges);
        self.residency.extend(later.residency);
        self.connections.extend(later.connections);
        self.gpu.extend(later.gpu);
        self.identities.extend(later.identities);
        self.suspensions.extend(later.suspensions);
    }
}
