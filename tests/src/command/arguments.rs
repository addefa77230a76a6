//! The arguments, as clap reads them.

mod address;
mod forms;

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use url::Url;

pub(super) use self::address::TypedAddress;
pub(super) use self::forms::{AnalyseCommand, Analysed, CompareArguments, ReportArguments};
use super::bytes::parse_bytes;
use super::duration::parse_duration;
use super::telling::TellingArguments;

/// Runs a batch of LLM work, keeps the evidence, and judges it against a written plan.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXIT_CODES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// How much is told, and in which form.
    #[command(flatten)]
    pub telling: TellingArguments,
}

impl Arguments {
    /// The arguments of this process.
    ///
    /// # Errors
    /// When they cannot be read, do not go together, or only ask for help.
    pub fn of_process() -> Result<Self, clap::Error> {
        Self::read(env::args_os())
    }

    /// What stands before and behind a subcommand is read apart, so that clap does not see that it does not go together.
    fn read(line: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let arguments = Self::try_parse_from(line)?;
        if arguments.telling.quiet && arguments.telling.verbose > 0 {
            let why = "--quiet and --verbose contradict each other; say one of them, or neither";
            return Err(Self::command().error(ErrorKind::ArgumentConflict, why));
        }
        Ok(arguments)
    }
}

const EXIT_CODES: &str = "\
Exit codes, the first that applies:
  4    bad plan, input or usage    5  no Postgres, no model server, no careers site, or the batch broke off
  130  interrupted, or not over    3  the run is invalid: its evidence contradicts itself
  1    a criterion is missed       2  a must criterion cannot be judged in this mode
  0    no must is missed or left unjudged, and no should is missed";

/// What can be asked for.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fetch, promote, execute and judge a batch.
    Run(Box<RunArguments>),
    /// Work on a batch of another process, from this machine or another.
    ///
    /// Ends with 0 when every posting of the batch is final, whoever brought it there, and with 130 when interrupted.
    /// What it saw is in the record of whoever runs the batch.
    Work(Box<WorkArguments>),
    /// Look whether everything is ready for a run: GPU, model servers, models, database, disk, memory, watchdog, clock.
    ///
    /// Nothing is changed. Each check is a row, and beneath it what to do. Exits with 0 when nothing blocks a run, and with
    /// 5 when something does.
    Preflight(PreflightArguments),
    /// Only fetch postings into staging.
    Fetch(FetchArguments),
    /// Only promote staged postings, exactly as many as asked for.
    Promote(PromoteArguments),
    /// Look once for interactions that run too long or lost their worker, and put things right.
    ///
    /// Exits with 0 when there was nothing to do, and prints nothing then; with 1 when it stepped in, or would have
    /// with --dry-run. Each interaction is a line: batch, run, posting, step, age, worker.
    Watchdog(WatchdogArguments),
    /// Watch a batch, wherever it runs: progress, data, waves, what is running, the time that is left.
    ///
    /// It reads the database and the model servers only. `q`, Escape and Ctrl-C quit. Without --batch it takes the newest
    /// unfinished batch, else the newest, and changes over when a newer one begins.
    Monitor(MonitorArguments),
    /// Judge a saved record again, offline.
    Judge {
        /// The record.
        record: PathBuf,
        /// The plan to judge by, in Markdown [default: the built-in one]. With it the verdicts that change are listed.
        #[arg(long, value_name = "FILE")]
        plan: Option<PathBuf>,
    },
    /// Write the verdicts of a saved record in a form that others read: one HTML page, Markdown, JUnit.
    ///
    /// Without a form they are printed as by `judge`. The exit code is 0 whatever the verdicts are: `judge` has theirs.
    Report(ReportArguments),
    /// Tell what the difference between two records proves: what is certain, and what so few tries cannot show.
    ///
    /// Each criterion and each step of both is compared, and what is not comparable is said first. `record diff` tells
    /// what differs, and two runs always differ.
    Compare(CompareArguments),
    /// Analyse a record, or a batch in a database, also while it runs: where the time went, what failed.
    Analyse {
        /// Which analysis.
        #[command(subcommand)]
        command: AnalyseCommand,
    },
    /// Look at saved records.
    Record {
        /// What to do with them.
        #[command(subcommand)]
        command: RecordCommand,
    },
    /// Look at a plan.
    Plan {
        /// What to do with it.
        #[command(subcommand)]
        command: PlanCommand,
    },
    /// Look at the workflow.
    Workflow {
        /// What to do with it.
        #[command(subcommand)]
        command: WorkflowCommand,
    },
}

