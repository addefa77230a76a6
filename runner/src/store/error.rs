//! What can go wrong at the database, by what has to be done about it.

use sqlx::error::{DatabaseError, ErrorKind};

use super::BatchId;

/// A failed database call. The variant says who has to act.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address is not one of a Postgres. It may hold a password, so it is not repeated.
    #[error(
        "the database's address is no URL of a Postgres; expected postgres://user:password@host:port/database"
    )]
    NotAnAddress,
    /// Nobody answers at the address, or whoever does lets us not in.
    #[error("{server} cannot be connected to: {source}; correct the address, or start the server")]
    NoConnection {
        /// The address without its password.
        server: String,
        /// The driver's word.
        source: sqlx::Error,
    },
    /// The database is away or overloaded: the same call may succeed in a moment.
    #[error("the database does not answer: {0}")]
    Away(#[source] sqlx::Error),
    /// Nothing came back at all. What was asked may have been done.
    #[error(
        "the database said nothing for {} s; is its machine at work, and the network between?",
        after.as_secs()
    )]
    Silent {
        /// How long it was waited for.
        after: std::time::Duration,
    },
    /// What a result rests on could not be made durable, so that the result was not written either.
    #[error("the evidence of a result cannot be written before it: {0}; the result waits for it")]
    NotDurable(String),
    /// The database refused what was to be written: a constraint says that it is no legal state, or it is a value that no
    /// column can hold, such as a text with a NUL.
    #[error("the schema refuses the write (constraint {constraint}): {message}")]
    Refused {
        /// The constraint's name, which is a sentence.
        constraint: String,
        /// The database's own words.
        message: String,
    },
    /// The schema could not be brought up to date.
    #[error(
        "the schema cannot be migrated: {0}; use an empty database or one that this version made"
    )]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// Anything else: a bug here or a foreign schema.
    #[error("the database refuses a statement: {0}; is the schema this version's?")]
    Statement(#[source] sqlx::Error),
    /// Postings were named that do not exist.
    #[error("no postings with the ids {missing:?}; promote them first, or correct --posting-ids")]
    UnknownPostings {
        /// The ids that no row has.
        missing: Vec<i64>,
    },
    /// Fewer postings can be promoted than were asked for; nothing was promoted.
    #[error(
        "{wanted} postings were to be promoted and {available} are there that are whole and in no batch yet; \
         nothing was promoted: {}",
        remedy(*available)
    )]
    Shortfall {
        /// How many were asked for.
        wanted: usize,
        /// How many there are.
        available: usize,
    },
    /// There is no such batch.
    #[error("there is no batch {batch} in this database; correct the number, or the database")]
    UnknownBatch {
        /// What was asked for.
        batch: BatchId,
    },
    /// A worker knows another workflow than its batch was made with.
    #[error(
        "batch {batch} was made with the workflow {expected}, and this worker has {found}; its results would be \
         those of another workflow, so it does nothing. Start it with the version and the models that made the \
         batch, or make a new batch"
    )]
    OtherWorkflow {
        /// The batch.
        batch: BatchId,
        /// The hash of the batch's workflow.
        expected: String,
        /// The hash of the worker's.
        found: String,
    },
    /// A living worker has the name.
    #[error(
        "a worker named {worker} works on batch {batch} already (process {process_id} on {host}); expected a name of \
         its own for each worker: choose another, or end that one. One that was killed gives its name up when its \
         lease runs out"
    )]
    NameInUse {
        /// The name.
        worker: String,
        /// What it works on.
        batch: BatchId,
        /// Its machine.
        host: String,
        /// Its process there.
        process_id: i64,
    },
    /// A stored value is not what this version writes.
    #[error("interaction {interaction_id} holds a value of another version: {source}")]
    ForeignValue {
        /// The row.
        interaction_id: i64,
        /// What could not be read.
        source: serde_json::Error,
    },
}

impl StoreError {
    /// Whether the same call may succeed when it is made again.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Away(_) | Self::Silent { .. } | Self::NotDurable(_)
        )
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Tls(_) => {
                Self::Away(error)
            }
            sqlx::Error::Database(refusal) if is_passing_code(refusal.as_ref()) => {
                Self::Away(error)
            }
            sqlx::Error::Database(refusal)
                if is_constraint(&refusal.kind()) || is_bad_value(refusal.as_ref()) =>
            {
                Self::Refused {
                    constraint: refusal.constraint().unwrap_or("unnamed").to_owned(),
                    message: refusal.message().to_owned(),
                }
            }
            _ => Self::Statement(error),
        }
    }
}

fn remedy(available: usize) -> String {
    match available {
        0 => "fetch first".to_owned(),
        some => format!("fetch more, or ask for --batch-size {some}"),
    }
}

fn is_constraint(kind: &ErrorKind) -> bool {
    !matches!(kind, ErrorKind::Other)
}

/// Class 22, data exceptions: it is the value that is wrong, and another row's may be right.
fn is_bad_value(error: &dyn DatabaseError) -> bool {
    error.code().is_some_and(|code| code.starts_with("22"))
}

/// Serialisation failures and deadlocks (class 40), resources (53), a server going down or coming up (57P, 08), one that
/// is a standby for the moment (25006), and what a limit of time ended (57014, 25P03).
fn is_passing_code(error: &dyn DatabaseError) -> bool {
    error.code().is_some_and(|code| {
        ["40", "53", "57P", "08", "25006", "57014", "25P03"]
            .iter()
            .any(|class| code.starts_with(class))
    })
}
