//! What is at stake: a database with a batch in it, and nothing that the product does not have.

use std::fs;
use std::time::Duration;

use fixtures::postgres::{Database, OwnCluster, Postgres};
use fixtures::postings::{SyntheticPosting, postings};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tempfile::TempDir;
use wave_runner::batch::{Source, fetch_and_stage};
use wave_runner::source::Folder;
use wave_runner::store::{BatchId, Store, StoreError};
use wave_runner::workflow::{Next, Progress, Workflow};

/// The seed of the postings.
const SEED: u64 = 7;
/// No event of these tests takes longer, on whatever machine.
const LIMIT: Duration = Duration::from_mins(2);

/// A database of its own, watched from outside.
pub(crate) struct World {
    /// The test's own door: it never goes through a proxy.
    pub(crate) pool: PgPool,
    database: Database,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::on(&Postgres::start_for_process().await.unwrap()).await
    }

    /// On a cluster that the test may restart.
    pub(crate) async fn on_own(cluster: &OwnCluster) -> Self {
        Self::on(cluster.postgres()).await
    }

    async fn on(postgres: &Postgres) -> Self {
        let template = postgres.template("faults", prepare).await.unwrap();
        let database = postgres.database_from(&template).await.unwrap();
        let pool = PgPoolOptions::new()
            .max_connections(2)
            .connect(database.url())
            .await
            .unwrap();
        Self { pool, database }
    }

    pub(crate) fn url(&self) -> &str {
        self.database.url()
    }

    /// A batch over so many new postings.
    pub(crate) async fn batch(&self, size: usize) -> BatchId {
        let store = Store::connect(self.url(), 1).await.unwrap();
        let folder = folder_of(size);
        let source = Source::Folder(Folder::new(folder.path()));
        fetch_and_stage(&store, &source, size, &|_| {})
            .await
            .unwrap();
        let promotion = store.promote(size).await.unwrap();
        let workflow = Workflow::builtin();
        let Next::Create(first) = workflow.next(&Progress::default()) else {
            panic!("a workflow begins with something");
        };
        let batch = store
            .create_batch(&workflow, &promotion.posting_ids, &first)
            .await
            .unwrap();
        store.close().await;
        batch
    }

    /// The one number that a query answers with.
    pub(crate) async fn number(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    /// Returns when the query answers with this number or a higher one.
    pub(crate) async fn reaches(&self, number: i64, query: &'static str) {
        let polling = async {
            let mut ticks = tokio::time::interval(Duration::from_millis(5));
            let found = async || {
                sqlx::query_scalar::<_, i64>(query)
                    .fetch_one(&self.pool)
                    .await
            };
            while !found().await.is_ok_and(|found| found >= number) {
                ticks.tick().await;
            }
        };
        in_time(&format!("{number} of {query}"), polling).await;
    }

    /// Lets the leases run out that the dead hold, as a minute would.
    pub(crate) async fn leases_run_out(&self) {
        let all = sqlx::query_scalar("SELECT worker FROM workers");
        let all: Vec<String> = all.fetch_all(&self.pool).await.unwrap();
        self.leases_run_out_of(&all).await;
    }

    /// As [`leases_run_out`](Self::leases_run_out), where others are alive.
    pub(crate) async fn leases_run_out_of(&self, dead: &[String]) {
        for statement in [
            "UPDATE interactions SET lease_expires_at = clock_timestamp() - interval '1 second'
             WHERE status IN ('pending', 'running') AND claimed_by = ANY ($1)",
            "UPDATE workers SET lease_expires_at = last_seen_at WHERE ended_at IS NULL AND worker = ANY ($1)",
            "UPDATE model_servers SET lease_expires_at = held_since WHERE held_by = ANY ($1)",
        ] {
            let statement = sqlx::query(statement).bind(dead);
            statement.execute(&self.pool).await.unwrap();
        }
    }
}

/// A migrated database that writes down by itself what is completed in it.
async fn prepare(url: String) -> Result<(), StoreError> {
    let store = Store::connect(&url, 1).await?;
    store.migrate().await?;
    store.register(&Workflow::builtin()).await?;
    store.close().await;
    let pool = PgPool::connect(&url).await?;
    sqlx::raw_sql(include_str!("completions.sql"))
        .execute(&pool)
        .await?;
    pool.close().await;
    Ok(())
}

/// A folder with so many acceptable postings, one file each.
pub(crate) fn folder_of(count: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let acceptable = postings(SEED, 2 * count)
        .into_iter()
        .filter(SyntheticPosting::is_acceptable);
    for posting in acceptable.take(count) {
        let file = folder
            .path()
            .join(&posting.external_id)
            .with_extension("json");
        fs::write(file, posting.detail.to_string()).unwrap();
    }
    folder
}

/// Waits for what has to come; the message says what did not.
pub(crate) async fn in_time<T>(what: &str, waiting: impl Future<Output = T>) -> T {
    tokio::time::timeout(LIMIT, waiting)
        .await
        .unwrap_or_else(|_| panic!("not within {} s: {what}", LIMIT.as_secs()))
}
