//! Arguments of the commands that tell of records in other forms: reports, comparisons, analyses.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::TypedAddress;

/// Arguments of `report`.
#[derive(Debug, Clone, Args)]
pub struct ReportArguments {
    /// The record.
    pub record: PathBuf,
    /// The plan to judge by, in Markdown [default: the built-in one].
    #[arg(long, value_name = "PLAN")]
    pub plan: Option<PathBuf>,
    /// Write one HTML page, which needs no network: verdicts in their tiers, a timeline, durations.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write Markdown for the job summary of a CI system, under 1 MiB; without a file, or with -, to standard output.
    #[arg(long, value_name = "FILE", num_args = 0..=1, default_missing_value = "-")]
    pub markdown: Option<PathBuf>,
    /// Write JUnit XML: a suite a family, a test a criterion; with -, to standard output.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

impl ReportArguments {
    /// Whether no form was asked for.
    pub(in crate::command) fn is_of_no_form(&self) -> bool {
        self.html.is_none() && self.markdown.is_none() && self.junit.is_none()
    }
}

/// Arguments of `compare`.
#[derive(Debug, Clone, Args)]
pub struct CompareArguments {
    /// The first record, or `november-2025` or `run-195`: published runs that come with the program.
    #[arg(value_name = "A")]
    pub before: PathBuf,
    /// The second record, or one of those names.
    #[arg(value_name = "B")]
    pub after: PathBuf,
    /// The plan to judge both by, in Markdown [default: the built-in one].
    #[arg(long, value_name = "PLAN")]
    pub plan: Option<PathBuf>,
}

/// What can be analysed.
#[derive(Debug, Subcommand)]
pub enum AnalyseCommand {
    /// How long each step took: number, mean, median, 95 %, least, greatest, total, share.
    Performance(Analysed),
    /// The ten steps and the ten interactions with the most time, and what a faster model would save.
    Bottlenecks(Analysed),
    /// What failed, by step, class and message.
    Failures(Analysed),
}

/// What is analysed.
#[derive(Debug, Clone, Args)]
pub struct Analysed {
    /// The record.
    #[arg(conflicts_with = "database_url")]
    pub record: Option<PathBuf>,
    /// A database instead: a batch as it stands there.
    #[arg(long, value_name = "URL")]
    pub database_url: Option<TypedAddress>,
    /// The batch [default: the latest of the database].
    #[arg(long, value_name = "ID", requires = "database_url")]
    pub batch: Option<i64>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
