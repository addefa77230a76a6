//! `workers`: who works on a batch, and that it lives.

use std::time::Duration;

use sqlx::{PgConnection, Row};

use super::batches::{begin, end};
use super::servers::free_servers_of;
use super::{BatchId, Store, StoreError};

/// Who wants to work on a batch.
#[derive(Debug, Clone, Copy)]
pub struct Newcomer<'a> {
    /// The name on its leases: unique among the living workers of the database.
    pub name: &'a str,
    /// The batch.
    pub batch: BatchId,
    /// The hash of the workflow that it knows.
    pub workflow_hash: &'a str,
    /// Its machine.
    pub host: &'a str,
    /// Its process there.
    pub process_id: u32,
    /// Drawn for this one entry: by it the worker knows its own when it has to try again.
    pub entry: i64,
}

/// An enlisted worker. The registration is the fence of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// The name on its leases.
    pub name: String,
    /// The batch that it works on.
    pub batch: BatchId,
    pub(super) registration: i32,
}

/// What a heartbeat brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beat {
    /// The worker lives on, and holds these servers for another lease.
    Living {
        /// Their names.
        servers: Vec<String>,
    },
    /// Its lease had run out and another process took its name: it holds nothing any more.
    Replaced,
}

impl Store {
    /// Enlists a worker and begins its batch, in one transaction.
    ///
    /// It may be made again with the same entry when its answer was lost. A name whose worker has ended, or died without a word a lease ago, can be taken up again; what the dead one held
    /// of servers is free then.
    ///
    /// # Errors
    /// [`StoreError::UnknownBatch`], [`StoreError::OtherWorkflow`], [`StoreError::NameInUse`]; nothing is changed then.
    pub async fn enlist(
        &self,
        newcomer: Newcomer<'_>,
        lease: Duration,
    ) -> Result<Worker, StoreError> {
        let mut tx = self.pool.begin().await?;
        let expected = lock_batch(&mut tx, newcomer.batch).await?;
        if expected != newcomer.workflow_hash {
            return Err(StoreError::OtherWorkflow {
                batch: newcomer.batch,
                expected,
                found: newcomer.workflow_hash.to_owned(),
            });
        }
        let registration = take_name(&mut tx, newcomer, lease).await?;
        free_servers_of(&mut tx, newcomer.name).await?;
        begin(&mut tx, newcomer.batch).await?;
        tell_all(&mut tx, newcomer.batch).await?;
        tx.commit().await?;
        Ok(Worker {
            name: newcomer.name.to_owned(),
            batch: newcomer.batch,
            registration,
        })
    }

