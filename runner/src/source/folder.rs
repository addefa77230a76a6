//! A folder of detail answers, one JSON file a posting: a fetch that needs no network and can be repeated.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::detail::{self, Origin};
use super::error::SourceError;
use super::fetched::Fetched;
use super::json;
use super::posting::StagedPosting;

/// A folder to fetch postings from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    dir: PathBuf,
    known: BTreeSet<String>,
}

impl Folder {
    /// The folder at `dir`; nothing is read yet.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            known: BTreeSet::new(),
        }
    }

    /// Passes over postings whose external ids are `known`: they were taken before.
    #[must_use]
    pub fn passing_over(self, known: BTreeSet<String>) -> Self {
        Self { known, ..self }
    }

    /// Reads the folder's `*.json` files in the order of their names until `wanted` acceptable postings are
    /// there or the files end. The files are read one after the other, in the calling task: they are few and
    /// local.
    ///
    /// After each file `on_detail` is told how many acceptable postings there are.
    ///
    /// # Errors
    ///
    /// One of the folder's variants of [`SourceError`], which names the file: a file that cannot be read as a
    /// posting is a mistake of whoever filled the folder, so it is not passed over.
    // Async like the careers site's, so that a caller can hold either.
    #[expect(
        clippy::unused_async,
        reason = "both sources are asked in the same way"
    )]
    pub async fn fetch(
        &self,
        wanted: usize,
        on_detail: &(dyn Fn(usize) + Send + Sync),
    ) -> Result<Fetched, SourceError> {
        let files = self.files()?;
        let mut fetched = Fetched {
            listed: Some(files.len()),
            ..Fetched::default()
        };
        let mut ids = HashSet::new();
        let mut acceptable = 0;
        for file in &files {
            if acceptable >= wanted {
                break;
            }
            let posting = read(file)?;
            if self.known.contains(&posting.external_id) {
                continue;
            }
            if ids.insert(posting.external_id.clone()) {
                acceptable += usize::from(posting.is_acceptable());
                fetched.postings.push(posting);
            } else {
                fetched.duplicates += 1;
            }
            on_detail(acceptable);
        }
        Ok(fetched)
    }

    fn files(&self) -> Result<Vec<PathBuf>, SourceError> {
        let dir = &self.dir;
        let unreadable = |source| unreadable(dir, source);
        let kind = fs::metadata(dir).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => SourceError::FolderMissing { dir: dir.clone() },
            _ => unreadable(error),
        })?;
        if !kind.is_dir() {
            return Err(SourceError::NotAFolder { path: dir.clone() });
        }
        let mut files = Vec::new();
        for entry in fs::read_dir(dir).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.is_file()
                && path
                    .extension()
                    .is_some_and(|extension| extension == "json")
            {
                files.push(path);
            }
        }
        if files.is_empty() {
            return Err(SourceError::FolderEmpty { dir: dir.clone() });
        }
        files.sort();
        Ok(files)
    }
}

fn read(path: &Path) -> Result<StagedPosting, SourceError> {
    let bytes = fs::read(path).map_err(|source| unreadable(path, source))?;
    let answer: Value =
        json::read(without_mark(&bytes)).map_err(|source| SourceError::BrokenJson {
            path: path.to_owned(),
            line: source.line(),
            column: source.column(),
            source,
        })?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    detail::read(answer, Origin::File(&name)).map_err(|problem| SourceError::Shape {
        place: path.display().to_string(),
        problem,
    })
}

/// Windows editors put a byte order mark before the text, which is no JSON.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn unreadable(path: &Path, source: io::Error) -> SourceError {
    SourceError::Unreadable {
        path: path.to_owned(),
        source,
    }
}
