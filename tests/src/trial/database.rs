//! The database of a trial: given, or thrown away afterwards.

use std::time::Duration;

use fixtures::postgres::{Database, Postgres};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use wave_runner::store::{Store, StoreError};

use super::{DatabaseChoice, Observer, TrialError};

/// Connections beside one a worker: one listens, and one is for heartbeats and watchdogs.
const SHARED_CONNECTIONS: u32 = 2;
/// The judge reads one thing after the other.
const JUDGES_CONNECTIONS: u32 = 1;
/// The oldest major version whose `split_part` takes negative places, which the plan's promotion query uses.
const OLDEST_POSTGRES: i32 = 14;

/// How long a database may take to let the judge's connection go.
const FAREWELL: Duration = Duration::from_secs(5);

/// What the judge's connection is called among those of the server, beside the runner's `batchproof`.
const JUDGE: &str = "batchproof judge";

/// A migrated database with the runner's door and the judge's own.
#[derive(Debug)]
pub struct TrialDatabase {
    /// The runner's.
    pub store: Store,
    /// The judge's: it reads the world by itself.
    pub judge: PgPool,
    // Dropped after both pools: a database in use cannot be dropped.
    _throw_away: Option<(Database, Postgres)>,
}

impl TrialDatabase {
    /// Brings the database up and its schema up to date, with connections for so many workers.
    ///
    /// # Errors
    /// [`TrialError`] when there is none, or it is too old, or it holds another schema.
    pub async fn open(
        choice: &DatabaseChoice,
        workers: usize,
        observer: &dyn Observer,
    ) -> Result<Self, TrialError> {
        let (url, throw_away) = match choice {
            DatabaseChoice::Given(url) => (url.clone(), None),
            DatabaseChoice::ThrowAway => {
                let postgres = Postgres::start().await.map_err(Box::new)?;
                let database = postgres.database().await?;
                observer.ready(&format!("{postgres}, throw-away database"));
                (database.url().to_owned(), Some((database, postgres)))
            }
        };
        let store = Store::connect(&url, runners_connections(workers)).await?;
        let version = store.server_version().await?;
        if version / 10_000 < OLDEST_POSTGRES {
            return Err(TrialError::OldPostgres {
                found: version.to_string(),
            });
        }
        store.migrate().await?;
        let judge = PgPoolOptions::new()
            .max_connections(JUDGES_CONNECTIONS)
            .connect_with(judges_door(&url)?)
            .await
            .map_err(|error| TrialError::Database(Box::new(error.into())))?;
        if throw_away.is_none() {
            observer.ready("the given database; its rows stay");
        }
        Ok(Self {
            store,
            judge,
            _throw_away: throw_away,
        })
    }

    /// How many connections a trial with so many workers opens.
    pub(crate) fn connections(workers: usize) -> u32 {
        runners_connections(workers).saturating_add(JUDGES_CONNECTIONS)
    }

    /// Closes both doors and, where it is a throw-away, drops the database. A database that does not even take leave is
    /// left so: everything of the run is read by then.
    pub async fn close(self) {
        self.store.close().await;
        if tokio::time::timeout(FAREWELL, self.judge.close())
            .await
            .is_err()
        {
            tracing::warn!("the database did not answer the farewell of the judge's connection");
        }
    }
}

/// Its text may hold a password, so no error repeats it.
fn judges_door(url: &str) -> Result<PgConnectOptions, TrialError> {
    let options: PgConnectOptions = url
        .parse()
        .map_err(|_| TrialError::Database(Box::new(StoreError::NotAnAddress)))?;
    Ok(options.application_name(JUDGE))
}

fn runners_connections(workers: usize) -> u32 {
    let workers = u32::try_from(workers).unwrap_or(u32::MAX);
    workers.saturating_add(SHARED_CONNECTIONS)
}
