//! What the same Postgres reaches with nothing but statements: pgbench on a plain queue table.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

use fixtures::postgres::{Database, Postgres};

/// A queue as small as one can be: a claim writes who and when, a completion writes a result. No foreign keys, no
/// successors, no second table.
const TABLE: &str = "
    CREATE TABLE job (
        job_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        status text NOT NULL DEFAULT 'ready',
        worker int,
        attempt int NOT NULL DEFAULT 0,
        claimed_at timestamptz,
        done_at timestamptz,
        result jsonb);
    CREATE INDEX job_ready ON job (job_id) WHERE status = 'ready';";
/// Jobs that wait when a round begins: more than a round can do.
const JOBS: usize = 400_000;

/// The queue and the programs that work on it.
pub(crate) struct Queue {
    database: Database,
}

impl Queue {
    pub(crate) async fn new(postgres: &Postgres) -> Self {
        let queue = Self {
            database: postgres.database().await.unwrap(),
        };
        queue.sql(TABLE);
        queue
    }

    /// Jobs per second that were claimed and completed `batch` at a time: two statements, two commits a batch. Four
    /// clients for batches, sixteen for single rows, where only many hide the waits for the disk.
    pub(crate) fn rate(&self, batch: usize, seconds: u32) -> f64 {
        self.sql(&format!(
            "TRUNCATE job; INSERT INTO job (status) SELECT 'ready' FROM generate_series(1, {JOBS});
             VACUUM ANALYZE job; CHECKPOINT;"
        ));
        let mut script = tempfile::NamedTempFile::new().unwrap();
        write!(script, "{}", statements(batch)).unwrap();
        let clients = if batch == 1 { "16" } else { "4" };
        let began = Instant::now();
        let status = Command::new(program("pgbench"))
            .args(["-n", "-M", "prepared", "-j", "2", "-c", clients])
            .args(["-T", &seconds.to_string(), "-f"])
            .arg(script.path())
            .arg(self.database.url())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .unwrap();
        let took = began.elapsed().as_secs_f64();
        assert!(status.success(), "pgbench failed");
        let done: f64 = self
            .sql("SELECT count(*) FROM job WHERE status = 'done'")
            .trim()
            .parse()
            .unwrap();
        done / took
    }

    fn sql(&self, sql: &str) -> String {
        let mut psql = Command::new(program("psql"))
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
            .arg(self.database.url())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        psql.stdin
            .take()
            .unwrap()
            .write_all(sql.as_bytes())
            .unwrap();
        let output = psql.wait_with_output().unwrap();
        assert!(output.status.success(), "psql failed");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Beside the server's programs, or wherever PATH finds it: some systems link them into folders of their own.
fn program(name: &str) -> PathBuf {
    let beside = Postgres::programs().unwrap().join(name);
    if beside.is_file() {
        beside
    } else {
        PathBuf::from(name)
    }
}

/// What a worker has to say: a claim is answered with the numbers of its jobs, and a completion names each of them, its
/// result and the claim that it rests on.
fn statements(batch: usize) -> String {
    format!(
        "WITH claimed AS ( \
             UPDATE job SET status = 'running', worker = :client_id, attempt = attempt + 1, claimed_at = clock_timestamp() \
             FROM (SELECT job_id FROM job WHERE status = 'ready' ORDER BY job_id LIMIT {batch} FOR UPDATE SKIP LOCKED) AS ready \
             WHERE job.job_id = ready.job_id RETURNING job.job_id, attempt) \
         SELECT array_agg(job_id) AS jobs, array_agg(attempt) AS attempts, \
                array_agg('{{\"kind\": \"ticket\", \"text\": \"Nothing to add.\"}}'::text) AS results FROM claimed\n\
         \\gset\n\
         UPDATE job SET status = 'done', result = ended.result::jsonb, done_at = clock_timestamp() \
         FROM unnest(:jobs::bigint[], :attempts::int[], :results::text[]) AS ended (job_id, attempt, result) \
         WHERE job.job_id = ended.job_id AND job.attempt = ended.attempt AND worker = :client_id AND status = 'running';\n"
    )
}
