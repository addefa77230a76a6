//! What a live run leaves in its folder: always the same files, whatever became of it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::LiveError;
use crate::judge::{Judgement, judge};
use crate::plan::Plan;
use crate::record::{self, RunRecord};
use crate::report::{self, JOB_SUMMARY};

/// Where what a run leaves is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The record; absent only where no batch came to be.
    pub record: PathBuf,
    /// The report as one HTML page.
    pub html: PathBuf,
    /// The verdicts as JUnit XML.
    pub junit: PathBuf,
    /// The report in Markdown, for a job summary.
    pub markdown: PathBuf,
    /// What was printed after the terminal was closed.
    pub output: PathBuf,
}

impl Left {
    /// Of a run with this folder.
    pub fn within(folder: &Path) -> Self {
        Self {
            record: folder.join("record.json"),
            html: folder.join("report.html"),
            junit: folder.join("junit.xml"),
            markdown: folder.join("summary.md"),
            output: folder.join("after-hangup.log"),
        }
    }

    fn all(&self) -> [&PathBuf; 5] {
        [
            &self.record,
            &self.html,
            &self.junit,
            &self.markdown,
            &self.output,
        ]
    }
}

/// Takes away what an earlier run left.
pub(super) fn clear(folder: &Path) -> Result<(), LiveError> {
    for path in Left::within(folder).all() {
        match fs::remove_file(path) {
            Err(source) if source.kind() != ErrorKind::NotFound => {
                let path = path.clone();
                return Err(LiveError::Unwritten { path, source });
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Writes the verdicts in all forms.
pub(super) fn write_judgement(
    left: &Left,
    record: &RunRecord,
    judgement: &Judgement,
) -> Result<(), LiveError> {
    write(&left.html, &report::html(record, judgement))?;
    write(&left.junit, &report::junit(record, judgement))?;
    let markdown = report::markdown(record, judgement, JOB_SUMMARY);
    write(&left.markdown, &markdown)
}

/// Writes why there is no run to judge, in all forms. Where a checkpoint was saved, that is judged: it is what is left of
/// the run.
pub(super) fn write_reason(folder: &Path, plan: &Plan, why: &str) -> Result<(), LiveError> {
    let left = Left::within(folder);
    if let Ok(checkpoint) = record::load(&left.record) {
        let judgement = judge(&checkpoint, &plan.requirements());
        return write_judgement(&left, &checkpoint, &judgement);
    }
    write(&left.html, &report::not_run_html(&plan.id, why))?;
    write(&left.junit, &report::not_run_junit(&plan.id, why))?;
    write(&left.markdown, &report::not_run_markdown(&plan.id, why))
}

fn write(path: &Path, text: &str) -> Result<(), LiveError> {
    report::replace_file(path, text).map_err(|source| LiveError::Unwritten {
        path: path.to_owned(),
        source,
    })
}
