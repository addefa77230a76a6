//! `batchproof preflight`, and the same before a run on real model servers.

use std::process::ExitCode;
use std::sync::Arc;

use wave_runner::telemetry::{GpuReader, NvidiaCards};

use super::arguments::PreflightArguments;
use super::choices::inspected;
use super::{CommandError, exit, output};
use crate::preflight::{Findings, Verdict, examine, gather};
use crate::report;
use crate::trial::{self, ModelServerChoice, Observer, Phase, TrialError, TrialSettings};

/// Names the library to read the graphics cards through, where it is not in the usual place.
pub(crate) const NVML: &str = "BATCHPROOF_NVML";

/// What reads the graphics cards of this machine.
pub(super) fn cards() -> Arc<dyn GpuReader> {
    Arc::new(NvidiaCards::through(std::env::var_os(NVML)))
}

/// Prints what was found. Whatever blocks a run is of the environment.
pub(super) async fn preflight(arguments: &PreflightArguments) -> Result<ExitCode, CommandError> {
    let host = std::env::var("OLLAMA_HOST").ok();
    let mut settings = inspected(arguments, host.as_deref())?;
    settings.gpu = Some(cards());
    let findings = examine(&gather(&settings).await?);
    if arguments.json {
        output::line(json(&findings)?);
    } else {
        output::line(report::preflight(&findings));
    }
    Ok(match findings.verdict {
        Verdict::Blocking => ExitCode::from(exit::ENVIRONMENT),
        Verdict::Fine | Verdict::Note | Verdict::Warning => ExitCode::SUCCESS,
    })
}

/// Examines everything before a run on real model servers; a simulated one needs none of it. What blocks ends the run
/// here, unless it is forced.
pub(super) async fn before_a_run(
    settings: &TrialSettings,
    force: bool,
    observer: &dyn Observer,
) -> Result<(), CommandError> {
    match settings.model_server {
        ModelServerChoice::Simulated | ModelServerChoice::Replay { .. } => return Ok(()),
        ModelServerChoice::Ollama(_) => {}
    }
    let findings = examine(&gather(settings).await?);
    for warning in findings.of(Verdict::Warning) {
        let told = report::finding_in_one_line(warning);
        observer.trouble(Phase::Preflight, &format!("warning, {told}"));
    }
    let blocking: Vec<String> = findings
        .of(Verdict::Blocking)
        .map(report::finding_in_one_line)
        .collect();
    if force {
        for told in blocking {
            observer.trouble(Phase::Preflight, &format!("FORCED past {told}"));
        }
        Ok(())
    } else if blocking.is_empty() {
        Ok(())
    } else {
        // Wrong input is wrong wherever it is given, and would be all the same when the machine is ready.
        if let Err(error @ TrialError::Input(_)) = trial::check_input(settings).await {
            return Err(error.into());
        }
        Err(CommandError::NotReady(blocking.join("\n    ")))
    }
}

fn json(findings: &Findings) -> Result<String, CommandError> {
    serde_json::to_string_pretty(findings)
        .map_err(|error| CommandError::Usage(format!("the findings have no JSON form: {error}")))
}
