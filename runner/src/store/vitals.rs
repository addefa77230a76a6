//! The database's own condition.

use super::{Store, StoreError};

impl Store {
    /// The server's version number, as in `150018` for 15.18.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn server_version(&self) -> Result<i32, StoreError> {
        let version = sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
            .fetch_one(&self.pool)
            .await?;
        Ok(version)
    }

    /// How many connections are open to this database, ours included.
    ///
    /// # Errors
    /// As every call of the store.
    pub async fn connections(&self) -> Result<i64, StoreError> {
        let connections = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(connections)
    }
}
