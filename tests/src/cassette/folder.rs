//! A cassette on disk: a manifest, and the exchanges, a line each.
//!
//! The manifest says "recording" until the last exchange is on disk; the whole one then takes its place at once. So a run
//! that dies, however it does, leaves a cassette that says that it is not whole.

use std::fs::{self, File, Permissions};
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::scrub::scrubbed_posting;
use super::{CassetteError, FORMAT, MadeWith, Manifest, Recorded, State};

/// The file that says what a cassette is.
pub(super) const MANIFEST: &str = "cassette.json";
/// The file with the exchanges.
const EXCHANGES: &str = "exchanges.ndjson";
/// The folder with the postings, where these came from a folder.
const POSTINGS: &str = "postings";

/// A whole cassette.
#[derive(Debug)]
pub struct Cassette {
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// SHA-256 (hex) of its exchanges.
    pub sha256: String,
    /// What it was made with.
    pub made_with: MadeWith,
    /// Its exchanges.
    pub recorded: Vec<Recorded>,
}

/// Where a cassette keeps postings that came from a folder.
pub fn postings_of(dir: &Path) -> PathBuf {
    dir.join(POSTINGS)
}

impl Cassette {
    /// Reads a cassette.
    ///
    /// # Errors
    /// When there is none, when it is not whole, or not what it was.
    pub fn open(dir: &Path) -> Result<Self, CassetteError> {
        let manifest = read_manifest(dir)?;
        let incomplete = |why: String| CassetteError::Incomplete {
            dir: dir.to_owned(),
            why,
        };
        let (exchanges, sha256, made_with) = match manifest.state {
            State::Complete {
                exchanges,
                sha256,
                made_with,
            } => (exchanges, sha256, made_with),
            State::Incomplete { why } => return Err(incomplete(why)),
            State::Recording => {
                let why = "its run is still under way, or died";
                return Err(incomplete(why.to_owned()));
            }
        };
        let (recorded, found) = read_exchanges(&dir.join(EXCHANGES))?;
        if found != sha256 {
            let told = |count: u64, hash: &str| format!("{count} exchanges with the hash {hash}");
            return Err(CassetteError::Damaged {
                dir: dir.to_owned(),
                expected: told(exchanges, &sha256),
                found: told(recorded.len() as u64, &found),
            });
        }
        Ok(Self {
            recorded_at: manifest.recorded_at,
            sha256,
            made_with: *made_with,
            recorded,
        })
    }
}

/// What can be read of any manifest.
#[derive(Deserialize)]
struct Head {
    format: u64,
    #[serde(default)]
    batchproof: String,
}

fn read_manifest(dir: &Path) -> Result<Manifest, CassetteError> {
    let path = dir.join(MANIFEST);
    let text = fs::read_to_string(&path).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => CassetteError::Missing {
            dir: dir.to_owned(),
        },
        _ => unreadable(&path, &cause),
    })?;
    let head: Head = serde_json::from_str(&text).map_err(|cause| unreadable(&path, &cause))?;
    if head.format != u64::from(FORMAT) {
        return Err(CassetteError::OtherFormat {
            dir: dir.to_owned(),
            found: head.format,
            version: head.batchproof,
        });
    }
    serde_json::from_str(&text).map_err(|cause| unreadable(&path, &cause))
}

fn unreadable(path: &Path, why: &dyn std::error::Error) -> CassetteError {
    CassetteError::Unreadable {
        path: path.to_owned(),
        why: why.to_string(),
    }
}

fn read_exchanges(path: &Path) -> Result<(Vec<Recorded>, String), CassetteError> {
    let file = File::open(path).map_err(|cause| unreadable(path, &cause))?;
    let mut reader = BufReader::new(file);
    let mut hash = Sha256::new();
    let mut recorded = Vec::new();
    let mut line = String::new();
    while reader
        .read_line(&mut line)
        .map_err(|cause| unreadable(path, &cause))?
        > 0
    {
        hash.update(&line);
        let exchange = serde_json::from_str(&line).map_err(|cause| CassetteError::Unreadable {
            path: path.to_owned(),
            why: format!("line {}: {cause}", recorded.len() + 1),
        })?;
        recorded.push(exchange);
        line.clear();
    }
    Ok((recorded, format!("{:x}", hash.finalize())))
}

