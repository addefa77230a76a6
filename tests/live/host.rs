//! A GPU host of stand-ins: a model server, two cards, a folder of postings, and a database that stays.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use batchproof::live::run_as_told;
use batchproof::plan::Plan;
use batchproof::record::RunRecord;
use batchproof::trial::Silent;
use fixtures::nvml::{Answer, Card, NvmlStandIn};
use fixtures::ollama::{OllamaSettings, OllamaStandIn};
use fixtures::postgres::{Database, Postgres};
use fixtures::postings::{SyntheticPosting, postings};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// What calls itself live is doubted where it writes faster than any card.
const BELIEVABLE: f64 = 50.0;
const GIB: u64 = 1 << 30;
/// Postings of a night.
pub(crate) const SIZE: usize = 2;

pub(crate) struct GpuHost {
    pub(crate) server: OllamaStandIn,
    driver: NvmlStandIn,
    postings: TempDir,
    left: TempDir,
    database: Database,
    /// Of what the test itself does; a run has one of its own.
    pub(crate) runtime: Runtime,
}

impl GpuHost {
    pub(crate) fn new() -> Self {
        Self::as_fast_as(BELIEVABLE)
    }

    pub(crate) fn as_fast_as(time_scale: f64) -> Self {
        let runtime = Runtime::new().unwrap();
        let (server, database) = runtime.block_on(async {
            let server = OllamaStandIn::start(OllamaSettings {
                time_scale,
                ..OllamaSettings::default()
            });
            let postgres = Postgres::start_for_process().await.unwrap();
            (server.await.unwrap(), postgres.database().await.unwrap())
        });
        Self {
            server,
            driver: NvmlStandIn::build(Answer::Success, &[card(), guarded()]).unwrap(),
            postings: folder_of(SIZE),
            left: tempfile::tempdir().unwrap(),
            database,
            runtime,
        }
    }

    /// A run as this host's environment says, with these variables beside or instead.
    pub(crate) fn run(&self, set: &[(&str, &str)]) -> Result<RunRecord, String> {
        let mut variables = BTreeMap::from([
            ("OLLAMA_HOST", self.server.url().to_string()),
            ("BATCHPROOF_NVML", shown(&self.driver.path())),
            ("BATCHPROOF_POSTINGS", shown(self.postings.path())),
            ("BATCHPROOF_BATCH_SIZE", SIZE.to_string()),
            ("BATCHPROOF_DATABASE_URL", self.database.url().to_owned()),
            ("BATCHPROOF_LIVE_DIR", shown(self.left.path())),
        ]);
        variables.extend(set.iter().map(|(name, value)| (*name, (*value).to_owned())));
        run_as_told(
            |name| variables.get(name).cloned(),
            &Plan::builtin(),
            &Silent,
        )
    }

    /// Where its runs leave what they leave.
    pub(crate) fn folder(&self) -> &Path {
        self.left.path()
    }

    /// Calls for text that came to the model server.
    pub(crate) fn calls(&self) -> usize {
        self.server.log().len()
    }
}

/// What a run left in a file.
pub(crate) fn left_in(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

fn card() -> Card {
    Card {
        name: "NVIDIA H100 80GB HBM3".to_owned(),
        total: 80 * GIB,
        free: 79 * GIB,
        percent: 87,
        milliwatts: 58_300,
        celsius: 71,
        ..Card::default()
    }
}

/// One of which this user is not told everything.
fn guarded() -> Card {
    Card {
        power: Answer::NoPermission,
        celsius: 44,
        ..card()
    }
}

fn folder_of(count: usize) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let acceptable = postings(7, 2 * count)
        .into_iter()
        .filter(SyntheticPosting::is_acceptable);
    for posting in acceptable.take(count) {
        let file = folder.path().join(&posting.external_id);
        fs::write(file.with_extension("json"), posting.detail.to_string()).unwrap();
    }
    folder
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
