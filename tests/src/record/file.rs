//! The record as a file. A reader finds the old record or the new one, never half of either.

use std::{
    fs::{self, File, Permissions},
    io::{self, BufWriter, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::error::Category;
use thiserror::Error;
use wave_runner::excerpt::excerpt;

use super::{
    RunRecord, SCHEMA_VERSION,
    upgrade::{OLDEST, upgrade},
};

/// A record that could not be saved.
#[derive(Debug, Error)]
#[error(
    "cannot save the record as {path}: {cause}; give another place (`run` takes it as --record FILE)"
)]
pub struct SaveError {
    path: PathBuf,
    cause: io::Error,
}

/// A record that could not be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// Nothing is there.
    #[error("there is no record at {path}: give the path that `run` printed")]
    Missing {
        /// The path given.
        path: PathBuf,
    },
    /// Something is there that cannot be read.
    #[error(
        "cannot read the record {path}: {cause}; give a file that you may read, as `run` saved it"
    )]
    Unreadable {
        /// The path given.
        path: PathBuf,
        /// The operating system's word.
        cause: io::Error,
    },
    /// It is not JSON, or breaks off.
    #[error(
        "{path} is not JSON: line {line}, column {column}: {}; expected a record that `run` saved, whole and unchanged",
        without_place(cause)
    )]
    NotJson {
        /// The path given.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the parser expected there.
        cause: serde_json::Error,
    },
    /// It is JSON of another kind.
    #[error(
        "{path} is JSON but no run record: line {line}, column {column}: {}; give the file that `run` saved (`record \
         schema` prints what is in one)",
        without_place(cause)
    )]
    NotARecord {
        /// The path given.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What the record needs there.
        cause: serde_json::Error,
    },
    /// It is a record of a shape that this version does not know.
    #[error(
        "{path} has schema_version {found}, expected {OLDEST} to {SCHEMA_VERSION}: judge it with the version of \
         batchproof that wrote it"
    )]
    OtherVersion {
        /// The path given.
        path: PathBuf,
        /// The version found.
        found: u64,
    },
    /// It says that it is a record of an earlier shape, and is not.
    #[error(
        "{path} is no run record, though it has schema_version {found}: {}; give the file as `run` saved it, \
         unchanged",
        without_place(cause)
    )]
    NotOfItsVersion {
        /// The path given.
        path: PathBuf,
        /// The version found.
        found: u64,
        /// What a record of that version needs.
        cause: serde_json::Error,
    },
}

/// What the parser says, without the place that it says last: the message has named it already. It quotes the file,
/// which may hold anything.
fn without_place(cause: &serde_json::Error) -> String {
    let place = format!(" at line {} column {}", cause.line(), cause.column());
    let said = cause.to_string();
    excerpt(said.strip_suffix(&place).unwrap_or(&said), 300)
}

/// Writes the record beside its destination, makes it durable, and only then gives it its name.
///
/// # Errors
/// When the folder cannot be written to; whatever was at `path` before is then still there, whole.
pub fn save(record: &RunRecord, path: &Path) -> Result<(), SaveError> {
    write_atomically(record, path).map_err(|cause| SaveError {
        path: path.to_owned(),
        cause,
    })
}

fn write_atomically(record: &RunRecord, path: &Path) -> io::Result<()> {
    let folder = folder_of(path);
    fs::create_dir_all(folder)?;
    let mut file = tempfile::Builder::new()
        .prefix(".record-")
        // A record is made to be shown to others: the umask decides, not the temporary file's 0600.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    let mut writer = BufWriter::new(&mut file);
    serde_json::to_writer_pretty(&mut writer, record)?;
    writer.write_all(b"\n")?;
    writer.flush()?;
    drop(writer);
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The new name is an entry of the folder, which has to reach the disk as well.
    File::open(folder)?.sync_all()
}

/// Makes sure that a record can be written to `path`, before hours of work and not after them. Writes nothing that
/// stays, and leaves what is at `path` alone.
///
/// # Errors
/// When the folder cannot be made or written to.
pub fn check_writable(path: &Path) -> Result<(), SaveError> {
    let probe = || {
        if path.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "it is a folder",
            ));
        }
        let folder = folder_of(path);
        fs::create_dir_all(folder)?;
        tempfile::tempfile_in(folder).map(drop)
    };
    probe().map_err(|cause| SaveError {
        path: path.to_owned(),
        cause,
    })
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Reads a record.
///
/// # Errors
/// When there is none, when it is not JSON or not a record, and when a later version wrote it.
pub fn load(path: &Path) -> Result<RunRecord, LoadError> {
    read(
        path,
        &fs::read(path).map_err(|cause| unreadable(path, cause))?,
    )
}