/// A cassette under way.
#[derive(Debug)]
pub(super) struct Writer {
    dir: PathBuf,
    recorded_at: DateTime<Utc>,
    exchanges: File,
    hash: Sha256,
    count: u64,
}

impl Writer {
    /// Begins a cassette in a folder of its own.
    pub(super) fn begin(dir: &Path, recorded_at: DateTime<Utc>) -> Result<Self, CassetteError> {
        let unwritable = |cause| unwritable(dir, cause);
        fs::create_dir_all(dir).map_err(unwritable)?;
        if fs::read_dir(dir).map_err(unwritable)?.next().is_some() {
            return Err(CassetteError::Occupied {
                dir: dir.to_owned(),
            });
        }
        let path = dir.join(EXCHANGES);
        let exchanges = File::create(&path).map_err(|cause| self::unwritable(&path, cause))?;
        let writer = Self {
            dir: dir.to_owned(),
            recorded_at,
            exchanges,
            hash: Sha256::new(),
            count: 0,
        };
        writer.label(State::Recording)?;
        Ok(writer)
    }

    /// The number of the next exchange.
    pub(super) fn next_number(&self) -> u64 {
        self.count
    }

    /// Writes an exchange behind the others.
    pub(super) fn append(&mut self, recorded: &Recorded) -> Result<(), CassetteError> {
        let path = self.dir.join(EXCHANGES);
        let mut line =
            serde_json::to_string(recorded).map_err(|cause| unreadable(&path, &cause))?;
        line.push('\n');
        let written = self.exchanges.write_all(line.as_bytes());
        written.map_err(|cause| unwritable(&path, cause))?;
        self.hash.update(&line);
        self.count += 1;
        Ok(())
    }

    /// Says that everything is there.
    pub(super) fn complete(&self, made_with: MadeWith) -> Result<(), CassetteError> {
        let path = self.dir.join(EXCHANGES);
        let synced = self.exchanges.sync_all();
        synced.map_err(|cause| unwritable(&path, cause))?;
        self.label(State::Complete {
            exchanges: self.count,
            sha256: format!("{:x}", self.hash.clone().finalize()),
            made_with: Box::new(made_with),
        })
    }

    /// Says what is missing.
    pub(super) fn give_up(&self, why: String) -> Result<(), CassetteError> {
        self.label(State::Incomplete { why })
    }

    /// Writes the manifest beside its destination, makes it durable, and only then gives it its name.
    fn label(&self, state: State) -> Result<(), CassetteError> {
        let manifest = Manifest {
            format: FORMAT,
            batchproof: env!("CARGO_PKG_VERSION").to_owned(),
            recorded_at: self.recorded_at,
            state,
        };
        let path = self.dir.join(MANIFEST);
        let write = || {
            let mut file = tempfile::Builder::new()
                .prefix(".cassette-")
                .permissions(Permissions::from_mode(0o666))
                .tempfile_in(&self.dir)?;
            serde_json::to_writer_pretty(&mut file, &manifest)?;
            file.write_all(b"\n")?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            File::open(&self.dir)?.sync_all()
        };
        write().map_err(|cause: io::Error| unwritable(&path, cause))
    }
}

fn unwritable(path: &Path, cause: io::Error) -> CassetteError {
    CassetteError::Unwritable {
        path: path.to_owned(),
        cause,
    }
}