    /// Says that `worker` lives: its own lease and those on its servers go on for `lease`, in one statement. `waiting`:
    /// whether it still wants to be told of new work.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn beat(
        &self,
        worker: &Worker,
        waiting: bool,
        lease: Duration,
    ) -> Result<Beat, StoreError> {
        let rows = sqlx::query(
            "WITH living AS (
                 UPDATE workers
                 SET last_seen_at = clock_timestamp(),
                     lease_expires_at = clock_timestamp() + make_interval(secs => $3),
                     -- What was asked for while this beat was on its way is not lost with it.
                     waiting_since = CASE WHEN $4 THEN coalesce(waiting_since, clock_timestamp()) END
                 WHERE worker = $1 AND registration = $2 AND ended_at IS NULL
                 RETURNING worker
             ), kept AS (
                 UPDATE model_servers
                 SET lease_expires_at = clock_timestamp() + make_interval(secs => $3)
                 FROM living WHERE held_by = living.worker
                 RETURNING server
             )
             SELECT server FROM living LEFT JOIN kept ON true ORDER BY server",
        )
        .bind(&worker.name)
        .bind(worker.registration)
        .bind(lease.as_secs_f64())
        .bind(waiting)
        .fetch_all(&self.pool)
        .await?;
        if rows.is_empty() {
            return Ok(Beat::Replaced);
        }
        let servers = rows.iter().filter_map(|row| row.get("server")).collect();
        Ok(Beat::Living { servers })
    }

    /// Asks to be told when work becomes ready in the worker's batch; answers whether that was granted. A worker that
    /// is alone is not told: what becomes ready then, it made ready itself.
    ///
    /// Whoever asked has to look once more before it waits: what became ready just before was told to nobody.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn ask_to_be_told(&self, worker: &Worker) -> Result<bool, StoreError> {
        let asked = sqlx::query(
            "UPDATE workers SET waiting_since = clock_timestamp()
             WHERE worker = $1 AND registration = $2 AND ended_at IS NULL
               AND EXISTS (SELECT 1 FROM workers other
                           WHERE other.batch_id = workers.batch_id AND other.worker <> workers.worker
                             AND other.ended_at IS NULL AND other.lease_expires_at > clock_timestamp())",
        )
        .bind(&worker.name)
        .bind(worker.registration)
        .execute(&self.pool)
        .await?;
        Ok(asked.rows_affected() > 0)
    }

    /// Ends a worker: its servers are free, and whoever waits for them or for the batch's end is told. Dates the
    /// batch's end where every run is final, or where no other living worker is left to do it.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn discharge(&self, worker: &Worker) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        // Two that leave together leave one after the other, and the second sees that it is the last.
        lock_batch(&mut tx, worker.batch).await?;
        let left = sqlx::query(
            "UPDATE workers SET ended_at = clock_timestamp(), waiting_since = NULL
             WHERE worker = $1 AND registration = $2 AND ended_at IS NULL",
        )
        .bind(&worker.name)
        .bind(worker.registration)
        .execute(&mut *tx)
        .await?;
        if left.rows_affected() > 0 {
            free_servers_of(&mut tx, &worker.name).await?;
            end(&mut tx, worker.batch).await?;
            tell_all(&mut tx, worker.batch).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Takes the batch's row for this transaction and answers the hash of its workflow. Rows that only refer to the batch,
/// such as errors, can be written meanwhile.
async fn lock_batch(tx: &mut PgConnection, batch: BatchId) -> Result<String, StoreError> {
    sqlx::query_scalar("SELECT workflow_hash FROM batches WHERE batch_id = $1 FOR NO KEY UPDATE")
        .bind(batch.0)
        .fetch_optional(tx)
        .await?
        .ok_or(StoreError::UnknownBatch { batch })
}

/// Enters the name, or takes it up again where its worker is gone; answers the registration.
async fn take_name(
    tx: &mut PgConnection,
    newcomer: Newcomer<'_>,
    lease: Duration,
) -> Result<i32, StoreError> {
    let registration = sqlx::query_scalar(
        "INSERT INTO workers AS known
             (worker, batch_id, workflow_hash, host, process_id, started_at, last_seen_at, lease_expires_at, entry)
         SELECT $1, $2, $3, $4, $5, moment, moment, moment + make_interval(secs => $6), $7
         FROM clock_timestamp() AS moment
         ON CONFLICT (worker) DO UPDATE
         SET registration = known.registration + 1, batch_id = EXCLUDED.batch_id,
             workflow_hash = EXCLUDED.workflow_hash, host = EXCLUDED.host,
             process_id = EXCLUDED.process_id, started_at = EXCLUDED.started_at,
             last_seen_at = EXCLUDED.last_seen_at, lease_expires_at = EXCLUDED.lease_expires_at,
             entry = EXCLUDED.entry, waiting_since = NULL, ended_at = NULL
         WHERE known.ended_at IS NOT NULL OR known.lease_expires_at <= clock_timestamp()
            OR known.entry = EXCLUDED.entry
         RETURNING registration",
    )
    .bind(newcomer.name)
    .bind(newcomer.batch.0)
    .bind(newcomer.workflow_hash)
    .bind(newcomer.host)
    .bind(i64::from(newcomer.process_id))
    .bind(lease.as_secs_f64())
    .bind(newcomer.entry)
    .fetch_optional(&mut *tx)
    .await?;
    match registration {
        Some(registration) => Ok(registration),
        None => Err(name_in_use(tx, newcomer.name).await?),
    }
}

async fn name_in_use(tx: &mut PgConnection, name: &str) -> Result<StoreError, StoreError> {
    let holder = sqlx::query("SELECT host, process_id, batch_id FROM workers WHERE worker = $1")
        .bind(name)
        .fetch_one(tx)
        .await?;
    Ok(StoreError::NameInUse {
        worker: name.to_owned(),
        host: holder.get("host"),
        process_id: holder.get("process_id"),
        batch: BatchId(holder.get("batch_id")),
    })
}

/// Tells everyone who listens that servers or the batch have changed hands. Once for a worker's begin and end, so nobody
/// has to ask for it.
async fn tell_all(tx: &mut PgConnection, batch: BatchId) -> Result<(), StoreError> {
    sqlx::query("SELECT pg_notify('batchproof_work', $1), pg_notify('batchproof_servers', '')")
        .bind(batch.to_string())
        .execute(tx)
        .await?;
    Ok(())
}
