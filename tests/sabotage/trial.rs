//! Runs a row: a database of its own, the trial with one thing broken, the judgement, the comparison.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use batchproof::judge::{Judgement, judge};
use batchproof::plan::Plan;
use batchproof::record::{self, Circumstances, Ended, RunRecord};
use batchproof::trial::{
    self, DatabaseChoice, PostingsChoice, Silent, TrialSettings, WORKFLOW_SEED, WorkflowChoice,
    with_causes,
};
use fixtures::ollama::{Fault, Mishap, Step};
use fixtures::postgres::{Database, Postgres};
use fixtures::postings::{SyntheticPosting, postings};
use serde_json::Value;
use sqlx::{Connection, PgConnection, PgPool};
use wave_runner::batch::Stop;
use wave_runner::store::{Store, StoreError};
use wave_runner::workflow::Workflow;

use crate::sabotage::{Break, Guard, Sabotage};
use crate::table::Table;

/// Longer than this no batch of eight postings takes, however busy the machine: one that does hangs.
const LIMIT: Duration = Duration::from_mins(5);

/// A connection is leaked at this interval: a batch that is long enough to show growth lasts some fifteen seconds, and a
/// server takes a hundred.
const LEAK_EVERY: Duration = Duration::from_millis(400);

/// Eight postings, of which one is improved, on a GPU that holds all models.
///
/// The second grade takes three times as long as it did: on a busy machine a second request may come through so much
/// later that the shortest grades would miss each other. The model of the first grade has more to do all the same, so
/// the batch is no longer for it.
fn small_batch() -> TrialSettings {
    TrialSettings {
        batch_size: 8,
        time_scale: 200.0,
        faults: vec![Fault::every(Step::GradeB, Mishap::Slow(3.0))],
        ..TrialSettings::simulated()
    }
}

/// Runs the row and compares what turned with what it names.
pub(crate) fn turns_what_it_names(row: &'static Sabotage, table: &Table) -> Result<(), String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let record = runtime.block_on(record_of(row))?;
    if let Guard::Repairs(guard, shows) = row.guard
        && !shows(&record)
    {
        return Err(format!(
            "nothing in the record shows that this was needed: {guard}"
        ));
    }
    let judgement = judge(&record, &Plan::builtin().requirements());
    let turned = Turned::of(&judgement);
    table.note(row.name, turned.told());
    let named = Turned::named(row);
    if turned == named {
        return Ok(());
    }
    Err(format!(
        "{}\nexpected to turn {:?}\nturned           {:?}\nnot turned: {:?}\nturned besides: {:?}\n{}",
        row.history,
        named.told(),
        turned.told(),
        named.0.difference(&turned.0).collect::<Vec<_>>(),
        turned.0.difference(&named.0).collect::<Vec<_>>(),
        batchproof::report::terminal(&record, &judgement, None)
    ))
}

/// The criteria that were missed and the doubts that arose; a doubt is marked as one.
#[derive(PartialEq, Eq)]
struct Turned(BTreeSet<String>);

impl Turned {
    fn of(judgement: &Judgement) -> Self {
        let missed = judgement
            .verdicts
            .iter()
            .filter(|verdict| verdict.standing.is_missed())
            .map(|verdict| verdict.criterion.id);
        let doubts = judgement.validity.doubts.iter().map(|doubt| doubt.check);
        Self::from_parts(missed, doubts)
    }

    fn named(row: &Sabotage) -> Self {
        Self::from_parts(row.turns.iter().copied(), row.doubts.iter().copied())
    }

    fn from_parts<'a>(
        criteria: impl Iterator<Item = &'a str>,
        doubts: impl Iterator<Item = &'a str>,
    ) -> Self {
        let doubts = doubts.map(|doubt| format!("INVALID {doubt}"));
        Self(criteria.map(str::to_owned).chain(doubts).collect())
    }

    fn told(&self) -> Vec<String> {
        self.0.iter().cloned().collect()
    }
}

