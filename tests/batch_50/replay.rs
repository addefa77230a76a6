//! A suite that is run from a cassette: the same tests by the same names, over one replay.

use std::path::{Path, PathBuf};

use batchproof::plan::Plan;
use batchproof::record::{RunRecord, ServerKind};
use batchproof::trial::TrialSettings;
use libtest_mimic::Completion;

use crate::planned::shared_run::SharedRun;

/// Names the cassette. A path that is not absolute counts from where cargo was called, or from the workspace.
const REPLAY: &str = "BATCHPROOF_REPLAY";

/// The replay that all trials are about, where a cassette is named.
pub(crate) fn shared_run(plan: &Plan) -> Option<SharedRun> {
    let named = std::env::var_os(REPLAY).filter(|named| !named.is_empty())?;
    let settings = TrialSettings {
        plan: plan.reference(),
        ..TrialSettings::replay(found(PathBuf::from(named)))
    };
    Some(SharedRun::by_plan("replay", plan, settings))
}

/// Cargo runs a test in the folder of its package, and people name a path from where they are.
fn found(named: PathBuf) -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    if named.exists() {
        named
    } else {
        workspace.join(named)
    }
}

/// What becomes, in a replay, of a trial that needs a run of its own, in which calls take time.
pub(crate) fn passed_over(record: &RunRecord, run: &str) -> Option<Completion> {
    (record.mode.model_server == ServerKind::Replayed).then(|| {
        Completion::ignored_with(format!(
            "it is about {run}, and about time: a replay is of another run, and has none"
        ))
    })
}
