//! What the environment says of a live run. Pure: the variables are handed in.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::command::bytes::parse_bytes;
use crate::command::duration::parse_duration;
use crate::command::preflight::NVML;
use crate::plan::Plan;
use crate::trial::{
    BatchChoice, DatabaseChoice, Deadline, ModelServerChoice, PostingsChoice, TrialSettings,
    USUAL_HOST, ollama_address,
};

/// Before GitHub ends a job (6 h), and before the plan's red flag for the duration.
const DEADLINE: Duration = Duration::from_mins(330);

/// A variable, and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it means, and what holds without it.
    pub meaning: &'static str,
}

const fn variable(name: &'static str, meaning: &'static str) -> Variable {
    Variable { name, meaning }
}

/// All that are heeded, beside those that choose the Postgres server of any test.
pub const VARIABLES: [Variable; 9] = [
    variable(
        HOST,
        "The model server, as Ollama reads it [127.0.0.1:11434].",
    ),
    variable(
        POSTINGS,
        "A folder of Workday detail answers [the careers site].",
    ),
    variable(
        SIZE,
        "How many postings [as many as the plan says]; 2 take minutes.",
    ),
    variable(
        DATABASE,
        "The database itself; its rows stay [a throw-away one].",
    ),
    variable(
        RESUME,
        "The batch of that database to go on with [a new one].",
    ),
    variable(TIME, "When the run ends by itself [5h30m]."),
    variable(
        MEMORY,
        "What the GPU has for models, such as 24GiB [what its driver tells].",
    ),
    variable(
        SLOTS,
        "Calls that one model computes at a time, as OLLAMA_NUM_PARALLEL says [1].",
    ),
    variable(FOLDER, "Where record and reports go [target/live]."),
];

const HOST: &str = "OLLAMA_HOST";
const POSTINGS: &str = "BATCHPROOF_POSTINGS";
const SIZE: &str = "BATCHPROOF_BATCH_SIZE";
const DATABASE: &str = "BATCHPROOF_DATABASE_URL";
const RESUME: &str = "BATCHPROOF_RESUME";
const TIME: &str = "BATCHPROOF_DEADLINE";
const MEMORY: &str = "BATCHPROOF_GPU_MEMORY";
const SLOTS: &str = "BATCHPROOF_SLOTS";
const FOLDER: &str = "BATCHPROOF_LIVE_DIR";

/// A variable that says something that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {why}")]
pub struct SettingError {
    name: &'static str,
    why: String,
}

/// With what a live run is run.
#[derive(Debug, Clone)]
pub struct LiveSettings {
    /// The trial.
    pub trial: TrialSettings,
    /// Where record and reports go.
    pub folder: PathBuf,
    /// The library to read the graphics cards through; the driver's usual one where none is named.
    pub nvml: Option<OsString>,
    /// What is worth knowing before hours are spent.
    pub remarks: Vec<String>,
}

impl LiveSettings {
    /// Reads the variables; `now` is when the deadline begins to count. One that is blank is none.
    ///
    /// # Errors
    /// The first that says something that cannot be.
    pub fn read(
        variable: impl Fn(&str) -> Option<String>,
        plan: &Plan,
        now: DateTime<Utc>,
    ) -> Result<Self, SettingError> {
        let told = |name| told(&variable, name);
        let host = told(HOST).unwrap_or_else(|| USUAL_HOST.to_owned());
        let server = ollama_address(&host).map_err(wrong(HOST))?;
        let size = read(&variable, SIZE, whole)?;
        let deadline = read(&variable, TIME, parse_duration)?.unwrap_or(DEADLINE);
        let database = told(DATABASE).map_or(DatabaseChoice::ThrowAway, DatabaseChoice::Given);
        let resumed = read(&variable, RESUME, batch)?;
        let batch = resumed.map_or(BatchChoice::New, BatchChoice::Resume);
        if resumed.is_some() {
            goes_on(&variable, &database)?;
        }
        let remarks = match database {
            DatabaseChoice::Given(_) => Vec::new(),
            DatabaseChoice::ThrowAway => vec![format!(
                "the database goes with this run, and nobody can go on with its batch; one that stays is named in {DATABASE}"
            )],
        };
        let trial = TrialSettings {
            plan: plan.reference(),
            model_server: ModelServerChoice::Ollama(vec![server]),
            batch,
            postings: postings(told(POSTINGS)),
            database,
            batch_size: size.unwrap_or_else(|| TrialSettings::size(plan)),
            workers: plan
                .workers
                .and_then(|workers| usize::try_from(workers).ok())
                .unwrap_or(1),
            slots: read(&variable, SLOTS, whole)?.unwrap_or(1),
            gpu_memory: read(&variable, MEMORY, parse_bytes)?,
            deadline: Some(Deadline::after(now, deadline)),
            ..TrialSettings::simulated()
        };
        Ok(Self {
            trial,
            folder: folder(&variable),
            nvml: told(NVML).map(OsString::from),
            remarks,
        })
    }
}

/// Where record and reports go, also those of settings that cannot be read.
pub(super) fn folder(variable: &impl Fn(&str) -> Option<String>) -> PathBuf {
    told(variable, FOLDER).map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/live"),
        PathBuf::from,
    )
}

