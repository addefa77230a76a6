//! `bench-gate`: reads what was measured of two commits, prints Markdown and says by its exit code what follows. People
//! call it through `ci/bench-compare`.
//!
//! Exit codes: 0 nothing has grown beyond its threshold, 1 something has, 4 a threshold or an argument is no good.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bench_gate::accepted::{Accepted, NoReason};
use bench_gate::counts::{Counts, Runs};
use bench_gate::decision::{Outcome, decide};
use bench_gate::history::Entry;
use bench_gate::instructions::{InstructionsError, instructions};
use bench_gate::report::markdown;
use bench_gate::thresholds::{Thresholds, ThresholdsError};
use bench_gate::wall_time::{Times, ratios};
use clap::Parser;

const FAILED: u8 = 1;
const NO_GOOD: u8 = 4;

/// Decides from the counts of two commits whether the second one costs more.
#[derive(Debug, Parser)]
struct Arguments {
    /// What was measured of the base: a folder of counts-N.json, instructions-N.json and times-N.json.
    base: PathBuf,
    /// The same of the head.
    head: PathBuf,
    /// How much each count may grow.
    #[arg(long)]
    thresholds: PathBuf,
    /// The values of the Counts-Accepted trailers between the two commits, one a line.
    #[arg(long, default_value = "")]
    accepted: String,
    /// A sentence for the report; can be given again.
    #[arg(long)]
    note: Vec<String>,
    /// Appends the head's counts to this file.
    #[arg(long, requires = "commit")]
    history: Option<PathBuf>,
    /// The head's commit, for the history.
    #[arg(long)]
    commit: Option<String>,
}

/// What stands in the way of a decision.
#[derive(Debug, thiserror::Error)]
enum GateError {
    #[error("{path}: {cause}; expected a file or folder as ci/bench-compare writes it")]
    File {
        path: PathBuf,
        cause: std::io::Error,
    },
    #[error("{path} is not understood: {cause}; expected what the measuring program prints")]
    Json {
        path: PathBuf,
        cause: serde_json::Error,
    },
    #[error("{0} holds no counts-N.json: the measuring program has not run there")]
    Nothing(PathBuf),
    #[error(transparent)]
    Thresholds(#[from] ThresholdsError),
    #[error(transparent)]
    Instructions(#[from] InstructionsError),
    #[error(transparent)]
    Accepted(#[from] NoReason),
    #[error("the history cannot be written: {0}")]
    History(#[from] serde_json::Error),
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a report on standard output and a complaint on standard error are what this program is for"
)]
fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help is no mistake, and nobody is left to be told that it could not be printed.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { NO_GOOD } else { 0 });
        }
    };
    match gate(&arguments) {
        Ok((report, outcome)) => {
            print!("{report}");
            match outcome {
                Outcome::Passed => ExitCode::SUCCESS,
                Outcome::Failed => ExitCode::from(FAILED),
                Outcome::Undecidable => ExitCode::from(NO_GOOD),
            }
        }
        Err(error) => {
            eprintln!("bench-gate: {error}");
            ExitCode::from(NO_GOOD)
        }
    }
}

fn gate(arguments: &Arguments) -> Result<(String, Outcome), GateError> {
    let thresholds = Thresholds::parse(&read(&arguments.thresholds)?)?;
    let accepted = Accepted::parse(&arguments.accepted)?;
    let (base, head) = (
        Measured::read(&arguments.base)?,
        Measured::read(&arguments.head)?,
    );
    let decision = decide(&base.runs, &head.runs, &thresholds, &accepted);
    if let Some(path) = &arguments.history {
        let entry = Entry {
            commit: arguments.commit.clone().unwrap_or_default(),
            build: head.build.clone(),
            counts: head.runs.middle(),
        };
        append(path, &entry.line()?)?;
    }
    let ratios = ratios(&base.times, &head.times);
    Ok((
        markdown(&decision, &ratios, &arguments.note),
        decision.outcome(),
    ))
}

/// What was measured of one commit.
#[derive(Debug, Default)]
struct Measured {
    build: String,
    runs: Runs,
    times: Vec<Times>,
}

impl Measured {
    fn read(folder: &Path) -> Result<Self, GateError> {
        let counts: Vec<Counts> = parsed(folder, "counts-")?;
        let first = counts
            .first()
            .ok_or_else(|| GateError::Nothing(folder.to_owned()))?;
        let mut measured = Self {
            build: first.build.clone(),
            runs: Runs::of(&counts),
            times: parsed(folder, "times-")?,
        };
        for path in files(folder, "instructions-")? {
            let counted = instructions(&read(&path)?, &first.operations)?;
            measured.runs.add(&counted);
        }
        Ok(measured)
    }
}

fn parsed<T: serde::de::DeserializeOwned>(
    folder: &Path,
    prefix: &str,
) -> Result<Vec<T>, GateError> {
    let parse = |path: PathBuf| {
        serde_json::from_str(&read(&path)?).map_err(|cause| GateError::Json { path, cause })
    };
    files(folder, prefix)?.into_iter().map(parse).collect()
}

/// The folder's files whose names begin so, by name.
fn files(folder: &Path, prefix: &str) -> Result<Vec<PathBuf>, GateError> {
    let entries = fs::read_dir(folder).map_err(|cause| in_file(folder, cause))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|cause| in_file(folder, cause))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(prefix) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<String, GateError> {
    fs::read_to_string(path).map_err(|cause| in_file(path, cause))
}

fn append(path: &Path, line: &str) -> Result<(), GateError> {
    let opened = OpenOptions::new().create(true).append(true).open(path);
    opened
        .and_then(|mut file| file.write_all(line.as_bytes()))
        .map_err(|cause| in_file(path, cause))
}

fn in_file(path: &Path, cause: std::io::Error) -> GateError {
    GateError::File {
        path: path.to_owned(),
        cause,
    }
}
