//! The database. Its SQL is its own, as the collector's is, and it writes nothing: a database that turns out not to be
//! ours is left as it was.

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};
use fixtures::postgres::Postgres;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, FromRow, PgConnection};
use wave_runner::batch::host_name;
use wave_runner::store::{SchemaStep, Store, StoreError, schema_steps};

use crate::clock;
use crate::ledger::Offset;
use crate::preflight::found::{Applied, Clocks, Connections, DatabaseFound, DatabaseState, Open};
use crate::trial::{DatabaseChoice, TrialError, TrialSettings, with_causes};

/// No statement here has much to read.
const LIMIT: &str = "SET statement_timeout = '10s'";
/// Looks at both clocks: the closest of several tells the most.
const LOOKS: usize = 3;

/// The database, and where its files are if that is on this machine.
pub(super) async fn database(
    settings: &TrialSettings,
) -> Result<(DatabaseFound, Option<PathBuf>), TrialError> {
    let url = match &settings.database {
        DatabaseChoice::ThrowAway => return Ok(throw_away().await),
        DatabaseChoice::Given(url) => url,
    };
    let unusable = |why: String| Ok((DatabaseFound::Unusable { why }, None));
    // The runner's own door first: what it says of an address that leads nowhere is what a run would say.
    match Store::connect(url, 1).await {
        Ok(store) => store.close().await,
        Err(error @ StoreError::NotAnAddress) => return Err(error.into()),
        Err(error) => return unusable(with_causes(&error)),
    }
    match look(url, settings.watchdog_limit).await {
        Ok((state, data)) => Ok((DatabaseFound::Stays(Box::new(state)), data)),
        Err(error) => unusable(format!(
            "the database cannot be read: {}",
            with_causes(&error)
        )),
    }
}

/// Makes sure that a throw-away database can be had. It is gone again when this returns.
async fn throw_away() -> (DatabaseFound, Option<PathBuf>) {
    match Postgres::start().await {
        Ok(postgres) => {
            let server = postgres.to_string();
            let data = postgres.directory().map(|_| std::env::temp_dir());
            (DatabaseFound::ThrowAway { server }, data)
        }
        Err(error) => {
            let lines = error.to_string();
            let lines: Vec<&str> = lines.lines().map(str::trim).collect();
            let why = lines.join(" ");
            (DatabaseFound::Unusable { why }, None)
        }
    }
}

async fn look(
    url: &str,
    longest: Duration,
) -> Result<(DatabaseState, Option<PathBuf>), sqlx::Error> {
    let options: PgConnectOptions = url.parse()?;
    let mut db = options.connect().await?;
    sqlx::query(LIMIT).execute(&mut db).await?;
    let known = schema_steps();
    let applied = applied(&mut db).await?;
    let open = match &applied {
        // A database that has never seen us has no batches.
        None => Some(Vec::new()),
        Some(applied) if is_current(applied, &known) => Some(open(&mut db, longest).await?),
        Some(_) => None,
    };
    let state = DatabaseState {
        address: shown(&options),
        version: sqlx::query_scalar("SELECT current_setting('server_version_num')::int")
            .fetch_one(&mut db)
            .await?,
        foreign_tables: foreign_tables(&mut db).await?,
        applied,
        known,
        connections: connections(&mut db).await?,
        open,
        clocks: clocks(&mut db).await?,
    };
    let data = if is_here(&options) {
        data_directory(&mut db).await
    } else {
        None
    };
    db.close().await?;
    Ok((state, data))
}