/// What can be done with saved records.
#[derive(Debug, Subcommand)]
pub enum RecordCommand {
    /// Tell what is in a record: where it comes from, what was run, how many rows of what.
    Show {
        /// The record.
        record: PathBuf,
    },
    /// Tell what differs between two records: set-up, verdicts, postings, answers, the time each step took.
    ///
    /// Both are judged by one plan. Exits with 0 when every criterion stands the same in both and the evidence is as valid,
    /// and with 1 when not; a value that differs within its tier is told and does not count.
    Diff {
        /// The first record.
        before: PathBuf,
        /// The second record.
        after: PathBuf,
        /// The plan to judge both by, in Markdown [default: the built-in one].
        #[arg(long, value_name = "FILE")]
        plan: Option<PathBuf>,
    },
    /// Write a copy without the texts of postings and answers.
    ///
    /// A hash stands for each text, so that what was equal still is. Ids, titles and places of postings, scores,
    /// times and the words of enumerations stay. Criteria that need texts cannot be judged by the copy.
    Redact {
        /// The record.
        record: PathBuf,
        /// Where the copy goes: not the record itself.
        redacted: PathBuf,
        /// Replace what is there.
        #[arg(long)]
        force: bool,
    },
    /// Print the JSON Schema of records.
    Schema,
}

/// What can be done with a plan.
#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Find what is wrong with a plan before a run is spent on it.
    ///
    /// Each finding shows the line, what is wrong and what to write instead. The exit code is 4 if there is an error or
    /// a warning, and 0 if there is nothing but notes. A run can be judged by a plan with findings all the same.
    Check {
        /// The plan, in Markdown.
        plan: PathBuf,
    },
}

/// What can be done with the workflow.
#[derive(Debug, Subcommand)]
pub enum WorkflowCommand {
    /// Lint a workflow before anything runs it.
    Check {
        /// A definition (TOML, prompts beside it); the built-in workflow 3001 when left out.
        definition: Option<PathBuf>,
    },
    /// Draw a workflow as a Mermaid flowchart: steps, needs, conditions, and what goes together.
    Show {
        /// A definition (TOML, prompts beside it); the built-in workflow 3001 when left out.
        definition: Option<PathBuf>,
    },
}

/// Where postings are fetched from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Site {
    /// The careers site on Workday, Deutsche Bank's unless told otherwise.
    Workday,
}

/// The source of postings.
#[derive(Debug, Clone, Args)]
pub struct SourceArguments {
    /// Fetch from the careers site itself.
    #[arg(long, value_enum)]
    pub source: Option<Site>,
    /// Read a folder of Workday detail responses (*.json) instead.
    #[arg(long, value_name = "DIR", conflicts_with = "source")]
    pub postings: Option<PathBuf>,
    /// Root of the careers site.
    #[arg(long, value_name = "URL")]
    pub workday_url: Option<Url>,
    /// Tenant of the careers site.
    #[arg(long, value_name = "NAME")]
    pub workday_tenant: Option<String>,
    /// Site of the tenant.
    #[arg(long, value_name = "NAME")]
    pub workday_site: Option<String>,
}

/// With what a worker works.
#[derive(Debug, Clone, Args)]
pub struct WorkerArguments {
    /// Stand-ins for everything that is not named: model server, careers site.
    #[arg(long)]
    pub simulate: bool,
    /// The Ollama servers [default without --simulate: `$OLLAMA_HOST`]. Models are spread over them.
    #[arg(long, value_name = "URL,…", value_delimiter = ',')]
    pub ollama: Vec<TypedAddress>,
    /// Workers of this process [default: as many as the plan says, or 1]. A server belongs to one worker at a time, so that
    /// more workers than servers are spares.
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub workers: Option<usize>,
    /// Simulated model servers.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one)]
    pub sim_servers: usize,
    /// Calls that one model computes at a time (`OLLAMA_NUM_PARALLEL`; Ollama does not report it).
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one)]
    pub slots: usize,
    /// Calls in flight altogether [default: as many as the slots take].
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub max_in_flight: Option<usize>,
    /// Another workflow (TOML, prompts beside it) in place of the built-in 3001; nothing runs one that has findings.
    #[arg(long, value_name = "FILE")]
    pub workflow: Option<PathBuf>,
    /// Another model for a step, such as `grade_a=mistral:latest`; may be given several times.
    #[arg(long = "model", value_name = "STEP=NAME", value_parser = step_and_model)]
    pub models: Vec<(String, String)>,
    /// Memory of the real server's GPU, such as 24GiB; unknown, one model is used at a time.
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub gpu_memory: Option<u64>,
    /// Memory of the simulated GPU; 6GiB is the laptop of November 2025.
    #[arg(long, value_name = "SIZE", default_value = "16GiB", value_parser = parse_bytes)]
    pub sim_gpu_memory: u64,
}

