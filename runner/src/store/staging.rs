//! `postings_staging`: what was fetched, as it was fetched.

use serde_json::Value;

use super::{Store, StoreError};
use crate::source::StagedPosting;

/// The only source so far: `posting_sources` row 1 and its `source_website`.
pub(super) const DEUTSCHE_BANK: (i32, &str) = (1, "deutsche_bank");

/// What became of a fetch in staging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Staging {
    /// Rows written or brought up to date, refused ones included.
    pub staged: usize,
    /// Rows left alone because they were promoted before.
    pub known: usize,
}

impl Store {
    /// Stages postings in one statement. A row seen before is brought up to date, unless it was promoted: its
    /// posting is checked against the staged hash, which must not move under it.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn stage(&self, postings: &[StagedPosting]) -> Result<Staging, StoreError> {
        let refusals: Vec<Option<Value>> = postings.iter().map(reasons).collect();
        let written = sqlx::query(
            "INSERT INTO postings_staging
                 (source_id, source_website, external_id, job_title, location, country, posting_url,
                  raw_data, content_hash, validation_status, validation_errors)
             SELECT $1, $2, external_id, job_title, location, country, posting_url, raw_data, content_hash,
                    CASE WHEN errors IS NULL THEN 'passed' ELSE 'failed' END, errors
             FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                         $8::jsonb[], $9::text[], $10::jsonb[])
                  AS fetched (external_id, job_title, location, country, posting_url,
                              raw_data, content_hash, errors)
             ON CONFLICT (source_id, external_id) DO UPDATE
             SET job_title = EXCLUDED.job_title, location = EXCLUDED.location,
                 country = EXCLUDED.country, posting_url = EXCLUDED.posting_url,
                 raw_data = EXCLUDED.raw_data, content_hash = EXCLUDED.content_hash,
                 validation_status = EXCLUDED.validation_status,
                 validation_errors = EXCLUDED.validation_errors,
                 updated_at = clock_timestamp()
             WHERE postings_staging.validation_status <> 'promoted'",
        )
        .bind(DEUTSCHE_BANK.0)
        .bind(DEUTSCHE_BANK.1)
        .bind(column(postings, |p| p.external_id.clone()))
        .bind(column(postings, |p| p.job_title.clone()))
        .bind(column(postings, |p| p.location.clone()))
        .bind(column(postings, |p| p.country.clone()))
        .bind(column(postings, |p| p.posting_url.clone()))
        .bind(column(postings, |p| p.raw_data.clone()))
        .bind(column(postings, |p| p.content_hash.clone()))
        .bind(refusals)
        .execute(&self.pool)
        .await?;
        let staged = usize::try_from(written.rows_affected()).unwrap_or(usize::MAX);
        Ok(Staging {
            staged,
            known: postings.len().saturating_sub(staged),
        })
    }

    /// The external ids whose postings a batch has taken already: a fetch need not look at them again.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn processed_external_ids(&self) -> Result<Vec<String>, StoreError> {
        let ids = sqlx::query_scalar(
            "SELECT external_id FROM postings p
             WHERE source_id = $1
               AND EXISTS (SELECT 1 FROM workflow_runs r WHERE r.posting_id = p.posting_id)",
        )
        .bind(DEUTSCHE_BANK.0)
        .fetch_all(&self.pool)
        .await?;
        Ok(ids)
    }
}

fn column<T>(postings: &[StagedPosting], of: impl Fn(&StagedPosting) -> T) -> Vec<T> {
    postings.iter().map(of).collect()
}

fn reasons(posting: &StagedPosting) -> Option<Value> {
    let texts: Vec<String> = posting.refusals.iter().map(ToString::to_string).collect();
    (!texts.is_empty()).then(|| Value::from(texts))
}