/// Reads a record from its text; `path` is where the text comes from, for messages.
///
/// # Errors
/// As [`load`], of what is read.
pub fn read(path: &Path, text: &[u8]) -> Result<RunRecord, LoadError> {
    // The version comes first: of a record in another shape, "missing field" would be the wrong thing to say.
    let Version { schema_version } = parse(path, text)?;
    if schema_version == u64::from(SCHEMA_VERSION) {
        return parse(path, text);
    }
    let (path, found) = (path.to_owned(), schema_version);
    if found < u64::from(OLDEST) || found > u64::from(SCHEMA_VERSION) {
        return Err(LoadError::OtherVersion { path, found });
    }
    let upgraded = upgrade(found, parse(&path, text)?);
    serde_json::from_value(upgraded).map_err(|cause| LoadError::NotOfItsVersion {
        path,
        found,
        cause,
    })
}

#[derive(Deserialize)]
struct Version {
    schema_version: u64,
}

fn unreadable(path: &Path, cause: io::Error) -> LoadError {
    let path = path.to_owned();
    match cause.kind() {
        io::ErrorKind::NotFound => LoadError::Missing { path },
        _ => LoadError::Unreadable { path, cause },
    }
}

fn parse<'t, T: Deserialize<'t>>(path: &Path, text: &'t [u8]) -> Result<T, LoadError> {
    serde_json::from_slice(text).map_err(|cause| {
        let (path, line, column) = (path.to_owned(), cause.line(), cause.column());
        match cause.classify() {
            Category::Data => LoadError::NotARecord {
                path,
                line,
                column,
                cause,
            },
            Category::Io | Category::Syntax | Category::Eof => LoadError::NotJson {
                path,
                line,
                column,
                cause,
            },
        }
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::judge::doctored;

    #[test]
    fn a_saved_record_is_loaded_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/record.json");
        let record = doctored::healthy();
        save(&record, &path).unwrap();
        assert_eq!(load(&path).unwrap(), record);
    }

    #[test]
    fn saving_again_replaces_the_record_and_leaves_no_other_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.json");
        save(&doctored::healthy(), &path).unwrap();
        let second = doctored::empty();
        save(&second, &path).unwrap();
        assert_eq!(load(&path).unwrap(), second);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_record_that_cannot_take_its_place_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let taken = folder.path().join("record.json");
        fs::create_dir(&taken).unwrap();
        let message = save(&doctored::empty(), &taken).unwrap_err().to_string();
        assert!(message.contains("--record FILE"), "{message}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_record_is_called_missing() {
        let error = load(Path::new("/nowhere/record.json")).unwrap_err();
        assert!(matches!(error, LoadError::Missing { .. }), "{error}");
    }

    #[test]
    fn text_that_breaks_off_is_not_json_and_says_where() {
        let error = load_text("{\n  \"schema_version\": 1,\n  \"batch").unwrap_err();
        assert!(
            matches!(error, LoadError::NotJson { line: 3, .. }),
            "{error}"
        );
    }

    #[test]
    fn json_of_another_kind_is_told_from_broken_json() {
        let error = load_text("{\"verdicts\": []}").unwrap_err();
        assert!(matches!(error, LoadError::NotARecord { .. }), "{error}");
    }

    #[test]
    fn a_place_is_said_once_and_then_what_to_do() {
        for text in ["{\"verdicts\": []}", "{\n  \"schema_version\": 1,\n"] {
            let message = load_text(text).unwrap_err().to_string();
            assert_eq!(message.matches("line").count(), 1, "{message}");
            assert!(message.contains("that `run` saved"), "{message}");
        }
        let folder = tempfile::tempdir().unwrap();
        let message = load(folder.path()).unwrap_err().to_string();
        assert!(message.contains("; give a file"), "{message}");
    }

    #[test]
    fn another_schema_version_is_named_before_its_fields_are_missed() {
        let error = load_text("{\"schema_version\": 7}").unwrap_err();
        assert!(
            matches!(error, LoadError::OtherVersion { found: 7, .. }),
            "{error}"
        );
    }

    #[test]
    fn an_earlier_schema_version_with_a_field_missing_is_no_record_and_is_not_called_another_version()
     {
        let error = load_text("{\"schema_version\": 1}").unwrap_err();
        assert!(
            matches!(error, LoadError::NotOfItsVersion { found: 1, .. }),
            "{error}"
        );
        let error = load_text("{\"schema_version\": 0}").unwrap_err();
        assert!(
            matches!(error, LoadError::OtherVersion { found: 0, .. }),
            "{error}"
        );
    }

    #[test]
    fn this_schema_version_with_a_field_missing_is_no_record() {
        let error = load_text(&format!("{{\"schema_version\": {SCHEMA_VERSION}}}")).unwrap_err();
        assert!(error.to_string().contains("missing field"), "{error}");
    }

    fn load_text(text: &str) -> Result<RunRecord, LoadError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.json");
        fs::write(&path, text).unwrap();
        load(&path)
    }
}
