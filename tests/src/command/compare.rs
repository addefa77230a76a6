//! `batchproof compare`: what the difference between two records proves.

use std::path::Path;
use std::process::ExitCode;

use super::arguments::CompareArguments;
use super::{CommandError, output, plan, plan_file};
use crate::comparison::Side;
use crate::judge::judge;
use crate::record::{self, LoadError, PUBLISHED, RunRecord};
use crate::report;

/// Compares two records. Whatever comes out is an answer, so that the exit code is 0.
pub(super) fn compare(arguments: &CompareArguments) -> Result<ExitCode, CommandError> {
    let by = plan_file::given_or_builtin(arguments.plan.as_deref())?.requirements();
    let paths = [&arguments.before, &arguments.after];
    let records = [load(paths[0])?, load(paths[1])?];
    let judgements = records.each_ref().map(|record| judge(record, &by));
    let names = paths.map(|path| path.display().to_string());
    let [before, after] = [0, 1].map(|side| Side {
        record: &records[side],
        judgement: &judgements[side],
    });
    output::text(report::comparison([&names[0], &names[1]], before, after));
    if let Some(remark) = plan::remark(arguments.plan.as_deref())? {
        output::line(remark);
    }
    Ok(ExitCode::SUCCESS)
}

fn load(name: &Path) -> Result<RunRecord, CommandError> {
    record::load_or_published(name).map_err(|error| match error {
        LoadError::Missing { path } => CommandError::Usage(format!(
            "there is no record at {}, and none of that name comes with the program: expected a file, {}",
            path.display(),
            PUBLISHED.map(|(name, _)| name).join(" or ")
        )),
        other => other.into(),
    })
}
