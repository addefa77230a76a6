//! `postings`: the promotion of staged rows, exactly as many as asked for.

use sqlx::Row;

use super::staging::DEUTSCHE_BANK;
use super::{Store, StoreError};

/// The outcome of a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promotion {
    /// The postings, in the order of their staging ids: as many as were asked for.
    pub posting_ids: Vec<i64>,
    /// How many of them this call made; the others were promoted before and are in no batch yet.
    pub created: usize,
}

impl Store {
    /// Promotes the first `wanted` staged postings that are whole and that no batch has taken, in one transaction.
    ///
    /// Rows promoted before but not yet taken by a batch count, so a second call returns the same postings and
    /// writes nothing. The country is the site's own word, never guessed from a comma in the location.
    ///
    /// # Errors
    /// [`StoreError::Shortfall`] when there are fewer; nothing is promoted then.
    pub async fn promote(&self, wanted: usize) -> Result<Promotion, StoreError> {
        let mut tx = self.pool.begin().await?;
        let chosen = sqlx::query(
            "SELECT staging_id, promoted_to_posting_id FROM postings_staging s
             WHERE source_id = $1
               AND validation_status IN ('passed', 'promoted')
               AND NOT EXISTS (SELECT 1 FROM workflow_runs r
                               WHERE r.posting_id = s.promoted_to_posting_id)
             ORDER BY staging_id LIMIT $2
             FOR UPDATE",
        )
        .bind(DEUTSCHE_BANK.0)
        .bind(i64::try_from(wanted).unwrap_or(i64::MAX))
        .fetch_all(&mut *tx)
        .await?;
        if chosen.len() < wanted {
            return Err(StoreError::Shortfall {
                wanted,
                available: chosen.len(),
            });
        }
        let staging_ids: Vec<i64> = chosen.iter().map(|row| row.get("staging_id")).collect();
        let created = sqlx::query(
            "WITH promoted AS (
                 INSERT INTO postings
                     (posting_name, job_title, location_city, location_country, job_description, source_id,
                      external_job_id, source, external_id, external_url, raw_data, created_by_staging_id)
                 SELECT job_title || ' - ' || location, job_title, location, country,
                        raw_data ->> 'job_description', source_id, external_id, source_website, external_id,
                        posting_url, raw_data, staging_id
                 FROM postings_staging
                 WHERE staging_id = ANY ($1) AND validation_status = 'passed'
                 ORDER BY staging_id
                 RETURNING posting_id, created_by_staging_id
             )
             UPDATE postings_staging s
             SET validation_status = 'promoted', promoted_to_posting_id = promoted.posting_id,
                 promoted_at = clock_timestamp(), updated_at = clock_timestamp()
             FROM promoted WHERE s.staging_id = promoted.created_by_staging_id",
        )
        .bind(&staging_ids)
        .execute(&mut *tx)
        .await?
        .rows_affected();
        let posting_ids = sqlx::query_scalar(
            "SELECT promoted_to_posting_id FROM postings_staging
             WHERE staging_id = ANY ($1) ORDER BY staging_id",
        )
        .bind(&staging_ids)
        .fetch_all(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Promotion {
            posting_ids,
            created: usize::try_from(created).unwrap_or(usize::MAX),
        })
    }
}
