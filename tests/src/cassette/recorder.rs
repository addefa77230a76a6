//! Keeps what passes the witnesses.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::folder::{self, Writer};
use super::{CassetteError, MadeWith, Party, Recorded};
use crate::witness::{Passed, Tape};

/// Keeps what passes the witnesses of one run, each exchange as it ends.
#[derive(Debug)]
pub struct Recorder {
    dir: PathBuf,
    state: Mutex<Recording>,
}

#[derive(Debug)]
struct Recording {
    writer: Writer,
    /// How many questions to models were kept.
    generations: usize,
    /// Why not everything was.
    failed: Option<String>,
}

impl Recorder {
    /// Begins a cassette in a new or empty folder.
    ///
    /// # Errors
    /// When something is there already, or nothing can be written.
    pub fn begin(dir: &Path, recorded_at: DateTime<Utc>) -> Result<Self, CassetteError> {
        let writer = Writer::begin(dir, recorded_at)?;
        Ok(Self {
            dir: dir.to_owned(),
            state: Mutex::new(Recording {
                writer,
                generations: 0,
                failed: None,
            }),
        })
    }

    /// What is given to a witness before `party`.
    pub fn tape(self: &Arc<Self>, party: Party) -> Arc<dyn Tape> {
        Arc::new(Track {
            recorder: Arc::clone(self),
            party,
        })
    }

    /// Copies a folder of postings into the cassette and answers with the copy, which the run is to read.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn copy_postings(&self, from: &Path) -> Result<PathBuf, CassetteError> {
        folder::copy_postings(from, &self.dir)
    }

    /// How many questions to models were kept so far.
    pub fn generations(&self) -> usize {
        self.recording().generations
    }

    /// Says that the run is over and its cassette whole, unless something could not be kept.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn complete(&self, made_with: MadeWith) -> Result<(), CassetteError> {
        let recording = self.recording();
        match &recording.failed {
            Some(why) => recording.writer.give_up(why.clone()),
            None => recording.writer.complete(made_with),
        }
    }

    /// Says that the run ended before everything was there.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn give_up(&self, why: String) -> Result<(), CassetteError> {
        self.recording().writer.give_up(why)
    }

    fn keep(&self, party: Party, passed: &Passed) -> Vec<u8> {
        let mut recording = self.recording();
        let number = recording.writer.next_number();
        let recorded = Recorded::of(number, party, passed);
        recording.generations += usize::from(recorded.request.is_generation());
        if let Err(error) = recording.writer.append(&recorded) {
            tracing::error!(%error, "an exchange could not be kept; the cassette will not be whole");
            recording.failed.get_or_insert(error.to_string());
        }
        recorded
            .answer
            .map(|it| it.body.bytes())
            .unwrap_or_default()
    }

    /// A line is written whole or not at all, and a panic elsewhere has spoiled none.
    fn recording(&self) -> MutexGuard<'_, Recording> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one witness is given.
#[derive(Debug)]
struct Track {
    recorder: Arc<Recorder>,
    party: Party,
}

impl Tape for Track {
    fn keep(&self, passed: &Passed) -> Vec<u8> {
        self.recorder.keep(self.party, passed)
    }
}
