//! `batchproof`: the only binary of the workspace.

use std::process::ExitCode;

use batchproof::command::{Arguments, carry_out};
use clap::Parser;
use clap::error::ErrorKind;
use tracing_subscriber::EnvFilter;

/// Exit code of a command line that cannot be read. Clap's own 2 means "not judgeable" here.
const USAGE: u8 = 4;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage(&error),
    };
    listen(arguments.verbose);
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return refuse(&format!("the runtime cannot start: {error}"), 5),
    };
    match runtime.block_on(carry_out(arguments)) {
        Ok(code) => code,
        Err(error) => {
            tell(&error.story());
            error.code()
        }
    }
}

/// Prints what clap has to say; asking for help is no mistake.
fn usage(error: &clap::Error) -> ExitCode {
    // Nothing is left to do when even this cannot be printed.
    let _ = error.print();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => ExitCode::SUCCESS,
        _ => ExitCode::from(USAGE),
    }
}

fn refuse(message: &str, code: u8) -> ExitCode {
    tell(message);
    ExitCode::from(code)
}

#[expect(clippy::print_stderr, reason = "the last word of a failed command")]
fn tell(message: &str) {
    eprintln!("batchproof: {message}");
}

/// Messages of the parts, on standard error: warnings, more with `-v`, or what `RUST_LOG` says.
fn listen(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let chosen = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new(format!(
            "off,batchproof={level},wave_runner={level},fixtures={level}"
        ))
    });
    tracing_subscriber::fmt()
        .with_env_filter(chosen)
        .with_writer(std::io::stderr)
        .init();
}
