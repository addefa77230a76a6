//! The binary, started, watched and ended.

use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};
use tokio::time::timeout;

/// No command of these tests takes longer, on whatever machine.
const LIMIT: Duration = Duration::from_secs(90);

/// Variables that choose parts: a test that wants one says so itself.
const CHOOSING: [&str; 4] = [
    "BATCHPROOF_POSTGRES_IMAGE",
    "DATABASE_URL",
    "OLLAMA_HOST",
    "RUST_LOG",
];

/// A command line of `batchproof`, its arguments parted by blanks. It is killed when it is dropped.
pub(crate) fn batchproof(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_batchproof"));
    command
        .args(arguments.split_whitespace())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for name in CHOOSING {
        command.env_remove(name);
    }
    // The cards of the machine that the tests run on are none of the stand-ins'.
    command.env("BATCHPROOF_NVML", "/nowhere/libnvidia-ml.so.1");
    command
}

/// Carries out a command line that needs nothing of its environment.
pub(crate) async fn run(arguments: &str) -> Outcome {
    finish(batchproof(arguments)).await
}

/// Carries out a command to its end.
pub(crate) async fn finish(command: Command) -> Outcome {
    Running::start(command).end().await
}

/// A command that is under way.
pub(crate) struct Running {
    child: Child,
    errors: Lines<BufReader<ChildStderr>>,
    /// The lines of standard error that were read so far.
    heard: String,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let errors = BufReader::new(child.stderr.take().unwrap()).lines();
        Self {
            child,
            errors,
            heard: String::new(),
        }
    }

    /// Returns when a line of standard error holds these words.
    pub(crate) async fn says(&mut self, words: &str) {
        let hearing = async {
            while let Some(line) = self.errors.next_line().await.unwrap() {
                self.heard.push_str(&line);
                self.heard.push('\n');
                if line.contains(words) {
                    return true;
                }
            }
            false
        };
        let heard = timeout(LIMIT, hearing).await.unwrap_or(false);
        assert!(heard, "it never said {words:?} but:\n{}", self.heard);
    }

    /// Sends a signal by its name. std can send SIGKILL only.
    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.child.id().expect("it has ended already").to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status().await;
        assert!(sent.unwrap().success(), "kill -s {name} {pid}");
    }

    /// Its words and its exit code, when it has ended.
    pub(crate) async fn end(mut self) -> Outcome {
        let mut stdout = String::new();
        let mut output = self.child.stdout.take().unwrap();
        let reading = async {
            while let Some(line) = self.errors.next_line().await.unwrap() {
                self.heard.push_str(&line);
                self.heard.push('\n');
            }
            self.child.wait().await.unwrap()
        };
        let both = async { tokio::join!(output.read_to_string(&mut stdout), reading) };
        let (read, status) = timeout(LIMIT, both).await.expect("it does not end");
        read.unwrap();
        Outcome {
            code: status.code(),
            stdout,
            stderr: self.heard,
        }
    }
}

/// What came of a command.
pub(crate) struct Outcome {
    code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}", self.all());
        self
    }

    /// Something was printed or told that holds these words.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Self {
        assert!(
            self.all().contains(words),
            "{words:?} is missing from:\n{}",
            self.all()
        );
        self
    }

    #[track_caller]
    pub(crate) fn never_says(&self, words: &str) -> &Self {
        assert!(
            !self.all().contains(words),
            "{words:?} stands in:\n{}",
            self.all()
        );
        self
    }

    fn all(&self) -> String {
        format!("{}\n--- standard error:\n{}", self.stdout, self.stderr)
    }
}
