//! A streamed answer on its way: bytes in, an [`Answer`] out. Pure; who reads the socket is `stream`.

use super::assembly::Assembly;
use super::error::LlmError;
use super::generation::{Answer, Generation};
use super::ndjson::Reader;

/// One answer, as far as it has come. What it becomes depends on its bytes alone, never on how the network cuts them.
pub struct Incoming<'a> {
    reader: Reader,
    assembly: Assembly<'a>,
}

impl<'a> Incoming<'a> {
    /// The answer to `generation`; nothing of it has come.
    pub fn to(generation: &'a Generation) -> Self {
        Self {
            reader: Reader::default(),
            assembly: Assembly::of(generation),
        }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// The first thing that spoils the answer: an error of the server, a line that is none of the protocol, or more
    /// than is read of any answer.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), LlmError> {
        self.assembly.take(self.reader.push(bytes))
    }

    /// True once the server said `done`. What comes after it is of no account.
    pub fn is_done(&self) -> bool {
        self.assembly.is_done()
    }

    /// Bytes taken so far.
    pub fn received(&self) -> usize {
        self.reader.received()
    }

    /// The stream has ended: the answer, if it is a whole one.
    ///
    /// # Errors
    /// Every success that is none: cut, empty, ended for another reason than `stop`, or made from half of the prompt.
    pub fn finish(&mut self) -> Result<Answer, LlmError> {
        self.assembly.take(self.reader.finish())?;
        self.assembly.conclude()
    }
}
