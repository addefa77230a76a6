//! One look at a batch: the database in one snapshot, the model servers, this machine's memory.

mod database;
mod machine;

use std::time::Duration;

use futures_util::future::join_all;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use thiserror::Error;
use url::Url;
use wave_runner::llm::{Limits, LlmError, Loaded, Ollama};

use self::database::Choice;
use super::Printable;
use super::snapshot::{KnownBy, Resident, ResidentModel, Snapshot};

/// A look that takes longer is no look: the next one may do better.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why there is nothing to be shown.
#[derive(Debug, Error)]
pub enum ReadingError {
    /// The address of the database is none.
    #[error("expected the address of a database such as postgres://USER@HOST/DB: {0}")]
    NotAnAddress(sqlx::Error),
    /// The address of a model server is none.
    #[error(transparent)]
    Server(Box<LlmError>),
    /// The database is away, or has another schema.
    #[error(
        "cannot read {what}: {cause}; is the database there, and does it have this version's schema?"
    )]
    Database {
        /// What was being read.
        what: &'static str,
        /// The database's word.
        cause: sqlx::Error,
    },
    /// It did not answer.
    #[error("the database gave no answer within {} s", PATIENCE.as_secs())]
    NoAnswer,
    /// The batch is not there.
    #[error("there is no batch {batch_id} in this database; leave --batch out for the newest one")]
    NoSuchBatch {
        /// The batch asked for.
        batch_id: i64,
    },
    /// No batch is there.
    #[error(
        "there is no batch in this database yet; begin one with: batchproof run --database-url URL"
    )]
    NoBatch,
}

impl ReadingError {
    /// Whether other arguments are needed, and not another moment.
    pub fn is_input(&self) -> bool {
        match self {
            Self::NotAnAddress(_) | Self::Server(_) | Self::NoSuchBatch { .. } | Self::NoBatch => {
                true
            }
            Self::Database { .. } | Self::NoAnswer => false,
        }
    }
}

/// Whoever looks at a batch, again and again.
#[derive(Debug)]
pub struct Reader {
    pool: PgPool,
    servers: Vec<(Printable, Ollama)>,
    choice: Choice,
}

impl Reader {
    /// A reader of this database and these model servers. Nothing is read yet. Without a batch it takes the newest
    /// unfinished one, else the newest, and stays with it until a newer one begins.
    ///
    /// # Errors
    /// [`ReadingError::NotAnAddress`] and [`ReadingError::Server`].
    pub fn new(
        database_url: &str,
        servers: Vec<Url>,
        batch: Option<i64>,
    ) -> Result<Self, ReadingError> {
        let options: PgConnectOptions = database_url.parse().map_err(ReadingError::NotAnAddress)?;
        // One connection, which is left out of what is counted. Every look is a transaction that can only read.
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(options.application_name("batchproof monitor"));
        let limits = Limits {
            connect: PATIENCE,
            idle: PATIENCE,
        };
        let client = |url: Url| Ok((url.as_str().into(), Ollama::new(url, limits)?));
        let servers = servers
            .into_iter()
            .map(client)
            .collect::<Result<_, LlmError>>()
            .map_err(Box::new)
            .map_err(ReadingError::Server)?;
        Ok(Self {
            pool,
            servers,
            choice: batch.map_or(Choice::Newest(None), Choice::Named),
        })
    }

    /// Looks once.
    ///
    /// # Errors
    /// When the database cannot be read, or the batch is not there. A model server that is away is told in the snapshot.
    pub async fn look(&mut self) -> Result<Snapshot, ReadingError> {
        let database = tokio::time::timeout(PATIENCE, database::look(&self.pool, self.choice));
        let (found, asked) = tokio::join!(database, self.ask_servers());
        let mut snapshot = found.map_err(|_| ReadingError::NoAnswer)??;
        if let Choice::Newest(watched) = &mut self.choice {
            *watched = Some(snapshot.batch.batch_id);
        }
        if !asked.is_empty() {
            snapshot.resident = asked;
        }
        snapshot.memory = machine::memory();
        Ok(snapshot)
    }

    /// Lets the connection go.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn ask_servers(&self) -> Vec<Resident> {
        let ask =
            async |(server, client): &(Printable, Ollama)| resident(server, client.ps().await);
        join_all(self.servers.iter().map(ask)).await
    }
}

fn resident(server: &Printable, answer: Result<Vec<Loaded>, LlmError>) -> Resident {
    let server = server.clone();
    match answer {
        Ok(loaded) => Resident {
            server,
            known_by: KnownBy::Asking,
            models: loaded
                .iter()
                .map(|model| ResidentModel {
                    name: model.name.as_str().into(),
                    size_vram: model.size_vram,
                })
                .collect(),
        },
        Err(error) => Resident {
            server,
            known_by: KnownBy::Nothing(error.to_string().into()),
            models: Vec::new(),
        },
    }
}
