//! Records that come with the program: of runs that others published.

use std::path::Path;

use fixtures::records::{NOVEMBER_2025, RUN_195};

use super::file::read;
use super::{LoadError, RunRecord, load};

/// Names and texts of the records that come with the program.
pub const PUBLISHED: [(&str, &str); 2] = [("november-2025", NOVEMBER_2025), ("run-195", RUN_195)];

/// Reads a record from a file or, where there is no such file, one that comes with the program by its name.
///
/// # Errors
/// As [`load`].
pub fn load_or_published(name: &Path) -> Result<RunRecord, LoadError> {
    let published = PUBLISHED
        .iter()
        .find(|(known, _)| name == Path::new(known))
        .filter(|_| !name.exists());
    match published {
        Some((_, text)) => read(name, text.as_bytes()),
        None => load(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::november_2025::november_2025;
    use crate::record::run_195::run_195;

    #[test]
    fn every_record_that_comes_with_the_program_is_there_by_its_name() {
        let loaded = |name: &str| load_or_published(Path::new(name)).unwrap();
        assert!(loaded("november-2025") == november_2025());
        assert!(loaded("run-195") == run_195());
    }

    #[test]
    fn another_name_is_a_files() {
        let missing = load_or_published(Path::new("run-196")).unwrap_err();
        assert!(matches!(missing, LoadError::Missing { .. }), "{missing}");
    }
}
