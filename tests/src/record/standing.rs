//! The record of a batch as it stands in a database, by nobody who runs it: also while it is at work.

use std::collections::BTreeMap;

use sqlx::PgPool;

use super::collect::{CollectError, collect, reading};
use super::{Circumstances, Ended, Mode, PlanReference, PostingsFrom, RunRecord, ServerKind};
use crate::ledger;

/// Reads a batch as far as it came; the latest one where none is named. What only its run knew and has not written down
/// is missing.
///
/// # Errors
/// When there is no such batch, or the database cannot be read.
pub async fn as_it_stands(pool: &PgPool, batch: Option<i64>) -> Result<RunRecord, CollectError> {
    let batch_id = match batch {
        Some(batch_id) => batch_id,
        None => latest(pool).await?,
    };
    let kept = ledger::kept(pool, batch_id)
        .await?
        .ok_or(CollectError::NoSuchBatch { batch_id })?;
    let ended = if kept.open_runs == 0 {
        Ended::Completed
    } else {
        Ended::UnderWay
    };
    collect(pool, batch_id, circumstances(kept.circumstances, ended)).await
}

async fn latest(pool: &PgPool) -> Result<i64, CollectError> {
    let latest: Option<i64> = sqlx::query_scalar("SELECT max(batch_id) FROM batches")
        .fetch_one(pool)
        .await
        .map_err(reading("the number"))?;
    latest.ok_or(CollectError::NoBatch)
}

/// A batch whose creator died before it wrote anything down was for a plan that nobody knows, and is taken to be live:
/// what is simulated says so.
fn circumstances(kept: Option<ledger::KeptCircumstances>, ended: Ended) -> Circumstances {
    let unknown = ledger::KeptCircumstances {
        mode: Mode {
            model_server: ServerKind::Live,
            postings: PostingsFrom::Promoted,
            time_scale: 1.0,
            seed: None,
            cassette: None,
        },
        plan: PlanReference {
            id: "unknown".to_owned(),
            sha256: None,
        },
        fetch: None,
        row_counts_at_start: BTreeMap::new(),
        seed: 0,
    };
    let kept = kept.unwrap_or(unknown);
    Circumstances {
        ended,
        mode: kept.mode,
        plan: kept.plan,
        servers: Vec::new(),
        fetch: kept.fetch,
        row_counts_at_start: kept.row_counts_at_start,
        exchanges: Vec::new(),
        residency: Vec::new(),
        connections: Vec::new(),
        gpu: Vec::new(),
        identities: Vec::new(),
        suspensions: Vec::new(),
        graphics: None,
    }
}
