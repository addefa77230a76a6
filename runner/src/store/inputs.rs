//! What an interaction reads: its posting and the outputs of the steps before it in the same run.

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;

use super::{Claim, Store, StoreError};
use crate::workflow::{ConversationId, Inputs, Output, PostingFacts};

impl Store {
    /// Reads the inputs of `claims`, in their order. Every value comes from the claim's own run and posting: nothing
    /// is kept between claims, which is how one posting's summary once came to stand under 216 others.
    ///
    /// # Errors
    /// As every call of the store; [`StoreError::ForeignValue`], naming the asking interaction, when an output of its run is
    /// of another version.
    pub async fn inputs(&self, claims: &[Claim]) -> Result<Vec<Inputs>, StoreError> {
        let rows = sqlx::query(
            "SELECT asked.interaction_id, p.posting_id, p.job_title, p.location_city, p.location_country, p.external_id,
                    p.job_description, p.extracted_summary, p.skill_keywords, p.ihl_score, p.ihl_category,
                    s.content_hash, done.conversations, done.outputs
             FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS asked (interaction_id, workflow_run_id, posting_id)
             JOIN postings p USING (posting_id) JOIN postings_staging s ON s.staging_id = p.created_by_staging_id
             CROSS JOIN LATERAL (
                 SELECT coalesce(array_agg(conversation_id), '{}') AS conversations,
                        coalesce(array_agg(output), '{}') AS outputs
                 FROM interactions i
                 WHERE i.workflow_run_id = asked.workflow_run_id AND i.status = 'completed') AS done",
        )
        .bind(claims.iter().map(|claim| claim.interaction_id).collect::<Vec<_>>())
        .bind(claims.iter().map(|claim| claim.run_id).collect::<Vec<_>>())
        .bind(claims.iter().map(|claim| claim.posting_id).collect::<Vec<_>>())
        .fetch_all(&self.pool)
        .await?;
        let mut inputs: BTreeMap<i64, Inputs> = BTreeMap::new();
        for row in &rows {
            inputs.insert(row.get("interaction_id"), read(row)?);
        }
        let of = |claim: &Claim| {
            let missing = || StoreError::UnknownPostings {
                missing: vec![claim.posting_id],
            };
            inputs.remove(&claim.interaction_id).ok_or_else(missing)
        };
        claims.iter().map(of).collect()
    }
}

fn read(row: &PgRow) -> Result<Inputs, StoreError> {
    let conversations: Vec<i32> = row.get("conversations");
    let values: Vec<Value> = row.get("outputs");
    let mut outputs = BTreeMap::new();
    for (conversation, value) in conversations.into_iter().zip(values) {
        let output: Output =
            serde_json::from_value(value).map_err(|source| StoreError::ForeignValue {
                interaction_id: row.get("interaction_id"),
                source,
            })?;
        outputs.insert(ConversationId(conversation), output);
    }
    let posting = PostingFacts {
        posting_id: row.get("posting_id"),
        job_title: row.get("job_title"),
        location_city: row.get("location_city"),
        location_country: row.get("location_country"),
        external_id: row.get("external_id"),
        job_description: row.get("job_description"),
        extracted_summary: row.get("extracted_summary"),
        skill_keywords: row
            .get::<Option<Json<Vec<String>>>, _>("skill_keywords")
            .map(|skills| skills.0),
        ihl_score: row.get("ihl_score"),
        ihl_category: row.get("ihl_category"),
        staged_content_hash: row.get("content_hash"),
    };
    Ok(Inputs { posting, outputs })
}