fn is_current(applied: &[Applied], known: &[SchemaStep]) -> bool {
    let same = |(applied, known): (&Applied, &SchemaStep)| {
        applied.success && applied.version == known.version && applied.checksum == known.checksum
    };
    applied.len() == known.len() && applied.iter().zip(known).all(same)
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

/// Whether the server is on this machine: by socket, by loopback, or by this machine's name.
fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    options.get_socket().is_some()
        || host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || host.eq_ignore_ascii_case(&host_name())
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// Where the files are, if this role may know it and they are there: behind a loopback address may be a container.
async fn data_directory(db: &mut PgConnection) -> Option<PathBuf> {
    let path: String = sqlx::query_scalar("SELECT current_setting('data_directory', true)")
        .fetch_one(db)
        .await
        .ok()?;
    Some(PathBuf::from(path)).filter(|path| path.exists())
}

async fn applied(db: &mut PgConnection) -> Result<Option<Vec<Applied>>, sqlx::Error> {
    let is_ours: bool = sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL")
        .fetch_one(&mut *db)
        .await?;
    if !is_ours {
        return Ok(None);
    }
    let rows: Vec<(i64, Vec<u8>, bool)> =
        sqlx::query_as("SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version")
            .fetch_all(db)
            .await?;
    let step = |(version, checksum, success)| Applied {
        version,
        checksum,
        success,
    };
    Ok(Some(rows.into_iter().map(step).collect()))
}

async fn foreign_tables(db: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let tables: i64 =
        sqlx::query_scalar("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")
            .fetch_one(db)
            .await?;
    Ok(tables.unsigned_abs())
}

/// Of the whole server, for all databases share its connections. The statistics count them for every role; who they
/// belong to is not everybody's to know.
async fn connections(db: &mut PgConnection) -> Result<Connections, sqlx::Error> {
    let (used, most): (i64, i32) = sqlx::query_as(
        "SELECT greatest(sum(numbackends) - 1, 0)::bigint,
                current_setting('max_connections')::int
                    - current_setting('superuser_reserved_connections')::int
         FROM pg_stat_database",
    )
    .fetch_one(db)
    .await?;
    Ok(Connections {
        used: u32::try_from(used).unwrap_or(u32::MAX),
        most: u32::try_from(most).unwrap_or(0),
    })
}

async fn clocks(db: &mut PgConnection) -> Result<Clocks, sqlx::Error> {
    let mut offset = Offset::default();
    for _ in 0..LOOKS {
        let before = clock::now();
        let database: DateTime<Utc> = sqlx::query_scalar("SELECT clock_timestamp()")
            .fetch_one(&mut *db)
            .await?;
        offset.look(before, database, clock::now());
    }
    Ok(Clocks {
        ahead: offset.to_database(),
    })
}

#[derive(FromRow)]
struct OpenRow {
    batch_id: i64,
    size: i32,
    open_runs: i64,
    living_workers: i64,
    orphaned: i64,
    overdue: i64,
    oldest: Option<f64>,
}

async fn open(db: &mut PgConnection, longest: Duration) -> Result<Vec<Open>, sqlx::Error> {
    let rows: Vec<OpenRow> = sqlx::query_as(OPEN)
        .bind(longest.as_secs_f64())
        .fetch_all(db)
        .await?;
    let open = |row: OpenRow| Open {
        batch: row.batch_id,
        size: row.size.unsigned_abs(),
        open_runs: row.open_runs.unsigned_abs(),
        living_workers: row.living_workers.unsigned_abs(),
        orphaned: row.orphaned.unsigned_abs(),
        overdue: row.overdue.unsigned_abs(),
        oldest: row
            .oldest
            .and_then(|age| Duration::try_from_secs_f64(age).ok()),
    };
    Ok(rows.into_iter().map(open).collect())
}

/// The batches that are not over, oldest first, with who works at them and what is stuck in them.
const OPEN: &str = "
    WITH stuck AS (
        SELECT batch_id,
               count(*) FILTER (WHERE lease_expires_at < clock_timestamp()) AS orphaned,
               count(*) FILTER (WHERE status = 'running' AND lease_expires_at >= clock_timestamp()
                   AND started_at < clock_timestamp() - make_interval(secs => $1)) AS overdue,
               extract(epoch FROM clock_timestamp() - min(coalesce(started_at, claimed_at)) FILTER (
                   WHERE lease_expires_at < clock_timestamp()
                      OR started_at < clock_timestamp() - make_interval(secs => $1)))::float8 AS oldest
        FROM interactions WHERE status IN ('pending', 'running')
        GROUP BY batch_id
    )
    SELECT b.batch_id, b.size, count(*) AS open_runs,
           (SELECT count(*) FROM workers w
            WHERE w.batch_id = b.batch_id AND w.ended_at IS NULL
              AND w.lease_expires_at > clock_timestamp()) AS living_workers,
           coalesce(max(s.orphaned), 0) AS orphaned, coalesce(max(s.overdue), 0) AS overdue,
           max(s.oldest) AS oldest
    FROM batches b
    JOIN workflow_runs r USING (batch_id)
    LEFT JOIN stuck s ON s.batch_id = b.batch_id
    WHERE r.status IN ('pending', 'running')
    GROUP BY b.batch_id ORDER BY b.batch_id";
