//! Who calls the watchdog by the clock: crontabs and systemd.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::preflight::found::Schedule;

/// How long a command of the system may take.
const LIMIT: Duration = Duration::from_secs(3);
const TIMER: &str = "batchproof-watchdog.timer";

pub(super) async fn schedule() -> Schedule {
    let (own, timer) = tokio::join!(
        said("crontab", &["-l"]),
        said("systemctl", &["is-active", TIMER]),
    );
    let mut tabs = own.unwrap_or_default();
    tabs.push('\n');
    tabs.push_str(&of_the_system());
    Schedule {
        cron: calls(&tabs),
        timer: timer.map(|state| state.trim() == "active"),
    }
}

/// What a command of the system says on standard output, whatever its exit code; none where there is no such command.
pub(super) async fn said(command: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(command)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(LIMIT, output).await.ok()?.ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The system's crontabs, as far as this user may read them.
fn of_the_system() -> String {
    let folder = fs::read_dir("/etc/cron.d").into_iter().flatten().flatten();
    let files = folder
        .map(|file| file.path())
        .chain(["/etc/crontab".into()]);
    let texts: Vec<String> = files
        .filter_map(|file| fs::read_to_string(file).ok())
        .collect();
    texts.join("\n")
}

/// When each line calls the watchdog. The rest of the line is left out: it may hold a password.
fn calls(tabs: &str) -> Vec<String> {
    let lines = tabs
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'));
    let calling = lines.filter(|line| line.contains("batchproof") && line.contains("watchdog"));
    let when = |line: &str| {
        let fields = if line.starts_with('@') { 1 } else { 5 };
        line.split_whitespace()
            .take(fields)
            .collect::<Vec<_>>()
            .join(" ")
    };
    calling.map(when).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_that_call_the_watchdog_are_found_without_what_they_may_hold_of_secrets() {
        let tabs = "MAILTO=me\n\
            # */5 * * * * batchproof watchdog --database-url off\n\
            */5 * * * *  batchproof watchdog --database-url postgres://teller:hunter2@db/ledger\n\
            @hourly root /usr/local/bin/batchproof watchdog --database-url x\n\
            0 3 * * * batchproof judge records/latest.json\n";
        assert_eq!(calls(tabs), ["*/5 * * * *", "@hourly"]);
    }

    #[tokio::test]
    async fn a_command_that_is_not_there_says_nothing() {
        assert_eq!(said("no-such-command-anywhere", &[]).await, None);
    }
}
