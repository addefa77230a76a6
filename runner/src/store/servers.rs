//! `model_servers`: a model server belongs to one worker at a time, so that nobody fights over its slots and its memory.

use std::time::Duration;

use sqlx::PgConnection;

use super::{Store, StoreError, Worker};

impl Store {
    /// Makes servers known that the database has not seen yet; they are free.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn introduce_servers(&self, servers: &[&str]) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO model_servers (server) SELECT DISTINCT unnest($1::text[]) AS server ORDER BY server
             ON CONFLICT (server) DO NOTHING",
        )
        .bind(servers)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Leases up to `limit` of `servers` that have been free for at least `free_for`, in the order given; answers which.
    ///
    /// A server is free when it was handed back, or when its lease has run out without a word of its worker.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn take_servers(
        &self,
        worker: &Worker,
        servers: &[&str],
        limit: usize,
        free_for: Duration,
        lease: Duration,
    ) -> Result<Vec<String>, StoreError> {
        let taken = sqlx::query_scalar(
            "WITH living AS (
                 SELECT worker FROM workers
                 WHERE worker = $1 AND registration = $2 AND ended_at IS NULL
             ), free AS (
                 SELECT server FROM model_servers
                 WHERE server = ANY ($3)
                   AND lease_expires_at <= clock_timestamp() - make_interval(secs => $5)
                 ORDER BY array_position($3, server) LIMIT $4
                 FOR UPDATE SKIP LOCKED
             )
             UPDATE model_servers s
             SET held_by = living.worker, held_since = clock_timestamp(),
                 lease_expires_at = clock_timestamp() + make_interval(secs => $6)
             FROM free, living WHERE s.server = free.server
             RETURNING s.server",
        )
        .bind(&worker.name)
        .bind(worker.registration)
        .bind(servers)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .bind(free_for.as_secs_f64())
        .bind(lease.as_secs_f64())
        .fetch_all(&self.pool)
        .await?;
        Ok(taken)
    }
}

impl Store {
    /// Which of `servers` are held at present, each with its worker.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn holders(&self, servers: &[&str]) -> Result<Vec<(String, String)>, StoreError> {
        let held = sqlx::query_as(
            "SELECT server, held_by FROM model_servers
             WHERE server = ANY ($1) AND held_by IS NOT NULL AND lease_expires_at > clock_timestamp() ORDER BY server",
        )
        .bind(servers)
        .fetch_all(&self.pool)
        .await?;
        Ok(held)
    }
}

/// Hands back all that the worker of this name holds.
pub(super) async fn free_servers_of(tx: &mut PgConnection, name: &str) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE model_servers
         SET held_by = NULL, held_since = NULL, lease_expires_at = clock_timestamp()
         WHERE held_by = $1",
    )
    .bind(name)
    .execute(tx)
    .await?;
    Ok(())
}
