//! The real executor over a database of its own, with a model server that answers at once.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fixtures::postgres::{Database, Postgres};
use futures_util::future::BoxFuture;
use serde_json::json;
use sqlx::{Connection, PgConnection};
use wave_runner::batch::{Ended, Events, ExecuteSettings, Executor, Server, Stop};
use wave_runner::llm::{Answer, Generation, LlmError, Loaded, ModelServer};
use wave_runner::source::StagedPosting;
use wave_runner::store::{BatchId, Store};
use wave_runner::workflow::{Next, Progress, Workflow, content_hash};

/// Steps of the workflow beside this file.
const STEPS: usize = 3;

/// A database with postings, and the workflow.
pub(crate) struct Plant {
    pub(crate) store: Store,
    pub(crate) workflow: Arc<Workflow>,
    postings: Vec<i64>,
    database: Database,
}

impl Plant {
    pub(crate) async fn new(postgres: &Postgres, postings: usize) -> Self {
        let database = postgres.database().await.unwrap();
        let store = Store::connect(database.url(), 4).await.unwrap();
        store.migrate().await.unwrap();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("throughput/workflow.toml");
        let workflow = Workflow::load(&file).unwrap();
        store.register(&workflow).await.unwrap();
        let staged: Vec<StagedPosting> = (1..=postings).map(posting).collect();
        store.stage(&staged).await.unwrap();
        let postings = store.promote(postings).await.unwrap().posting_ids;
        Self {
            store,
            workflow: Arc::new(workflow),
            postings,
            database,
        }
    }

    /// A new batch over the postings.
    pub(crate) async fn batch(&self) -> BatchId {
        let Next::Create(first) = self.workflow.next(&Progress::default()) else {
            panic!("a workflow begins with something");
        };
        self.store
            .create_batch(&self.workflow, &self.postings, &first)
            .await
            .unwrap()
    }

    /// Interactions per second from the first claim to the end of the batch.
    pub(crate) async fn rate(&self) -> f64 {
        let batch = self.batch().await;
        self.analyse().await;
        let executor = self.executor(Arc::new(AtOnce), 16);
        let began = Instant::now();
        let ended = executor.run(batch, &Stop::default()).await.unwrap();
        let took = began.elapsed();
        assert_eq!(ended, Ended::Finished);
        let tally = self.store.tally(batch).await.unwrap();
        assert_eq!(tally.completed, self.postings.len());
        // As a float, which holds any such count exactly.
        f64::from(u32::try_from(self.postings.len() * STEPS).unwrap()) / took.as_secs_f64()
    }

    pub(crate) fn executor(&self, client: Arc<dyn ModelServer>, slots: usize) -> Executor {
        Executor {
            store: self.store.clone(),
            workflow: Arc::clone(&self.workflow),
            servers: vec![Server {
                name: "bench".to_owned(),
                client,
                gpu_memory: None,
            }],
            settings: ExecuteSettings {
                slots,
                ..ExecuteSettings::default()
            },
            runner: "bench".to_owned(),
            events: Events::default(),
            barrier: None,
        }
    }

    /// Adds about `count` finished interactions, of batches that are over.
    pub(crate) async fn finish(&self, count: usize) {
        let batches = count.div_ceil(self.postings.len() * STEPS);
        let mut connection = PgConnection::connect(self.database.url()).await.unwrap();
        let statements = format!(
            "SET session_replication_role = replica;
             -- Rows that grew on their pages fill them in the end; these have their whole length from the beginning.
             ALTER TABLE interactions SET (fillfactor = 100);
             INSERT INTO batches (workflow_id, workflow_hash, size, started_at, ended_at)
                 SELECT workflow_id, workflow_hash, {size}, clock_timestamp(), clock_timestamp()
                 FROM workflows, generate_series(1, {batches});
             INSERT INTO workflow_runs (batch_id, workflow_id, posting_id, status, started_at, completed_at)
                 SELECT batch_id, workflow_id, posting_id, 'completed', b.started_at, b.ended_at
                 FROM batches b, postings;
             INSERT INTO interactions (workflow_run_id, batch_id, posting_id, conversation_id, actor_id, status, attempt,
                                       input, output, claimed_by, claimed_at, lease_expires_at, started_at, completed_at)
                 SELECT workflow_run_id, batch_id, posting_id, conversation_id, actor_id, 'completed', 1,
                        '{{\"prompt\": \"Task: greet\"}}', '{{\"kind\": \"ticket\", \"text\": \"Nothing to add.\"}}',
                        'bench', r.started_at, r.started_at, r.started_at, r.completed_at
                 FROM workflow_runs r, conversations;
             ALTER TABLE interactions SET (fillfactor = 12);
             SET session_replication_role = DEFAULT;",
            size = self.postings.len()
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(statements))
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }

    /// What a database that is at work for a while does by itself: the plans of a full table and of an empty one are
    /// compared, not those of a table that is not known yet.
    async fn analyse(&self) {
        let mut connection = PgConnection::connect(self.database.url()).await.unwrap();
        sqlx::raw_sql("VACUUM ANALYZE")
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
    }
}

/// A model server that has every answer already.
#[derive(Debug)]
struct AtOnce;

impl ModelServer for AtOnce {
    fn generate<'a>(
        &'a self,
        generation: &'a Generation,
        _total: Duration,
    ) -> BoxFuture<'a, Result<Answer, LlmError>> {
        let text = if generation.format.is_some() {
            r#"["SQL", "Python"]"#
        } else {
            "Please ask the team which ledgers they reconcile."
        };
        Box::pin(std::future::ready(Ok(Answer {
            text: text.to_owned(),
            prompt_eval_count: None,
            eval_count: 1,
            total_duration: Duration::ZERO,
            load_duration: Duration::ZERO,
            prompt_eval_duration: Duration::ZERO,
            eval_duration: Duration::ZERO,
        })))
    }

    fn loaded(&self) -> BoxFuture<'_, Result<Vec<Loaded>, LlmError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    fn unload<'a>(&'a self, _model: &'a str) -> BoxFuture<'a, Result<(), LlmError>> {
        Box::pin(std::future::ready(Ok(())))
    }
}

fn posting(n: usize) -> StagedPosting {
    let external_id = format!("R{n:07}");
    let description = "Job Description: You will reconcile ledgers. ".repeat(10);
    StagedPosting {
        content_hash: content_hash(&external_id, "Analyst", "Pune", &description),
        raw_data: json!({ "external_id": external_id, "job_description": description, "detail": {} }),
        job_title: Some("Analyst".to_owned()),
        location: Some("Pune".to_owned()),
        country: Some("India".to_owned()),
        posting_url: None,
        external_id,
        refusals: Vec::new(),
    }
}
