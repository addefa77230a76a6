//! The one door to standard error: progress, logs and the last word of a failed command go through it, so that nothing
//! is written into a bar and no password gets out.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::MultiProgress;
use tracing_subscriber::fmt::MakeWriter;

use crate::secrets::masked;

/// Standard error, with the bars that may be on it.
#[derive(Clone)]
pub(super) struct StandardError {
    bars: Option<MultiProgress>,
    lines: Arc<Mutex<dyn Write + Send>>,
}

impl StandardError {
    /// That of the process; with bars where `may_move` and a person looks at it.
    pub(super) fn of_process(may_move: bool) -> Self {
        Self {
            bars: (may_move && is_terminal()).then(MultiProgress::new),
            lines: Arc::new(Mutex::new(io::stderr())),
        }
    }

    #[cfg(test)]
    pub(super) fn into(lines: Arc<Mutex<dyn Write + Send>>, bars: Option<MultiProgress>) -> Self {
        Self { bars, lines }
    }

    pub(super) fn bars(&self) -> Option<&MultiProgress> {
        self.bars.as_ref()
    }

    /// Writes a line, above the bars where there are any. One that cannot be written is no reason to stop a run.
    pub(super) fn line(&self, line: &str) {
        let line = masked(line);
        let _ = if let Some(bars) = &self.bars {
            bars.println(line)
        } else {
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            writeln!(lines, "{line}")
        };
    }
}

/// Whether a person looks at standard error.
pub(super) fn is_terminal() -> bool {
    io::stderr().is_terminal()
}

/// A line of the log comes in one piece.
impl Write for StandardError {
    fn write(&mut self, log: &[u8]) -> io::Result<usize> {
        self.line(String::from_utf8_lossy(log).trim_end_matches('\n'));
        Ok(log.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for StandardError {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
