//! What the program works with: a database that stays, a model server that is not its own, a folder of postings.

use std::fs;
use std::path::Path;
use std::time::Duration;

use fixtures::ollama::{OllamaSettings, OllamaStandIn};
use fixtures::postgres::{Database, Postgres};
use fixtures::postings::{SyntheticPosting, postings};
use sqlx::PgPool;
use tempfile::TempDir;

/// An empty database, which outlives the runs in it and goes with the test.
pub(crate) struct World {
    pub(crate) pool: PgPool,
    database: Database,
}

impl World {
    pub(crate) async fn new() -> Self {
        let database = Postgres::start_for_process()
            .await
            .unwrap()
            .database()
            .await
            .unwrap();
        let pool = PgPool::connect(database.url()).await.unwrap();
        Self { pool, database }
    }

    pub(crate) fn url(&self) -> &str {
        self.database.url()
    }

    /// The one number that a query answers with.
    pub(crate) async fn number(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query)
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    /// Returns when the query answers with this number or a higher one. An answer that fails is none yet: the schema
    /// may still be on its way.
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
        let outcome = tokio::time::timeout(Duration::from_mins(1), polling).await;
        assert!(
            outcome.is_ok(),
            "not within a minute: {number} rows of {query}"
        );
    }

    /// The postings' ids as `--posting-ids` takes them.
    pub(crate) async fn posting_ids(&self) -> String {
        sqlx::query_scalar(
            "SELECT string_agg(posting_id::text, ',' ORDER BY posting_id) FROM postings",
        )
        .fetch_one(&self.pool)
        .await
        .unwrap()
    }
}

/// A model server that the program does not start itself.
pub(crate) async fn ollama(settings: OllamaSettings) -> OllamaStandIn {
    OllamaStandIn::start(settings).await.unwrap()
}

/// A folder with so many acceptable postings, one file each.
pub(crate) fn folder_of(count: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let acceptable = postings(7, 2 * count)
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

/// Writes a file into the folder and answers the folder's path.
pub(crate) fn with_file(folder: &TempDir, name: &str, text: &str) -> String {
    fs::write(folder.path().join(name), text).unwrap();
    shown(folder.path())
}

/// A path as an argument. The temporary folder's name has no blanks.
pub(crate) fn shown(path: &Path) -> String {
    path.display().to_string()
}
