//! `batchproof report`: a saved record in the forms that others read.

use std::path::Path;
use std::process::ExitCode;

use super::arguments::ReportArguments;
use super::{CommandError, output, plan_file};
use crate::judge::judge;
use crate::record;
use crate::report::{self, JOB_SUMMARY};

/// Stands for standard output.
const STANDARD_OUTPUT: &str = "-";

/// Writes the forms that were asked for; without any the verdicts as a terminal shows them.
pub(super) fn report(arguments: &ReportArguments) -> Result<ExitCode, CommandError> {
    let by = plan_file::given_or_builtin(arguments.plan.as_deref())?;
    let record = record::load(&arguments.record)?;
    let judgement = judge(&record, &by.requirements());
    if let Some(file) = &arguments.html {
        let page = report::html(&record, &judgement);
        write(file, &page)?;
        if file != Path::new(STANDARD_OUTPUT) {
            let size = page.len().div_ceil(1024);
            output::line(format_args!("Report: {} ({size} KiB)", file.display()));
        }
    }
    if let Some(file) = &arguments.markdown {
        write(file, &report::markdown(&record, &judgement, JOB_SUMMARY))?;
    }
    if let Some(file) = &arguments.junit {
        write(file, &report::junit(&record, &judgement))?;
    }
    if arguments.is_of_no_form() {
        output::line(report::terminal(&record, &judgement, None));
    }
    Ok(ExitCode::SUCCESS)
}

fn write(file: &Path, text: &str) -> Result<(), CommandError> {
    if file == Path::new(STANDARD_OUTPUT) {
        output::text(text);
        return Ok(());
    }
    report::replace_file(file, text).map_err(|source| CommandError::Unwritten {
        path: file.to_owned(),
        source,
    })
}
