//! A suite that outlives its terminal. Whatever prints afterwards would fail, and a test harness that cannot print ends
//! before its last words; so its words go into a file from then on.

use std::convert::Infallible;
use std::fs::{File, OpenOptions};
use std::io::IsTerminal;
use std::path::Path;

use tokio::signal::unix::{SignalKind, signal};

/// Waits for a SIGHUP, and puts the file where the closed terminal was. Never returns.
pub(super) async fn outlive(output: &Path) -> Infallible {
    if let Ok(mut hangup) = signal(SignalKind::hangup()) {
        while hangup.recv().await.is_some() {
            if let Err(error) = replace_terminal(output) {
                tracing::warn!(%error, "what is printed from here on is lost");
            }
        }
    }
    std::future::pending().await
}

/// Only what is a terminal is replaced: a file or a pipe is there all the same.
fn replace_terminal(output: &Path) -> std::io::Result<()> {
    let file: File = OpenOptions::new().create(true).append(true).open(output)?;
    if std::io::stdout().is_terminal() {
        rustix::stdio::dup2_stdout(&file)?;
    }
    if std::io::stderr().is_terminal() {
        rustix::stdio::dup2_stderr(&file)?;
    }
    Ok(())
}