/// A batch that is gone on with is in a database that stayed, and has its postings already.
fn goes_on(
    variable: &impl Fn(&str) -> Option<String>,
    database: &DatabaseChoice,
) -> Result<(), SettingError> {
    if *database == DatabaseChoice::ThrowAway {
        return Err(wrong(RESUME)(format!(
            "a batch can be gone on with in the database that it is in, and a throw-away one is gone; name it in {DATABASE}"
        )));
    }
    match [POSTINGS, SIZE]
        .into_iter()
        .find(|it| told(variable, it).is_some())
    {
        Some(other) => Err(wrong(RESUME)(format!(
            "the batch has its postings already; leave {other} out"
        ))),
        None => Ok(()),
    }
}

fn postings(folder: Option<String>) -> PostingsChoice {
    folder.map_or_else(
        || PostingsChoice::Workday(Box::default()),
        |folder| PostingsChoice::Folder(folder.into()),
    )
}

fn told(variable: &impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    variable(name).filter(|text| !text.trim().is_empty())
}

fn read<T>(
    variable: &impl Fn(&str) -> Option<String>,
    name: &'static str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, SettingError> {
    told(variable, name)
        .map(|text| parse(text.trim()).map_err(wrong(name)))
        .transpose()
}

fn wrong(name: &'static str) -> impl Fn(String) -> SettingError {
    move |why| SettingError { name, why }
}

fn whole(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("expected a whole number from 1, found '{text}'"))
}

fn batch(text: &str) -> Result<i64, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| format!("expected the number of a batch, such as 7, found '{text}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_of(set: &[(&str, &str)]) -> Result<LiveSettings, String> {
        let variable = |name: &str| {
            let found = set.iter().find(|(set, _)| *set == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        LiveSettings::read(variable, &Plan::builtin(), DateTime::UNIX_EPOCH)
            .map_err(|error| error.to_string())
    }

    fn server(settings: &LiveSettings) -> String {
        match &settings.trial.model_server {
            ModelServerChoice::Ollama(urls) => urls[0].to_string(),
            ModelServerChoice::Simulated | ModelServerChoice::Replay { .. } => {
                panic!("a live run is on a real server")
            }
        }
    }

    #[test]
    fn without_a_word_it_is_the_plans_batch_from_the_careers_site_on_this_machines_server() {
        let settings = read_of(&[(HOST, " ")]).unwrap();
        assert_eq!(server(&settings), "http://127.0.0.1:11434/");
        let trial = &settings.trial;
        assert_eq!((trial.batch_size, trial.batch), (50, BatchChoice::New));
        assert!(matches!(trial.postings, PostingsChoice::Workday(_)));
        assert_eq!(trial.database, DatabaseChoice::ThrowAway);
        assert_eq!(trial.gpu_memory, None);
        let deadline = Deadline::after(DateTime::UNIX_EPOCH, Duration::from_mins(330));
        assert_eq!(trial.deadline, Some(deadline));
        assert!(settings.folder.ends_with("target/live"));
        assert!(
            settings.remarks[0].contains(DATABASE),
            "{:?}",
            settings.remarks
        );
    }

    #[test]
    fn each_variable_chooses_its_part() {
        let settings = read_of(&[
            (HOST, "0.0.0.0:8080"),
            (POSTINGS, "/postings"),
            (SIZE, "2"),
            (DATABASE, "postgres://host/night"),
            (TIME, "20m"),
            (MEMORY, "24GiB"),
            (SLOTS, "4"),
            (FOLDER, "/left"),
        ])
        .unwrap();
        assert_eq!(server(&settings), "http://127.0.0.1:8080/");
        let trial = &settings.trial;
        assert!(
            matches!(&trial.postings, PostingsChoice::Folder(at) if at == Path::new("/postings"))
        );
        assert_eq!((trial.batch_size, trial.slots), (2, 4));
        assert_eq!(trial.gpu_memory, Some(24 << 30));
        let deadline = Deadline::after(DateTime::UNIX_EPOCH, Duration::from_mins(20));
        assert_eq!(trial.deadline, Some(deadline));
        assert_eq!(settings.folder, Path::new("/left"));
        assert_eq!(settings.remarks, Vec::<String>::new());
    }

    #[test]
    fn a_batch_is_gone_on_with_where_it_stayed_and_nowhere_else() {
        let stays = (DATABASE, "postgres://host/night");
        let settings = read_of(&[(RESUME, "7"), stays]).unwrap();
        assert_eq!(settings.trial.batch, BatchChoice::Resume(7));
        let gone = read_of(&[(RESUME, "7")]).unwrap_err();
        assert!(
            gone.starts_with("BATCHPROOF_RESUME: ") && gone.contains(DATABASE),
            "{gone}"
        );
        let other = read_of(&[(RESUME, "7"), stays, (SIZE, "2")]).unwrap_err();
        assert!(other.contains("leave BATCHPROOF_BATCH_SIZE out"), "{other}");
    }

    #[test]
    fn what_cannot_be_read_names_its_variable_and_what_was_expected() {
        for (name, value) in [
            (HOST, "http://"),
            (SIZE, "0"),
            (SIZE, "many"),
            (RESUME, "last"),
            (TIME, "5.5h"),
            (MEMORY, "much"),
            (SLOTS, "-1"),
        ] {
            let why = read_of(&[(name, value)]).unwrap_err();
            assert!(why.starts_with(name) && why.contains("expected"), "{why}");
        }
    }

    #[test]
    fn every_variable_that_is_heeded_is_listed_with_its_meaning_in_the_readme() {
        let readme = include_str!("../../../README.md");
        for variable in VARIABLES {
            let row = format!("| `{}` | {} |", variable.name, variable.meaning);
            assert!(readme.contains(&row), "README.md lacks the row {row}");
        }
    }
}
