//! What an interaction reads: its posting and the outputs of the steps before it in the same run.

use std::collections::BTreeMap;

use serde_json::Value;
use sqlx::Row;
use sqlx::types::Json;

use super::{Claim, Store, StoreError};
use crate::workflow::{ConversationId, Inputs, Output, PostingFacts};

impl Store {
    /// Reads the inputs of `claims`, in their order. Every value comes from the claim's own run and posting: nothing
    /// is kept between claims, which is how one posting's summary once came to stand under 216 others.
    ///
    /// # Errors
    /// As every call of the store; [`StoreError::ForeignValue`] when an output is of another version.
    pub async fn inputs(&self, claims: &[Claim]) -> Result<Vec<Inputs>, StoreError> {
        let postings = self.posting_facts(claims).await?;
        let mut outputs = self.outputs(claims).await?;
        claims
            .iter()
            .map(|claim| {
                let posting = postings.get(&claim.posting_id).cloned().ok_or_else(|| {
                    StoreError::UnknownPostings {
                        missing: vec![claim.posting_id],
                    }
                })?;
                let outputs = outputs.remove(&claim.interaction_id).unwrap_or_default();
                Ok(Inputs { posting, outputs })
            })
            .collect()
    }

    async fn posting_facts(
        &self,
        claims: &[Claim],
    ) -> Result<BTreeMap<i64, PostingFacts>, StoreError> {
        let ids: Vec<i64> = claims.iter().map(|claim| claim.posting_id).collect();
        let rows = sqlx::query(
            "SELECT p.posting_id, p.job_title, p.location_city, p.location_country, p.external_id,
                    p.job_description, p.extracted_summary, p.skill_keywords, p.ihl_score, p.ihl_category,
                    s.content_hash
             FROM postings p JOIN postings_staging s ON s.staging_id = p.created_by_staging_id
             WHERE p.posting_id = ANY ($1)",
        )
        .bind(ids)
        .fetch_all(&self.pool)
        .await?;
        let read = |row: &sqlx::postgres::PgRow| PostingFacts {
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
        Ok(rows
            .iter()
            .map(|row| (row.get("posting_id"), read(row)))
            .collect())
    }

    async fn outputs(
        &self,
        claims: &[Claim],
    ) -> Result<BTreeMap<i64, BTreeMap<ConversationId, Output>>, StoreError> {
        let rows = sqlx::query(
            "SELECT asked.interaction_id AS asker, i.interaction_id, i.conversation_id, i.output
             FROM unnest($1::bigint[], $2::bigint[]) AS asked (interaction_id, workflow_run_id)
             JOIN interactions i ON i.workflow_run_id = asked.workflow_run_id AND i.status = 'completed'",
        )
        .bind(claims.iter().map(|claim| claim.interaction_id).collect::<Vec<_>>())
        .bind(claims.iter().map(|claim| claim.run_id).collect::<Vec<_>>())
        .fetch_all(&self.pool)
        .await?;
        let mut outputs: BTreeMap<i64, BTreeMap<ConversationId, Output>> = BTreeMap::new();
        for row in rows {
            let interaction_id = row.get("interaction_id");
            let output =
                serde_json::from_value(row.get::<Value, _>("output")).map_err(|source| {
                    StoreError::ForeignValue {
                        interaction_id,
                        source,
                    }
                })?;
            outputs
                .entry(row.get("asker"))
                .or_default()
                .insert(ConversationId(row.get("conversation_id")), output);
        }
        Ok(outputs)
    }
}
