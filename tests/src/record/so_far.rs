//! A batch that is still at work, in a dozen counts.
//!
//! The whole record of it would do as well, and a checkpoint is one. But that is collected once a minute, with every text
//! and every exchange, and what is certain can be known by then for an hour or, in a simulation, never. This is one
//! statement, which costs the database milliseconds. It is the judge's own, as [`super::collect()`] is.

use sqlx::PgPool;

use super::CollectError;

/// What is known of a batch while it goes on. No count can become smaller whatever happens next.
#[derive(Debug, Clone, Copy, PartialEq, sqlx::FromRow)]
pub struct SoFar {
    /// The postings that the batch was to take through the workflow.
    #[sqlx(try_from = "i64")]
    pub size: usize,
    /// Postings that came through.
    #[sqlx(try_from = "i64")]
    pub completed: usize,
    /// Postings that are over and did not come through.
    #[sqlx(try_from = "i64")]
    pub failed: usize,
    /// Postings that are over, came through or not, and have no summary.
    #[sqlx(try_from = "i64")]
    pub without_summary: usize,
    /// The same without skills.
    #[sqlx(try_from = "i64")]
    pub without_skills: usize,
    /// The same without an IHL score.
    #[sqlx(try_from = "i64")]
    pub without_ihl_score: usize,
    /// The same without an IHL category.
    #[sqlx(try_from = "i64")]
    pub without_ihl_category: usize,
    /// Postings that came through and lack one of the four.
    #[sqlx(try_from = "i64")]
    pub completed_and_lacking: usize,
    /// Attempts that the watchdog or our own total limit stopped.
    #[sqlx(try_from = "i64")]
    pub interventions: usize,
    /// Attempts that failed and were made again.
    #[sqlx(try_from = "i64")]
    pub retries: usize,
    /// Errors of the database.
    #[sqlx(try_from = "i64")]
    pub database_errors: usize,
    /// Microseconds of wall time from the first start of a run to the last end of anything.
    pub wall_us: i64,
    /// Plan seconds per wall second.
    pub time_scale: f64,
}

/// Counts how far a batch has come.
///
/// # Errors
/// When the batch is unknown or the database cannot be read.
pub async fn so_far(pool: &PgPool, batch_id: i64, time_scale: f64) -> Result<SoFar, CollectError> {
    sqlx::query_as(SO_FAR)
        .bind(batch_id)
        .bind(time_scale)
        .fetch_optional(pool)
        .await
        .map_err(|cause| CollectError::Database {
            what: "the progress",
            cause,
        })?
        .ok_or(CollectError::NoSuchBatch { batch_id })
}

const SO_FAR: &str = include_str!("so_far.sql");
