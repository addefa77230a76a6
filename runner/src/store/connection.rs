//! The pool and the schema.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};

use super::StoreError;

/// How long a call waits for a free connection before the database counts as away.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(10);

/// The runner's door to the database.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) pool: PgPool,
}

impl Store {
    /// Connects to `url` with at most `connections` connections. The schema is left as it is: see [`migrate`].
    ///
    /// [`migrate`]: Store::migrate
    ///
    /// # Errors
    /// [`StoreError::Away`] when nothing answers, [`StoreError::Statement`] when the URL or the login is refused.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, StoreError> {
        let options: PgConnectOptions = url.parse()?;
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_LIMIT)
            .connect_with(options.application_name("batchproof"))
            .await?;
        Ok(Self { pool })
    }

    /// Brings the schema up to date; does nothing where it is.
    ///
    /// # Errors
    /// [`StoreError::Migration`] when the database holds another schema.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        sqlx::migrate!("./migrations").run(&self.pool).await?;
        Ok(())
    }

    /// Gives the connections back. Calls made afterwards fail.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}
