//! A plan from a file, and what can be wrong with it.

use std::path::{Path, PathBuf};

use wave_runner::workflow::Workflow;

use crate::plan::{Place, Plan, PlanError};

/// Why a file is no plan that can be run or judged by.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// It cannot be opened.
    #[error(
        "the plan {} cannot be read: {source}; give the path of a plan in Markdown",
        path.display()
    )]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no text.
    #[error("the plan {} is not UTF-8 from {place} on: save it as UTF-8", path.display())]
    NotText {
        /// Which.
        path: PathBuf,
        /// The first byte that no text has there.
        place: Place,
    },
    /// It is no plan.
    #[error("{}:{}:{}: {}", path.display(), error.place.line, error.place.column, error.what)]
    NoPlan {
        /// Which.
        path: PathBuf,
        /// What is wrong, and where.
        error: Box<PlanError>,
    },
    /// It is a plan for something else.
    #[error("the plan {} is for workflow {found}, and this version knows {known} alone: write workflow = {known} if that is \
         meant", path.display())]
    OtherWorkflow {
        /// Which.
        path: PathBuf,
        /// Whose plan it is.
        found: u32,
        /// What there is.
        known: i32,
    },
}

/// The plan that was named, or the built-in one.
pub(super) fn given_or_builtin(path: Option<&Path>) -> Result<Plan, PlanFileError> {
    path.map_or_else(|| Ok(Plan::builtin()), load)
}

/// Reads a plan for the workflow that there is.
fn load(path: &Path) -> Result<Plan, PlanFileError> {
    let path_of = || path.to_owned();
    let plan = Plan::parse(&read(path)?).map_err(|error| PlanFileError::NoPlan {
        path: path_of(),
        error: Box::new(error),
    })?;
    let known = Workflow::builtin().id;
    if i64::from(plan.workflow) != i64::from(known) {
        return Err(PlanFileError::OtherWorkflow {
            path: path_of(),
            found: plan.workflow,
            known,
        });
    }
    Ok(plan)
}

/// The text of a plan, with lines that end as they do here: what an editor under Windows adds says nothing, and the
/// same plan keeps its hash. No finding moves by it, for what goes stands at the beginning or at the ends of lines.
pub(super) fn read(path: &Path) -> Result<String, PlanFileError> {
    let bytes = std::fs::read(path).map_err(|source| PlanFileError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..valid]);
        PlanFileError::NotText {
            path: path.to_owned(),
            place: Place::of(&before, valid),
        }
    })?;
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text);
    Ok(text.replace("\r\n", "\n"))
}

const BYTE_ORDER_MARK: char = '\u{feff}';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_that_was_saved_under_windows_is_the_same_plan() {
        let saved = |text: String| {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), text).unwrap();
            load(file.path()).unwrap()
        };
        let windows = format!(
            "\u{feff}{}",
            fixtures::plans::BATCH_50.replace('\n', "\r\n")
        );
        assert_eq!(saved(windows), Plan::builtin());
        let changed = fixtures::plans::BATCH_50.replace("260s", "261s");
        assert_ne!(saved(changed), Plan::builtin());
    }
}
