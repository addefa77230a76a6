//! `batchproof record`: what is in a record, what differs between two, and a record without its texts.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::ExitCode;

use super::arguments::RecordCommand;
use super::exit::VERDICTS_DIFFER;
use super::{CommandError, output, plan, plan_file};
use crate::comparison::Side;
use crate::judge::judge;
use crate::record;
use crate::report;

/// Carries out a record command.
pub(super) fn record(command: &RecordCommand) -> Result<ExitCode, CommandError> {
    match command {
        RecordCommand::Show { record } => show(record),
        RecordCommand::Diff {
            before,
            after,
            plan,
        } => diff(before, after, plan.as_deref()),
        RecordCommand::Redact {
            record,
            redacted,
            force,
        } => redact(record, redacted, *force),
        RecordCommand::Schema => {
            schema();
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn show(path: &Path) -> Result<ExitCode, CommandError> {
    let record = record::load(path)?;
    // Of a file that was just read, the size is a courtesy.
    let bytes = path.metadata().ok().map(|file| file.len());
    output::text(report::record_contents(&record, bytes));
    Ok(ExitCode::SUCCESS)
}

fn diff(before: &Path, after: &Path, by_path: Option<&Path>) -> Result<ExitCode, CommandError> {
    // Both by one plan, whatever plan each was run for: what differs is then the runs.
    let by = plan_file::given_or_builtin(by_path)?.requirements();
    let records = [record::load(before)?, record::load(after)?];
    let judgements = records.each_ref().map(|record| judge(record, &by));
    let [before, after] = [0, 1].map(|side| Side {
        record: &records[side],
        judgement: &judgements[side],
    });
    let differences = report::record_differences(before, after);
    output::text(differences.text);
    if let Some(remark) = plan::remark(by_path)? {
        output::line(remark);
    }
    Ok(if differences.in_verdicts {
        ExitCode::from(VERDICTS_DIFFER)
    } else {
        ExitCode::SUCCESS
    })
}

fn redact(path: &Path, redacted: &Path, may_replace: bool) -> Result<ExitCode, CommandError> {
    let record = record::load(path)?;
    if is_same_file(path, redacted) {
        return Err(CommandError::Usage(format!(
            "{} is the record itself: its texts would be gone for ever; name another file for the copy",
            redacted.display()
        )));
    }
    if redacted.symlink_metadata().is_ok() && !may_replace {
        return Err(CommandError::Usage(format!(
            "{} is there already: name a new file for the copy, or say --force to replace it",
            redacted.display()
        )));
    }
    record::save(&record::redact(record), redacted)?;
    output::line(format_args!("Record without texts: {}", redacted.display()));
    Ok(ExitCode::SUCCESS)
}

/// Whether two paths lead to one file, by whatever links.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| path.metadata().ok().map(|file| (file.dev(), file.ino()));
    identity(one).is_some_and(|one| identity(other) == Some(one))
}

fn schema() {
    output::line(format_args!("{:#}", record::schema().to_value()));
}
