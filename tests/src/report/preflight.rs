//! What people read of a preflight: a row a check, what to do about it beneath.

use super::foreign::visible;
use crate::preflight::{Finding, Findings, Verdict};

/// Where what was found begins; what to do about it stands beneath it.
const COLUMN: usize = 25;

/// All findings, and whether a run can begin.
pub fn preflight(findings: &Findings) -> String {
    let rows: Vec<String> = findings.findings.iter().map(row).collect();
    visible(&format!("{}\n\n{}", rows.join("\n"), conclusion(findings)))
}

/// A finding in one line: what was found, then what to do about it.
pub fn finding_in_one_line(finding: &Finding) -> String {
    let cure = finding.cure.as_ref();
    let cure = cure.map_or_else(String::new, |cure| format!(" → {cure}"));
    visible(&format!(
        "{}: {}{cure}",
        finding.check.as_str(),
        finding.found
    ))
}

fn row(finding: &Finding) -> String {
    let row = format!(
        "{:<9}{:<16}{}",
        word(finding.verdict),
        finding.check.as_str(),
        finding.found
    );
    match &finding.cure {
        Some(cure) => format!("{row}\n{:COLUMN$}→ {cure}", ""),
        None => row,
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fine => "fine",
        Verdict::Note => "note",
        Verdict::Warning => "warning",
        Verdict::Blocking => "BLOCKS",
    }
}

fn conclusion(findings: &Findings) -> String {
    let counted = |verdict, one: &str, several: &str| {
        let count = findings.of(verdict).count();
        let word = if count == 1 { one } else { several };
        format!("{count} {word}")
    };
    let beside = format!(
        "{}, {}",
        counted(Verdict::Warning, "warning", "warnings"),
        counted(Verdict::Note, "note", "notes")
    );
    if findings.verdict == Verdict::Blocking {
        let blocking = counted(Verdict::Blocking, "finding blocks", "findings block");
        format!("Not ready: {blocking} a run; {beside}.")
    } else {
        format!("Ready: nothing blocks a run; {beside}.")
    }
}

#[cfg(test)]
mod tests {
    use wave_runner::telemetry::NoGpu;

    use super::*;
    use crate::preflight::{DatabaseFound, Found, examine, sound};

    /// A machine with nothing on it, as a newcomer has.
    fn bare() -> Found {
        let mut found = sound::found();
        found.gpu = Err(NoGpu::NoDriver(
            "libnvidia-ml.so.1: cannot open shared object file: No such file or directory"
                .to_owned(),
        ));
        found.servers[0].configured_slots = None;
        found.servers[0].state = Err(
            "nobody answers at http://127.0.0.1:11434/: Connection refused (os error 111)"
                .to_owned(),
        );
        found.database = DatabaseFound::ThrowAway {
            server: "PostgreSQL 15.18 (local)".to_owned(),
        };
        found.schedule.cron.clear();
        found
    }

    #[test]
    fn a_sound_machine_is_a_column_of_fine() {
        insta::assert_snapshot!(preflight(&examine(&sound::found())));
    }

    #[test]
    fn a_bare_machine_is_told_what_blocks_and_what_to_do() {
        insta::assert_snapshot!(preflight(&examine(&bare())));
    }

    #[test]
    fn the_json_of_the_findings_is_stable() {
        insta::assert_json_snapshot!(examine(&bare()));
    }
}
