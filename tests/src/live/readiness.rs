//! Is this machine ready for a live run? The preflight, with what the cards say of their own memory.

use super::LiveError;
use crate::preflight::{Verdict, examine, free_on_the_card, gather};
use crate::report;
use crate::trial::{Observer, Phase, TrialSettings};

/// Examines everything. Warnings are told; what blocks is the reason why nothing is begun. Where nobody said how much memory
/// the card has for models and its driver does, that is it.
pub(super) async fn make_ready(
    trial: &mut TrialSettings,
    observer: &dyn Observer,
) -> Result<(), LiveError> {
    let mut found = gather(trial).await?;
    if trial.gpu_memory.is_none() {
        trial.gpu_memory = free_on_the_card(&found);
        found.wanted.gpu_memory = trial.gpu_memory;
    }
    let findings = examine(&found);
    for warning in findings.of(Verdict::Warning) {
        let told = report::finding_in_one_line(warning);
        observer.trouble(Phase::Preflight, &format!("warning, {told}"));
    }
    let blocking = findings.of(Verdict::Blocking);
    let blocking: Vec<String> = blocking.map(report::finding_in_one_line).collect();
    if blocking.is_empty() {
        Ok(())
    } else {
        Err(LiveError::NotReady(blocking.join("\n    ")))
    }
}