async fn record_of(row: &Sabotage) -> Result<RunRecord, String> {
    let database = migrated_database().await;
    let pool = PgPool::connect(database.url()).await.unwrap();
    let mut settings = TrialSettings {
        database: DatabaseChoice::Given(database.url().to_owned()),
        ..small_batch()
    };
    let folder = tempfile::tempdir().unwrap();
    for broken in row.broken {
        match broken {
            Break::Database(sql) => {
                hold_that_the_guard_goes(row.guard, sql);
                execute(&pool, sql).await;
            }
            Break::Workflow(change) => settings.workflow = faulty(row.guard, *change),
            Break::Settings(change) => change(&mut settings),
            Break::Postings(change) => {
                write_postings(folder.path(), settings.batch_size, *change);
                settings.postings = PostingsChoice::Folder(folder.path().to_owned());
            }
            Break::Afterwards(_) | Break::CalledDone | Break::LeakingConnections => {}
        }
    }
    let stop = Stop::default();
    let batch = async {
        let running = trial::run(&settings, &Silent, &stop);
        let ended = tokio::time::timeout(LIMIT, running).await;
        ended.unwrap_or_else(|_| panic!("the batch in {} hangs", database.url()))
    };
    let record = if row.breaks(|it| matches!(it, Break::LeakingConnections)) {
        tokio::select! {
            record = batch => record,
            never = leak(database.url()) => match never {},
        }
    } else {
        batch.await
    };
    let record = record.map_err(|error| with_causes(&error))?;
    let record = afterwards(row, &pool, record).await;
    pool.close().await;
    Ok(record)
}

impl Sabotage {
    fn breaks(&self, is_it: impl Fn(&Break) -> bool) -> bool {
        self.broken.iter().any(is_it)
    }
}

/// One server for all rows, one schema that each gets a copy of.
async fn migrated_database() -> Database {
    let postgres = Postgres::start_for_process().await.unwrap();
    let migrate = async |url: String| {
        let store = Store::connect(&url, 1).await?;
        store.migrate().await?;
        store.close().await;
        Ok::<(), StoreError>(())
    };
    let template = postgres.template("wave-runner", migrate).await.unwrap();
    postgres.database_from(&template).await.unwrap()
}

async fn execute(pool: &PgPool, sql: &'static str) {
    sqlx::raw_sql(sql).execute(pool).await.unwrap();
}

/// A constraint that is only said to be in the way would make the row tell of a guard that there is not.
fn hold_that_the_guard_goes(guard: Guard, sql: &str) {
    if let Guard::Schema(constraint) = guard {
        let dropped = sql.contains(&format!("DROP CONSTRAINT {constraint}"))
            || sql.contains(&format!("DROP TRIGGER {constraint}"));
        assert!(dropped, "{constraint} is left in place");
    }
}

/// The built-in workflow with one fault, which the lint must know where the row says so.
fn faulty(guard: Guard, change: fn(&mut Workflow)) -> WorkflowChoice {
    let mut workflow = Workflow::builtin();
    change(&mut workflow);
    let findings = workflow.lint();
    match guard {
        Guard::Lint(rule) => assert!(
            findings.iter().any(|finding| finding.rule == rule),
            "the lint does not find {rule:?} but {findings:?}"
        ),
        _ => assert!(findings.is_empty(), "the lint finds {findings:?}"),
    }
    WorkflowChoice::Unlinted(Box::new(workflow))
}

/// So many acceptable postings as the careers site would answer for each, one file each.
fn write_postings(folder: &Path, count: usize, change: fn(&mut Value)) {
    let acceptable = postings(WORKFLOW_SEED, 2 * count)
        .into_iter()
        .filter(SyntheticPosting::is_acceptable);
    for mut posting in acceptable.take(count) {
        change(&mut posting.detail);
        let file = folder.join(&posting.external_id).with_extension("json");
        std::fs::write(file, posting.detail.to_string()).unwrap();
    }
}

/// Edits the rows of a batch that is over and collects it again, where the row asks for it.
async fn afterwards(row: &Sabotage, pool: &PgPool, record: RunRecord) -> RunRecord {
    let called_done = row.breaks(|it| matches!(it, Break::CalledDone));
    if !called_done && !row.breaks(|it| matches!(it, Break::Afterwards(_))) {
        return record;
    }
    for broken in row.broken {
        if let Break::Afterwards(sql) = broken {
            execute(pool, sql).await;
        }
    }
    let ended = if called_done {
        Ended::Completed
    } else {
        record.ended
    };
    let circumstances = Circumstances {
        ended,
        mode: record.mode,
        plan: record.plan,
        servers: record.environment.servers,
        fetch: record.fetch,
        row_counts_at_start: record.row_counts_at_start,
        // What was seen is in the database.
        exchanges: Vec::new(),
        residency: Vec::new(),
        connections: Vec::new(),
        gpu: Vec::new(),
        identities: Vec::new(),
        suspensions: Vec::new(),
        graphics: record.environment.graphics,
    };
    record::collect(pool, record.batch.id, circumstances)
        .await
        .unwrap()
}

/// Opens one connection after the other and keeps them all.
async fn leak(url: &str) -> std::convert::Infallible {
    let mut ticker = tokio::time::interval(LEAK_EVERY);
    let mut leaked = Vec::new();
    loop {
        ticker.tick().await;
        // The server has an end, and a leak that reaches it is no leak any more.
        if let Ok(connection) = PgConnection::connect(url).await {
            leaked.push(connection);
        }
    }
}