/// Arguments of `preflight`.
#[derive(Debug, Clone, Args)]
pub struct PreflightArguments {
    /// The Ollama servers [default: `$OLLAMA_HOST`, else port 11434 of this machine].
    #[arg(long, value_name = "URL,…", value_delimiter = ',')]
    pub ollama: Vec<TypedAddress>,
    /// The database of the run [default: a throw-away one is tried].
    #[arg(long, value_name = "URL")]
    pub database_url: Option<TypedAddress>,
    /// What `run` is going to be told of the GPU's memory, such as 24GiB.
    #[arg(long, value_name = "SIZE", value_parser = parse_bytes)]
    pub gpu_memory: Option<u64>,
    /// What `run` is going to be told of the slots.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one)]
    pub slots: usize,
    /// The workflow (TOML, prompts beside it) in place of the built-in 3001.
    #[arg(long, value_name = "FILE")]
    pub workflow: Option<PathBuf>,
    /// Another model for a step, such as `grade_a=mistral:latest`; may be given several times.
    #[arg(long = "model", value_name = "STEP=NAME", value_parser = step_and_model)]
    pub models: Vec<(String, String)>,
    /// Print the findings as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `work`.
#[derive(Debug, Clone, Args)]
pub struct WorkArguments {
    /// The batch to work on.
    #[arg(long, value_name = "ID")]
    pub batch: i64,
    /// The database it is in.
    #[arg(long, value_name = "URL")]
    pub database_url: TypedAddress,
    #[command(flatten)]
    pub work: WorkerArguments,
}

/// Arguments of `run`.
#[derive(Debug, Clone, Args)]
pub struct RunArguments {
    /// The plan to run and to judge by, in Markdown [default: the built-in one, of 50 postings].
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    #[command(flatten)]
    pub work: WorkerArguments,
    #[command(flatten)]
    pub source: SourceArguments,
    /// Take these postings, promoted before, instead of fetching (needs --database-url).
    #[arg(long, value_name = "IDS", value_delimiter = ',', requires = "database_url",
          conflicts_with_all = ["source", "postings", "batch_size"])]
    pub posting_ids: Option<Vec<i64>>,
    /// Go on with a batch that was broken off (needs --database-url). Its postings, plan, seed and time scale are its own.
    #[arg(long, value_name = "BATCH", requires = "database_url",
          conflicts_with_all = ["source", "postings", "posting_ids", "batch_size", "seed", "time_scale"])]
    pub resume: Option<i64>,
    /// Use this database itself; its rows stay. Without it a throw-away database is made: on the server that
    /// `$DATABASE_URL` names, else in Docker, else with local binaries.
    #[arg(long, value_name = "URL")]
    pub database_url: Option<TypedAddress>,
    /// How many postings [default: as many as the plan says].
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub batch_size: Option<usize>,
    /// Seed of everything simulated.
    #[arg(long, value_name = "N", default_value_t = crate::trial::WORKFLOW_SEED)]
    pub seed: u64,
    /// Where the record goes [default: records/<plan>-<time>.json].
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
    /// Leave the texts of postings and answers out of the record; the verdicts are then of what is left. To judge the
    /// texts as well, run without it and use `record redact` afterwards.
    #[arg(long)]
    pub redact: bool,
    /// Save what is there so far every so many seconds, in case the run dies; less often where that takes long.
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, value_parser = seconds)]
    pub checkpoint_every: f64,
    /// End the run in good order as soon as a red flag is certain under a must or a should; the record is saved and judged.
    /// Workers of other processes go on.
    #[arg(long)]
    pub stop_on_red: bool,
    /// End the run in good order after so long, such as 5h30m; the record is saved and judged. What stops jobs from outside
    /// (GitHub after 6 hours) would leave the last checkpoint alone.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub deadline: Option<Duration>,
    /// Keep every exchange with the model server and the careers site in this folder, which must be new or empty, to be
    /// replayed. Secrets and contact details are scrubbed.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["posting_ids", "resume", "replay"])]
    pub cassette: Option<PathBuf>,
    /// Let such a folder answer for both, in no time. With --ollama its models are compared with those of that server,
    /// which is asked nothing else.
    #[arg(long, value_name = "DIR",
          conflicts_with_all = ["simulate", "source", "postings", "posting_ids", "resume", "batch_size", "seed", "time_scale"])]
    pub replay: Option<PathBuf>,
    /// Go on although the preflight finds something that blocks a run on real model servers.
    #[arg(long)]
    pub force: bool,
    /// How many times faster than November 2025 the simulated model server is.
    #[arg(long, value_name = "N", default_value_t = crate::trial::TIME_SCALE, value_parser = positive)]
    pub time_scale: f64,
}