/// Copies the postings of a folder into a cassette, scrubbed, and answers with where they are. What is no JSON is copied as
/// it is: whoever reads the folder says so.
pub(super) fn copy_postings(from: &Path, dir: &Path) -> Result<PathBuf, CassetteError> {
    let to = postings_of(dir);
    fs::create_dir_all(&to).map_err(|cause| unwritable(&to, cause))?;
    // A folder that cannot be read is told by whoever fetches from it.
    for entry in fs::read_dir(from).into_iter().flatten().flatten() {
        let path = entry.path();
        if !path.is_file() || path.extension().is_none_or(|it| it != "json") {
            continue;
        }
        let bytes = fs::read(&path).map_err(|cause| unreadable(&path, &cause))?;
        let bytes = match serde_json::from_slice(&bytes) {
            Ok(posting) => scrubbed_posting(posting).to_string().into_bytes(),
            Err(_) => bytes,
        };
        let copy = to.join(entry.file_name());
        fs::write(&copy, bytes).map_err(|cause| unwritable(&copy, cause))?;
    }
    Ok(to)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::cassette::{Party, StepPrint};
    use crate::judge::doctored;
    use crate::record::{ExchangeEnd, SCHEMA_VERSION};
    use crate::witness::Passed;

    fn made_with() -> MadeWith {
        let record = doctored::healthy_of(1);
        let workflow = wave_runner::workflow::Workflow::builtin();
        MadeWith {
            record_schema: SCHEMA_VERSION,
            plan: record.plan,
            workflow_id: workflow.id,
            workflow_hash: workflow.hash.clone(),
            steps: StepPrint::of_all(&workflow),
            models: BTreeMap::new(),
            mode: record.mode,
            batch_size: 1,
            seed: 42,
            slots: 1,
            gpu_memory: None,
            site: None,
            passed_over: std::collections::BTreeSet::new(),
        }
    }

    fn recorded(number: u64) -> Recorded {
        let passed = Passed {
            server: "s".to_owned(),
            method: "GET".to_owned(),
            path: "/api/version".to_owned(),
            request: Vec::new(),
            status: Some(200),
            headers: Vec::new(),
            answer: br#"{"version":"0.12.6"}"#.to_vec(),
            sent_at: DateTime::UNIX_EPOCH,
            first_byte_at: None,
            last_byte_at: None,
            ended: ExchangeEnd::Completed,
        };
        Recorded::of(number, Party::ModelServer, &passed)
    }

    fn begun() -> (tempfile::TempDir, Writer) {
        let dir = tempfile::tempdir().unwrap();
        let writer = Writer::begin(dir.path(), DateTime::UNIX_EPOCH).unwrap();
        (dir, writer)
    }

    #[test]
    fn a_whole_cassette_is_read_as_it_was_written() {
        let (dir, mut writer) = begun();
        for number in 0..3 {
            assert_eq!(writer.next_number(), number);
            writer.append(&recorded(number)).unwrap();
        }
        writer.complete(made_with()).unwrap();
        let cassette = Cassette::open(dir.path()).unwrap();
        assert_eq!(cassette.recorded, [recorded(0), recorded(1), recorded(2)]);
        assert_eq!(cassette.made_with, made_with());
    }

    #[test]
    fn until_its_end_a_cassette_is_incomplete_and_every_exchange_is_on_disk() {
        let (dir, mut writer) = begun();
        writer.append(&recorded(0)).unwrap();
        let refusal = Cassette::open(dir.path()).unwrap_err();
        assert!(
            matches!(refusal, CassetteError::Incomplete { .. }),
            "{refusal}"
        );
        let text = fs::read_to_string(dir.path().join(EXCHANGES)).unwrap();
        assert_eq!(text.lines().count(), 1);
    }

    #[test]
    fn a_cassette_whose_exchanges_were_changed_is_refused() {
        let (dir, mut writer) = begun();
        writer.append(&recorded(0)).unwrap();
        writer.complete(made_with()).unwrap();
        let path = dir.path().join(EXCHANGES);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("0.12.6", "0.13.0")).unwrap();
        let refusal = Cassette::open(dir.path()).unwrap_err();
        assert!(
            matches!(refusal, CassetteError::Damaged { .. }),
            "{refusal}"
        );
    }

    #[test]
    fn a_cassette_of_another_format_names_who_wrote_it() {
        let (dir, writer) = begun();
        writer.complete(made_with()).unwrap();
        let path = dir.path().join(MANIFEST);
        fs::write(
            &path,
            r#"{"format": 9, "batchproof": "7.0.0", "tracks": []}"#,
        )
        .unwrap();
        let refusal = Cassette::open(dir.path()).unwrap_err().to_string();
        assert!(
            refusal.contains("format 9") && refusal.contains("7.0.0"),
            "{refusal}"
        );
    }

    #[test]
    fn a_file_where_a_folder_should_be_is_no_cassette() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let refusal = Cassette::open(file.path()).unwrap_err();
        assert!(
            matches!(refusal, CassetteError::Missing { .. }),
            "{refusal}"
        );
        assert!(Writer::begin(file.path(), DateTime::UNIX_EPOCH).is_err());
    }
}
