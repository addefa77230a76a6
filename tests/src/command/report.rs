//! `batchproof report`: a saved record as a file to look at.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;

use super::{CommandError, output, plan_file};
use crate::judge::judge;
use crate::record;
use crate::report;

/// Writes the page, and says where it is and how large.
pub(super) fn report(
    path: &Path,
    by_path: Option<&Path>,
    html: &Path,
) -> Result<ExitCode, CommandError> {
    let by = plan_file::given_or_builtin(by_path)?;
    let record = record::load(path)?;
    let judgement = judge(&record, &by.requirements());
    let page = report::html(&record, &judgement);
    write(&page, html).map_err(|cause| CommandError::Report {
        path: html.to_owned(),
        cause,
    })?;
    output::line(format_args!(
        "Report: {} ({} KiB)",
        html.display(),
        page.len().div_ceil(1024)
    ));
    Ok(ExitCode::SUCCESS)
}

/// Whoever opens it finds the old page or the new one, never half of either.
fn write(page: &str, path: &Path) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".report-")
        // A report is made to be shown to others: the umask decides, not the temporary file's 0600.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    file.write_all(page.as_bytes())?;
    file.persist(path)?;
    Ok(())
}