/// Arguments of `fetch`.
#[derive(Debug, Clone, Args)]
pub struct FetchArguments {
    /// Fetch from the careers-site stand-in.
    #[arg(long, conflicts_with_all = ["source", "postings"])]
    pub simulate: bool,
    #[command(flatten)]
    pub source: SourceArguments,
    /// The database; its rows stay.
    #[arg(long, value_name = "URL")]
    pub database_url: TypedAddress,
    /// How many acceptable postings.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = at_least_one)]
    pub batch_size: usize,
    /// Seed of the simulated postings.
    #[arg(long, value_name = "N", default_value_t = crate::trial::WORKFLOW_SEED)]
    pub seed: u64,
}

/// Arguments of `promote`.
#[derive(Debug, Clone, Args)]
pub struct PromoteArguments {
    /// The database; its rows stay.
    #[arg(long, value_name = "URL")]
    pub database_url: TypedAddress,
    /// How many postings, exactly.
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = at_least_one)]
    pub batch_size: usize,
}

/// Arguments of `watchdog`.
#[derive(Debug, Clone, Args)]
pub struct WatchdogArguments {
    /// The database.
    #[arg(long, value_name = "URL")]
    pub database_url: TypedAddress,
    /// How long any interaction may run, such as 90s, 10m or 1h [default: half as long again as its step's own timeout,
    /// 15 minutes at most].
    #[arg(long, value_name = "AGE", value_parser = parse_duration)]
    pub older_than: Option<Duration>,
    /// Only say what would be done; nothing is written.
    #[arg(long)]
    pub dry_run: bool,
    /// Look at this batch alone [default: all that have open runs].
    #[arg(long, value_name = "ID")]
    pub batch: Option<i64>,
    /// The workflow that made the batch (TOML, prompts beside it), if it was not the built-in 3001.
    #[arg(long, value_name = "FILE")]
    pub workflow: Option<PathBuf>,
}

/// Arguments of `monitor`.
#[derive(Debug, Clone, Args)]
pub struct MonitorArguments {
    /// The batch [default: the newest unfinished one, else the newest].
    #[arg(long, value_name = "ID")]
    pub batch: Option<i64>,
    /// The database it is in.
    #[arg(long, value_name = "URL")]
    pub database_url: TypedAddress,
    /// The Ollama servers to ask what is resident [default: what the batch's workers sampled].
    #[arg(long, value_name = "URL,…", value_delimiter = ',')]
    pub ollama: Vec<TypedAddress>,
    /// The plan whose tiers the duration is held against, in Markdown [default: the built-in one].
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// How often it looks, such as 2s or 1m.
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = parse_duration)]
    pub every: Duration,
    /// Look once and print what was seen as plain text.
    #[arg(long, conflicts_with = "json")]
    pub once: bool,
    /// Look once and print what was seen as JSON.
    #[arg(long)]
    pub json: bool,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err(format!("expected a whole number from 1, found '{text}'")),
        Ok(number) => Ok(number),
    }
}

fn step_and_model(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((step, model)) if !step.is_empty() && !model.is_empty() => {
            Ok((step.to_owned(), model.to_owned()))
        }
        _ => Err(format!(
            "expected STEP=NAME such as grade_a=mistral:latest, found '{text}'"
        )),
    }
}

/// A day is more than any batch lasts, and far from what a duration cannot hold.
fn seconds(text: &str) -> Result<f64, String> {
    match positive(text)? {
        seconds if seconds <= 86_400.0 => Ok(seconds),
        _ => Err(format!("expected a day (86400) at most, found '{text}'")),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err(format!("expected a number above 0, found '{text}'")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_defaults_of_a_simulated_run_are_the_plans() {
        let arguments = Arguments::try_parse_from(["batchproof", "run", "--simulate"])
            .expect("a valid command line");
        let Command::Run(run) = arguments.command else {
            panic!("expected run")
        };
        assert_eq!((run.plan, run.batch_size), (None, None));
        assert_eq!((run.work.slots, run.work.sim_gpu_memory), (1, 16 << 30));
    }

    #[test]
    fn quiet_and_verbose_contradict_each_other_wherever_they_stand() {
        let read = |line: &str| Arguments::read(line.split_whitespace().map(OsString::from));
        for line in [
            "batchproof run --simulate --quiet --verbose",
            "batchproof -q run --simulate -vv",
            "batchproof -v run --simulate --quiet",
        ] {
            let refusal = read(line).expect_err(line);
            assert_eq!(refusal.kind(), ErrorKind::ArgumentConflict, "{refusal}");
        }
        let telling = read("batchproof run --simulate -q").unwrap().telling;
        assert!(telling.quiet && telling.verbose == 0);
        let telling = read("batchproof -v run --simulate -v").unwrap().telling;
        assert!(!telling.quiet && telling.verbose > 0);
    }

    #[test]
    fn a_batch_of_none_is_refused() {
        let arguments = ["batchproof", "run", "--simulate", "--batch-size", "0"];
        let refusal = Arguments::try_parse_from(arguments).expect_err("zero postings");
        assert!(refusal.to_string().contains("from 1"), "{refusal}");
    }
}
