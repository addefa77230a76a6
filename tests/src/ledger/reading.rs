//! Everybody's evidence of one batch.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::{FromRow, PgConnection, types::Json};

use super::Observations;
use crate::record::{CameBy, Exchange, ModelServer, Worker};

/// What is written down about a batch.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Who worked at it, in order of coming.
    pub(crate) workers: Vec<Worker>,
    /// Their model servers, by name.
    pub(crate) servers: BTreeMap<String, ModelServer>,
    /// What they saw.
    pub(crate) seen: Observations,
}

#[derive(FromRow)]
struct SourceRow {
    worker: String,
    host: String,
    came_by: String,
    servers: Json<Vec<ModelServer>>,
    started_at: DateTime<Utc>,
    last_sign_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

/// Reads it within the caller's snapshot.
pub(crate) async fn read(db: &mut PgConnection, batch_id: i64) -> Result<Written, sqlx::Error> {
    let sources: Vec<SourceRow> = sqlx::query_as(
        "SELECT worker, host, came_by, servers, started_at, last_sign_at, ended_at
         FROM evidence_sources WHERE batch_id = $1 ORDER BY started_at, worker",
    )
    .bind(batch_id)
    .fetch_all(&mut *db)
    .await?;
    let rows: Vec<(String, Value)> = sqlx::query_as(
        "SELECT kind, content FROM evidence WHERE batch_id = $1 ORDER BY evidence_id",
    )
    .bind(batch_id)
    .fetch_all(db)
    .await?;
    let mut written = Written::default();
    for source in sources {
        written.add_source(source);
    }
    for (kind, content) in rows {
        match kind.as_str() {
            "exchange" => written.seen.exchanges.push(parsed(content)?),
            "residency" => written.seen.residency.push(parsed(content)?),
            "gpu" => written.seen.gpu.push(parsed(content)?),
            "identity" => written.seen.identities.push(parsed(content)?),
            "suspension" => written.seen.suspensions.push(parsed(content)?),
            _ => written.seen.connections.push(parsed(content)?),
        }
    }
    Ok(written)
}

fn parsed<T: DeserializeOwned>(content: Value) -> Result<T, sqlx::Error> {
    serde_json::from_value(content).map_err(|error| sqlx::Error::Decode(error.into()))
}

impl Written {
    fn add_source(&mut self, source: SourceRow) {
        let names = source.servers.iter().map(|server| server.name.clone());
        self.workers.push(Worker {
            servers: names.collect(),
            name: source.worker,
            host: source.host,
            came_by: match source.came_by.as_str() {
                "resume" => CameBy::Resume,
                "work" => CameBy::Work,
                _ => CameBy::Run,
            },
            started_at: source.started_at,
            ended_at: source.ended_at,
            last_sign_at: source.last_sign_at,
        });
        for server in source.servers.0 {
            self.servers.insert(server.name.clone(), server);
        }
    }

    /// Adds what its process has not written down yet, and puts everything in order. Of an exchange that was seen twice
    /// (its last bytes came after its final line) the later word counts.
    pub(crate) fn completed_by(&mut self, unwritten: Observations) -> Observations {
        let mut seen = std::mem::take(&mut self.seen);
        seen.extend(unwritten);
        let mut latest: BTreeMap<(Option<String>, String, u64), Exchange> = BTreeMap::new();
        for exchange in seen.exchanges.drain(..) {
            let key = (
                exchange.worker.clone(),
                exchange.server.clone(),
                exchange.id,
            );
            latest.insert(key, exchange);
        }
        seen.exchanges = latest.into_values().collect();
        seen.exchanges
            .sort_by(|a, b| (a.sent_at, &a.server, a.id).cmp(&(b.sent_at, &b.server, b.id)));
        for (id, exchange) in (0..).zip(&mut seen.exchanges) {
            exchange.id = id;
        }
        seen.residency
            .sort_by(|a, b| (a.at, &a.server).cmp(&(b.at, &b.server)));
        seen.connections.sort_by_key(|sample| sample.at);
        seen.gpu.sort_by_key(|sample| sample.at);
        seen.identities
            .sort_by(|a, b| (a.at, &a.server).cmp(&(b.at, &b.server)));
        seen.suspensions
            .sort_by(|a, b| (a.from, &a.worker).cmp(&(b.from, &b.worker)));
        seen
    }
}
