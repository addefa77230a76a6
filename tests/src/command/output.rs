//! What commands print on standard output, without the secrets of any address in it.
//!
//! Whoever pipes it into `head` has seen enough at some point and closes the pipe. That is no failure: the exit code
//! tells how it went all the same.

use std::fmt::Display;
use std::io::{ErrorKind, Write, stdout};

use crate::secrets::masked;

/// Prints a text and ends its line.
pub(super) fn line(text: impl Display) {
    write(&format!("{text}\n"));
}

/// Prints a text as it is.
pub(super) fn text(text: impl Display) {
    write(&text.to_string());
}

fn write(text: &str) {
    match stdout().write_all(masked(text).as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            tracing::error!("standard output cannot be written: {error}");
        }
        Ok(()) | Err(_) => {}
    }
}
