//! The pool and the schema.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection};

use super::StoreError;
use super::notices::Shared;

/// How long a call waits for a free connection before the database counts as away.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(10);

/// Far longer than any call of a run takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a connection whose call was given up, or that is closed, has for its last word.
const LAST_WORD: Duration = Duration::from_secs(5);

/// A connection that was used so recently is handed out unasked; any other is asked first whether it still lives, which
/// costs a round trip.
const KNOWN_TO_LIVE: Duration = Duration::from_millis(200);

/// Every statement of the store goes by an index, however many rows it is asked for and however little the server knows of
/// its tables yet. Left to itself the server plans anew for each call that brings an array, which takes longer than the
/// work on a few rows; and a plan that was made while a table was small reads the whole of it for ever.
///
/// Where no index helps, on a table of a few rows, such a plan looks so dear that the server would compile it to machine
/// code, every time for a tenth of a second.
const PLAN_ONCE_AND_BY_INDEX: &str =
    "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET jit = off";

/// A worker whose machine stands still in the middle of a transaction must not keep the runs that it has locked from the
/// others. No transaction of the store waits for anything but the database.
const NO_LOCK_FOR_EVER: &str = "SET idle_in_transaction_session_timeout = '60s'";
static SCHEMA: Migrator = sqlx::migrate!("./migrations");

/// A step of the schema, as this version knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaStep {
    /// Its number; they are taken in this order.
    pub version: i64,
    /// The hash of its text, as a database that took it keeps it.
    pub checksum: Vec<u8>,
}

/// All steps of this version's schema, in their order.
pub fn schema_steps() -> Vec<SchemaStep> {
    let step = |step: &sqlx::migrate::Migration| SchemaStep {
        version: step.version,
        checksum: step.checksum.to_vec(),
    };
    SCHEMA.iter().map(step).collect()
}

/// The runner's door to the database.
#[derive(Debug, Clone)]
pub struct Store {
    pub(super) pool: PgPool,
    pub(super) listener: Shared,
    patience: Duration,
    /// Whether the database was silent once.
    was_silent: Arc<AtomicBool>,
}

impl Store {
    /// Connects to `url` with at most `connections` connections. The schema is left as it is: see [`migrate`].
    ///
    /// [`migrate`]: Store::migrate
    ///
    /// # Errors
    /// [`StoreError::NotAnAddress`] when `url` is none, [`StoreError::NoConnection`], at once, when nobody answers
    /// there or the login is refused.
    pub async fn connect(url: &str, connections: u32) -> Result<Self, StoreError> {
        let options = options(url)?;
        knock(&options).await?;
        let was_silent = Arc::new(AtomicBool::new(false));
        let ask = Arc::clone(&was_silent);
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(ACQUIRE_LIMIT)
            .test_before_acquire(false)
            .before_acquire(|connection, about| {
                Box::pin(async move {
                    if about.idle_for > KNOWN_TO_LIVE {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(|connection, _| {
                Box::pin(async move {
                    connection.execute(PLAN_ONCE_AND_BY_INDEX).await?;
                    connection.execute(NO_LOCK_FOR_EVER).await?;
                    Ok(())
                })
            })
            .after_release(move |connection, _| {
                // Whoever gave a call up leaves its answer behind. The pool waits for that answer before it takes the
                // connection back, and would wait for ever.
                let asks = ask.load(Ordering::Relaxed);
                Box::pin(async move {
                    if asks {
                        tokio::time::timeout(LAST_WORD, connection.ping())
                            .await
                            .map_err(|_| sqlx::Error::Io(ErrorKind::TimedOut.into()))??;
                    }
                    Ok(true)
                })
            })
            .connect_with(options.application_name("batchproof"))
            .await?;
        Ok(Self {
            pool,
            listener: Shared::default(),
            patience: PATIENCE,
            was_silent,
        })
    }

    /// The same door with another patience.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How long a call of a run may go without an answer. A database whose machine was paused, or whose packets are dropped
    /// on the way, says nothing for ever: that, too, is being away.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// Makes `call`, no longer than the patience lasts. One that was given up may have been carried out all the same.
    ///
    /// # Errors
    /// [`StoreError::Silent`], and those of the call.
    pub async fn in_time<T>(
        &self,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let after = self.patience;
        // On the heap, where a call that is made again and again does not weigh on whoever waits for it.
        let mut call = Box::pin(call);
        if let Ok(answer) = tokio::time::timeout(after, &mut call).await {
            return answer;
        }
        // Before the call is dropped, which hands its connection back.
        self.was_silent.store(true, Ordering::Relaxed);
        Err(StoreError::Silent { after })
    }

    /// Brings the schema up to date; does nothing where it is.
    ///
    /// # Errors
    /// [`StoreError::Migration`] when the database holds another schema.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        SCHEMA.run(&self.pool).await?;
        Ok(())
    }

    /// Gives the connections back. Calls made afterwards fail. A database that does not even take leave is left so.
    pub async fn close(&self) {
        if tokio::time::timeout(LAST_WORD, self.pool.close())
            .await
            .is_err()
        {
            tracing::warn!("the database did not answer the farewell of its connections");
        }
    }
}

/// Reads the address. Its text may hold a password, so no error repeats it.
fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let is_ours = ["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| url.starts_with(scheme));
    // The driver takes any scheme, and the defaults of its own for a host that it cannot find.
    if !is_ours {
        return Err(StoreError::NotAnAddress);
    }
    url.parse().map_err(|_| StoreError::NotAnAddress)
}

/// Connects once, outside the pool. The pool takes a refused connection for a server that is coming up and knocks
/// until its limit has passed; whoever mistyped a port should learn so at once, and learn why.
async fn knock(options: &PgConnectOptions) -> Result<(), StoreError> {
    let failed = |source| StoreError::NoConnection {
        server: shown(options),
        source,
    };
    match tokio::time::timeout(ACQUIRE_LIMIT, PgConnection::connect_with(options)).await {
        Ok(Ok(connection)) => connection.close().await.map_err(failed),
        Ok(Err(error)) => Err(failed(error)),
        Err(_) => Err(failed(sqlx::Error::PoolTimedOut)),
    }
}

/// The address without its password.
fn shown(options: &PgConnectOptions) -> String {
    format!(
        "postgres://{}@{}:{}/{}",
        options.get_username(),
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or_default()
    )
}
