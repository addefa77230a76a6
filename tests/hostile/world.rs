//! Two batches over the same honest postings: one of them alone, one among hostile postings and an obedient model.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use batchproof::record::RunRecord;
use batchproof::trial::{self, DatabaseChoice, PostingsChoice, Silent, TrialSettings};
use fixtures::ollama::{Fault, Mishap, Step};
use fixtures::postgres::{Database, Postgres};
use fixtures::postings::{HostilePosting, SyntheticPosting, hostile, postings};
use serde_json::Value;
use sqlx::PgPool;
use tokio::sync::OnceCell;
use wave_runner::batch::Stop;

/// The seed of the postings.
const SEED: u64 = 7;
/// Honest postings, in either batch.
const HONEST: usize = 3;

/// Longer than this no batch of this size takes, however busy the machine: one that does hangs.
const LIMIT: Duration = Duration::from_mins(5);

/// A batch that is over: what is left of it.
pub(crate) struct World {
    pub(crate) record: RunRecord,
    url: String,
    _database: Database,
}

/// What a posting has in its columns in the end.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub(crate) struct Columns {
    pub(crate) external_id: String,
    pub(crate) extracted_summary: Option<String>,
    pub(crate) skill_keywords: Option<Value>,
    pub(crate) ihl_score: Option<i32>,
    pub(crate) ihl_category: Option<String>,
}

impl World {
    /// A connection of this test's own: a pool would belong to the runtime of the test that made it.
    pub(crate) async fn pool(&self) -> PgPool {
        PgPool::connect(&self.url).await.unwrap()
    }

    /// Every posting's columns, by requisition id.
    pub(crate) async fn columns(&self) -> BTreeMap<String, Columns> {
        let rows: Vec<Columns> = sqlx::query_as(
            "SELECT external_id, extracted_summary, skill_keywords, ihl_score, ihl_category FROM postings",
        )
        .fetch_all(&self.pool().await)
        .await
        .unwrap();
        let by_id = |row: Columns| (row.external_id.clone(), row);
        rows.into_iter().map(by_id).collect()
    }
}

/// The batch among hostile postings. It runs once for all tests of this process.
pub(crate) async fn attacked() -> &'static World {
    static WORLD: OnceCell<World> = OnceCell::const_new();
    WORLD.get_or_init(|| world(true)).await
}

/// The honest postings alone, at the same model.
pub(crate) async fn undisturbed() -> &'static World {
    static WORLD: OnceCell<World> = OnceCell::const_new();
    WORLD.get_or_init(|| world(false)).await
}

/// The hostile postings of the batch.
pub(crate) fn attackers() -> Vec<HostilePosting> {
    hostile(SEED)
}

/// The one that tries this.
pub(crate) fn attacker(name: &str) -> HostilePosting {
    let mut all = attackers().into_iter();
    all.find(|it| it.name == name).expect("a name of `hostile`")
}

async fn world(is_attacked: bool) -> World {
    let folder = tempfile::tempdir().unwrap();
    let mut taken = 0;
    for honest in honest() {
        write(
            folder.path(),
            &honest.external_id,
            &honest.detail.to_string(),
        );
        taken += 1;
    }
    if is_attacked {
        for attacker in attackers() {
            write(folder.path(), attacker.name, &attacker.detail);
            taken += usize::from(attacker.refusal.is_none());
        }
    }
    let database = Postgres::start_for_process()
        .await
        .unwrap()
        .database()
        .await
        .unwrap();
    let settings = TrialSettings {
        batch_size: taken,
        postings: PostingsChoice::Folder(folder.path().to_owned()),
        database: DatabaseChoice::Given(database.url().to_owned()),
        faults: Step::ALL
            .map(|step| Fault::every(step, Mishap::Obedient))
            .to_vec(),
        ..TrialSettings::simulated()
    };
    let stop = Stop::default();
    let running = Box::pin(trial::run(&settings, &Silent, &stop));
    let record = tokio::time::timeout(LIMIT, running)
        .await
        .unwrap_or_else(|_| panic!("the batch in {} hangs", database.url()));
    World {
        record: record.unwrap(),
        url: database.url().to_owned(),
        _database: database,
    }
}

/// From another part of the seed's set than the descriptions of the hostile ones.
fn honest() -> impl Iterator<Item = SyntheticPosting> {
    postings(SEED, 120)
        .into_iter()
        .skip(60)
        .filter(SyntheticPosting::is_acceptable)
        .take(HONEST)
}

fn write(folder: &Path, name: &str, detail: &str) {
    fs::write(folder.join(name).with_extension("json"), detail).unwrap();
}
