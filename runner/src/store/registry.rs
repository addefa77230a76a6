//! `workflows`, `actors`, `conversations`: the definition as rows, so that the plan's queries can join it.

use super::{Store, StoreError};
use crate::workflow::{Actor, Workflow};

impl Store {
    /// Writes the workflow's definition, or brings the rows of an earlier version up to it.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn register(&self, workflow: &Workflow) -> Result<(), StoreError> {
        let mut tx = self.pool.begin().await?;
        sqlx::query(
            "INSERT INTO workflows (workflow_id, workflow_name, workflow_hash) VALUES ($1, $2, $3)
             ON CONFLICT (workflow_id) DO UPDATE
             SET workflow_name = EXCLUDED.workflow_name, workflow_hash = EXCLUDED.workflow_hash",
        )
        .bind(workflow.id)
        .bind(&workflow.name)
        .bind(&workflow.hash)
        .execute(&mut *tx)
        .await?;
        for conversation in &workflow.conversations {
            let actor_type = match conversation.actor {
                Actor::Model { .. } => "ai_model",
                Actor::Script(_) => "script",
            };
            let needs: Vec<i32> = conversation.needs.iter().map(|id| id.0).collect();
            let writes: Vec<&str> = conversation.writes.iter().map(|c| c.as_str()).collect();
            sqlx::query(
                "WITH known AS (
                     INSERT INTO actors (actor_name, actor_type) VALUES ($1, $2)
                     ON CONFLICT (actor_name) DO UPDATE SET actor_type = EXCLUDED.actor_type
                     RETURNING actor_id
                 )
                 INSERT INTO conversations
                     (conversation_id, workflow_id, conversation_name, actor_id, writes, needs)
                 SELECT $3, $4, $5, actor_id, $6, $7 FROM known
                 ON CONFLICT (conversation_id) DO UPDATE
                 SET conversation_name = EXCLUDED.conversation_name,
                     actor_id = EXCLUDED.actor_id,
                     writes = EXCLUDED.writes,
                     needs = EXCLUDED.needs",
            )
            .bind(conversation.actor.name())
            .bind(actor_type)
            .bind(conversation.id.0)
            .bind(workflow.id)
            .bind(&conversation.name)
            .bind(writes)
            .bind(needs)
            .execute(&mut *tx)
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
