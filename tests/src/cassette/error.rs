//! What keeps a cassette from being recorded or replayed.

use std::io;
use std::path::PathBuf;

use super::{FORMAT, Stale};

/// What keeps a cassette from being recorded or replayed.
#[derive(Debug, thiserror::Error)]
pub enum CassetteError {
    /// Nothing is there.
    #[error(
        "there is no cassette in {}: expected a folder that `run --cassette` wrote, with a {}; give another folder, or \
         record one", dir.display(), super::folder::MANIFEST
    )]
    Missing {
        /// The folder given.
        dir: PathBuf,
    },
    /// Something is there that cannot be read.
    #[error("the cassette's {} cannot be read: {why}; give a folder as `run --cassette` wrote it, unchanged", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// Another version wrote it.
    #[error(
        "the cassette in {} has format {found}, expected {FORMAT}: replay it with the version of batchproof that recorded \
         it ({version}), or record it again into another folder", dir.display()
    )]
    OtherFormat {
        /// The folder.
        dir: PathBuf,
        /// The format found.
        found: u64,
        /// Who wrote it.
        version: String,
    },
    /// Its recording did not come to its end.
    #[error(
        "the cassette in {} is incomplete: {why}. A replay would break off where it does; remove it and record it again",
        dir.display()
    )]
    Incomplete {
        /// The folder.
        dir: PathBuf,
        /// What it lacks.
        why: String,
    },
    /// Its exchanges are not those that were recorded.
    #[error(
        "the cassette in {} was changed: expected {expected}, found {found}; take it as it was recorded, or record it again",
        dir.display()
    )]
    Damaged {
        /// The folder.
        dir: PathBuf,
        /// What its manifest says.
        expected: String,
        /// What is there.
        found: String,
    },
    /// It was made with something else than what is there now.
    #[error(
        "the cassette in {} is stale, its requests would not be asked any more: {}. Record it again: {cure}",
        dir.display(), in_a_row(causes)
    )]
    Stale {
        /// The folder.
        dir: PathBuf,
        /// What differs.
        causes: Vec<Stale>,
        /// The command that records it again.
        cure: String,
    },
    /// A request has no recording.
    #[error("{0}")]
    Missed(String),
    /// It would be written over.
    #[error(
        "expected a new or an empty folder for the cassette, found files in {}; name another, or remove it first",
        dir.display()
    )]
    Occupied {
        /// The folder.
        dir: PathBuf,
    },
    /// It cannot be written.
    #[error("the cassette cannot be written to {}: {cause}; name another folder", path.display())]
    Unwritable {
        /// What was to be written.
        path: PathBuf,
        /// The operating system's word.
        cause: io::Error,
    },
}

impl CassetteError {
    /// Whether another folder, another cassette or other arguments are needed: the world is not to blame.
    pub fn is_input(&self) -> bool {
        match self {
            Self::Missing { .. }
            | Self::Unreadable { .. }
            | Self::OtherFormat { .. }
            | Self::Incomplete { .. }
            | Self::Damaged { .. }
            | Self::Stale { .. }
            | Self::Occupied { .. } => true,
            Self::Missed(_) | Self::Unwritable { .. } => false,
        }
    }
}

fn in_a_row(causes: &[Stale]) -> String {
    let told: Vec<String> = causes.iter().map(ToString::to_string).collect();
    told.join("; ")
}
