//! All SQL of the monitor: it reads, and shares no query with the runner or the record.
//!
//! Interactions are reached through the runs of the batch: each run's few rows lie in an index, and a database full of
//! earlier batches is not read for the sake of one.

mod queries;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::postgres::PgArguments;
use sqlx::query::QueryScalar;
use sqlx::types::Json;
use sqlx::{FromRow, PgConnection, PgPool, Postgres, query_scalar};

use self::queries::{
    BATCH, CIRCUMSTANCES, CONNECTIONS, CONVERSATIONS, DATA, ERRORS, EXCHANGES, GPU, NEWEST_BATCH,
    RESIDENCY, RESIDENT, RUNNING, RUNS, SERVERS, STEPS, TROUBLE, WAYS, WORKERS,
};
use super::ReadingError;
use crate::judge::window::SHORTEST_LOAD;
use crate::ledger::KeptCircumstances;
use crate::monitor::snapshot::{BatchRow, KnownBy, Resident, ResidentModel, Snapshot};
use crate::record::{ModelServer, ResidencySample};

/// Which batch is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Choice {
    /// The one that was named.
    Named(i64),
    /// The newest unfinished one, if it is newer than the one that was watched until now; else that, else the newest.
    Newest(Option<i64>),
}

/// Reads a batch in one snapshot of the database.
pub(super) async fn look(pool: &PgPool, choice: Choice) -> Result<Snapshot, ReadingError> {
    let mut transaction = pool
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await
        .map_err(cannot_read("the database"))?;
    let db = &mut *transaction;
    let batch = the_batch(db, choice).await?;
    let id = batch.batch_id;
    let at: DateTime<Utc> = query_scalar("SELECT clock_timestamp()")
        .fetch_one(&mut *db)
        .await
        .map_err(cannot_read("the time"))?;
    let circumstances: Option<Json<KeptCircumstances>> = query_scalar(CIRCUMSTANCES)
        .bind(id)
        .fetch_optional(&mut *db)
        .await
        .map_err(cannot_read("the circumstances"))?;
    let circumstances = circumstances.map(|kept| kept.0);
    let time_scale = circumstances
        .as_ref()
        .map_or(1.0, |kept| kept.mode.time_scale);
    let shortest_load = SHORTEST_LOAD / time_scale * 1e9;
    let loads = query_scalar(EXCHANGES).bind(id);
    let resident = query_scalar(RESIDENT).bind(id);
    Ok(Snapshot {
        at,
        workers: row(db, "the workers", WORKERS, id).await?,
        runs: row(db, "the runs", RUNS, id).await?,
        conversations: rows(db, "the conversations", CONVERSATIONS, id).await?,
        steps: rows(db, "the steps", STEPS, id).await?,
        ways: rows(db, "the ways of the runs", WAYS, id).await?,
        data: row(db, "the data", DATA, id).await?,
        running: rows(db, "the running interactions", RUNNING, id).await?,
        servers: servers(db, id).await?,
        exchanges: evidence(db, "the loads", loads.bind(shortest_load)).await?,
        residency: evidence(db, "the resident models", query_scalar(RESIDENCY).bind(id)).await?,
        resident: sampled(evidence(db, "the resident models", resident).await?),
        gpu: evidence(db, "the samples of the GPU", query_scalar(GPU).bind(id)).await?,
        memory: None,
        connections: row(db, "the connections", CONNECTIONS, id).await?,
        trouble: row(db, "the trouble", TROUBLE, id).await?,
        errors: rows(db, "the errors", ERRORS, id).await?,
        batch,
        circumstances,
    })
}

async fn the_batch(db: &mut PgConnection, choice: Choice) -> Result<BatchRow, ReadingError> {
    let found = match choice {
        Choice::Named(batch) => sqlx::query_as(BATCH).bind(batch),
        Choice::Newest(watched) => sqlx::query_as(NEWEST_BATCH).bind(watched),
    };
    let found = found
        .fetch_optional(db)
        .await
        .map_err(cannot_read("the batch"))?;
    found.ok_or(match choice {
        Choice::Named(batch_id) => ReadingError::NoSuchBatch { batch_id },
        Choice::Newest(_) => ReadingError::NoBatch,
    })
}

/// A server that several processes described is told once.
async fn servers(db: &mut PgConnection, batch: i64) -> Result<Vec<ModelServer>, ReadingError> {
    let described: Vec<Json<Vec<ModelServer>>> = query_scalar(SERVERS)
        .bind(batch)
        .fetch_all(db)
        .await
        .map_err(cannot_read("the model servers"))?;
    let mut servers: Vec<ModelServer> = described.into_iter().flat_map(|it| it.0).collect();
    servers.sort_by(|a, b| a.name.cmp(&b.name));
    servers.dedup_by(|a, b| a.name == b.name);
    Ok(servers)
}

fn sampled(samples: Vec<ResidencySample>) -> Vec<Resident> {
    let resident = |sample: ResidencySample| Resident {
        server: sample.server.into(),
        known_by: KnownBy::Sample(sample.at),
        models: sample
            .models
            .into_iter()
            .map(|model| ResidentModel {
                name: model.name.into(),
                size_vram: model.size_vram,
            })
            .collect(),
    };
    samples.into_iter().map(resident).collect()
}

async fn row<T>(
    db: &mut PgConnection,
    what: &'static str,
    sql: &'static str,
    batch: i64,
) -> Result<T, ReadingError>
where
    T: for<'r> FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin,
{
    sqlx::query_as(sql)
        .bind(batch)
        .fetch_one(db)
        .await
        .map_err(cannot_read(what))
}

async fn rows<T>(
    db: &mut PgConnection,
    what: &'static str,
    sql: &'static str,
    batch: i64,
) -> Result<Vec<T>, ReadingError>
where
    T: for<'r> FromRow<'r, sqlx::postgres::PgRow> + Send + Unpin,
{
    sqlx::query_as(sql)
        .bind(batch)
        .fetch_all(db)
        .await
        .map_err(cannot_read(what))
}

/// Rows of the ledger, as whoever wrote them meant them.
async fn evidence<T: DeserializeOwned>(
    db: &mut PgConnection,
    what: &'static str,
    query: QueryScalar<'static, Postgres, Value, PgArguments>,
) -> Result<Vec<T>, ReadingError> {
    let contents = query.fetch_all(db).await.map_err(cannot_read(what))?;
    let parsed = contents.into_iter().map(serde_json::from_value);
    let parsed = parsed.collect::<Result<_, _>>();
    parsed.map_err(|error| cannot_read(what)(sqlx::Error::Decode(error.into())))
}

fn cannot_read(what: &'static str) -> impl FnOnce(sqlx::Error) -> ReadingError {
    move |cause| ReadingError::Database { what, cause }
}
