//! A database with two batches, written with plain SQL: the collector is to be believed without the runner.

use std::collections::BTreeMap;

use batchproof::record::{
    self, Circumstances, CollectError, Ended, Mode, ModelServer, PlanReference, PostingsFrom,
    RunRecord, ServerKind,
};
use fixtures::postgres::{Database, Postgres};
use sqlx::{AssertSqlSafe, PgPool};
use wave_runner::store::{Store, StoreError};

/// The two batches; goes with the test.
pub(crate) struct World {
    pub(crate) pool: PgPool,
    _database: Database,
}

impl World {
    pub(crate) async fn new() -> Self {
        let postgres = Postgres::start_for_process().await.unwrap();
        let migrate = async |url: String| {
            let store = Store::connect(&url, 1).await?;
            store.migrate().await?;
            store.close().await;
            Ok::<(), StoreError>(())
        };
        let template = postgres.template("wave-runner", migrate).await.unwrap();
        let database = postgres.database_from(&template).await.unwrap();
        let pool = PgPool::connect(database.url()).await.unwrap();
        let world = Self {
            pool,
            _database: database,
        };
        world.execute(include_str!("two_batches.sql")).await;
        world
    }

    pub(crate) async fn execute(&self, sql: &'static str) {
        sqlx::raw_sql(sql).execute(&self.pool).await.unwrap();
    }

    /// How many rows a query about a batch answers with.
    pub(crate) async fn ask(&self, query: &str, batch_id: i64) -> usize {
        let query = AssertSqlSafe(query.to_owned());
        let rows = sqlx::query(query).bind(batch_id).fetch_all(&self.pool);
        rows.await.unwrap().len()
    }

    /// Gives the second interaction of the first batch a prompt, its posting a description, and its run an earlier
    /// answer: that of 9161.
    pub(crate) async fn prompt_with(&self, description: &str, earlier_answer: &str, prompt: &str) {
        self.execute(
            "INSERT INTO conversations (conversation_id, workflow_id, conversation_name, actor_id, writes)
             VALUES (9161, 3001, 'ihl_analyst', 1, '{}')",
        )
        .await;
        for (sql, value) in [
            ("UPDATE postings SET job_description = $1 WHERE posting_id = 1", description),
            (
                "UPDATE interactions SET input = jsonb_set(input, '{prompt}', to_jsonb($1::text))
                 WHERE interaction_id = 2",
                prompt,
            ),
            (
                "INSERT INTO interactions (workflow_run_id, batch_id, posting_id, conversation_id, actor_id, status,
                                           attempt, input, output, claimed_by, claimed_at, lease_expires_at,
                                           started_at, completed_at)
                 SELECT workflow_run_id, batch_id, posting_id, 9161, 1, status, attempt, '{}', $1::text::jsonb,
                        claimed_by, claimed_at, lease_expires_at, started_at, completed_at
                 FROM interactions WHERE interaction_id = 2",
                earlier_answer,
            ),
        ] {
            sqlx::query(sql).bind(value).execute(&self.pool).await.unwrap();
        }
    }

    pub(crate) async fn collect(&self, batch_id: i64) -> Result<RunRecord, CollectError> {
        record::collect(&self.pool, batch_id, circumstances()).await
    }

    /// The messages of the errors in the record of a batch.
    pub(crate) async fn errors(&self, batch_id: i64) -> Vec<String> {
        let errors = self.collect(batch_id).await.unwrap().errors;
        errors
            .into_iter()
            .map(|error| error.error_message)
            .collect()
    }

    /// The hash of the prompt of an interaction of the first batch.
    pub(crate) async fn prompt_hash(&self, interaction_id: i64) -> Option<String> {
        let interactions = self.collect(1).await.unwrap().interactions;
        let mut asked = interactions
            .into_iter()
            .filter(|it| it.interaction_id == interaction_id);
        asked.next().unwrap().input.map(|input| input.prompt_sha256)
    }
}

fn circumstances() -> Circumstances {
    Circumstances {
        ended: Ended::Interrupted,
        mode: Mode {
            model_server: ServerKind::Live,
            postings: PostingsFrom::Promoted,
            time_scale: 1.0,
            seed: None,
            cassette: None,
        },
        plan: PlanReference {
            id: "BATCH-50-001".to_owned(),
            sha256: None,
        },
        servers: vec![ModelServer {
            name: "http://10.0.0.1:11434".to_owned(),
            ollama_version: "0".to_owned(),
            gpu_memory: None,
            slots: 1,
            models: Vec::new(),
        }],
        fetch: None,
        row_counts_at_start: BTreeMap::new(),
        exchanges: Vec::new(),
        residency: Vec::new(),
        connections: Vec::new(),
        gpu: Vec::new(),
        identities: Vec::new(),
        suspensions: Vec::new(),
        graphics: None,
    }
}
