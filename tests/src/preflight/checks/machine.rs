//! The machine: room, memory and the time of day.

use std::cmp::Reverse;

use chrono::TimeDelta;

use crate::preflight::finding::{Check, Finding, Verdict};
use crate::preflight::found::{DatabaseFound, Disk, Found};
use crate::preflight::words::told_bytes;

use super::database::unseen;

const GIB: u64 = 1 << 30;

/// A batch of 500 postings writes some hundred MiB into the database, its log included, and records of 50 MiB. Below
/// this a database that others fill as well stops within the run; a Postgres without room for its log stops at once.
const LEAST_DISK: u64 = GIB / 2;
/// Below this it may.
const LITTLE_DISK: u64 = 5 * GIB;
/// The run takes a few hundred MiB, a throw-away Postgres as much again.
const LEAST_MEMORY: u64 = GIB / 4;
/// Below this the machine begins to swap, which the durations show.
const LITTLE_MEMORY: u64 = 2 * GIB;
/// Leases and evidence go by the database's clock, so that no difference does harm; but people compare logs.
const CLOCKS_AGREE: TimeDelta = TimeDelta::seconds(2);
/// Beyond this somebody has forgotten to set a clock.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(1);

pub(super) fn disk(disks: &[Disk]) -> Finding {
    let told: Vec<String> = disks.iter().map(told_disk).collect();
    let told = told.join("; ");
    let worst = disks.iter().map(|disk| (verdict_of(disk), disk));
    match worst.max_by_key(|(verdict, disk)| (*verdict, Reverse(disk.free.clone().unwrap_or(0)))) {
        Some((Verdict::Blocking, disk)) => Finding::blocking(Check::Disk, told, room_for(disk)),
        Some((Verdict::Warning, disk)) => Finding::warning(Check::Disk, told, room_for(disk)),
        Some((Verdict::Note, _)) => Finding::note(Check::Disk, told),
        Some((Verdict::Fine, _)) => Finding::fine(Check::Disk, told),
        None => Finding::note(Check::Disk, "nothing is written on this machine"),
    }
}

fn verdict_of(disk: &Disk) -> Verdict {
    match disk.free {
        Ok(free) if free < LEAST_DISK => Verdict::Blocking,
        Ok(free) if free < LITTLE_DISK => Verdict::Warning,
        Ok(_) => Verdict::Fine,
        Err(_) => Verdict::Note,
    }
}

fn told_disk(disk: &Disk) -> String {
    let path = disk.path.display();
    match &disk.free {
        Ok(free) => format!("{} free for the {} ({path})", told_bytes(*free), disk.what),
        Err(why) => format!("room for the {} not known ({path}: {why})", disk.what),
    }
}

fn room_for(disk: &Disk) -> String {
    let place = format!(
        "make room below {} (du -xh --max-depth=1)",
        disk.path.display()
    );
    let elsewhere = match disk.what {
        "records" => ", or write the record elsewhere: --record FILE",
        _ => ", or use a database on another disk",
    };
    format!(
        "{place}{elsewhere}; {} is enough for any batch",
        told_bytes(LITTLE_DISK)
    )
}

pub(super) fn memory(found: &Found) -> Finding {
    let Some(memory) = found.memory else {
        return Finding::note(Check::Memory, "the system does not tell");
    };
    let (available, total) = (memory.available, memory.total);
    let told = format!("{} of {} free", told_bytes(available), told_bytes(total));
    let end = "end what is not needed (`ps aux --sort=-rss`)";
    if available < LEAST_MEMORY {
        return Finding::blocking(Check::Memory, told, end);
    }
    if let Some(largest) = on_the_processor(found).filter(|largest| *largest > available) {
        return Finding::warning(
            Check::Memory,
            format!(
                "{told}; without a card the largest model needs {} of it",
                told_bytes(largest)
            ),
            format!("{end}, or use a server with a card: --ollama URL"),
        );
    }
    if available < LITTLE_MEMORY {
        return Finding::warning(
            Check::Memory,
            told,
            format!("{end}: a machine that swaps is slow"),
        );
    }
    Finding::fine(Check::Memory, told)
}

/// What the largest model takes, where it has to be in this machine's memory for want of a card.
fn on_the_processor(found: &Found) -> Option<u64> {
    let local = found
        .servers
        .iter()
        .filter(|server| server.is_local && found.gpu.is_err());
    let installed = local.filter_map(|server| Some(&server.state.as_ref().ok()?.installed));
    let wanted = installed
        .flatten()
        .filter(|(name, _)| found.wanted.models.contains_key(*name));
    wanted.map(|(_, model)| model.size).max()
}

pub(super) fn clock(database: &DatabaseFound) -> Finding {
    let ahead = match database {
        DatabaseFound::Unusable { .. } => return unseen(Check::Clock),
        DatabaseFound::ThrowAway { .. } => {
            return Finding::fine(Check::Clock, "the throw-away database has this machine's");
        }
        DatabaseFound::Stays(state) => state.clocks.ahead,
    };
    if ahead.abs() <= CLOCKS_AGREE {
        return Finding::fine(Check::Clock, "the database's and this machine's agree");
    }
    let direction = if ahead > TimeDelta::zero() {
        "ahead of"
    } else {
        "behind"
    };
    let told = format!(
        "the database's is {:.1} s {direction} this machine's",
        ahead.abs().as_seconds_f64()
    );
    if ahead.abs() > CLOCKS_DIFFER {
        Finding::warning(
            Check::Clock,
            told,
            "let both be set by the network (timedatectl set-ntp true); the evidence is brought to the database's time \
             all the same",
        )
    } else {
        Finding::note(Check::Clock, told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::found::Memory;
    use crate::preflight::sound;

    fn disk_with(free: Result<u64, String>) -> Finding {
        disk(&[
            Disk {
                what: "records",
                path: "records".into(),
                free: Ok(100 * GIB),
            },
            Disk {
                what: "database",
                path: "/var/lib/postgresql/15/main".into(),
                free,
            },
        ])
    }

    #[test]
    fn the_fullest_disk_decides_and_the_advice_is_about_it() {
        assert_eq!(disk_with(Ok(LITTLE_DISK)).verdict, Verdict::Fine);
        let little = disk_with(Ok(LITTLE_DISK - 1));
        assert_eq!(little.verdict, Verdict::Warning);
        assert!(
            little
                .cure
                .unwrap()
                .starts_with("make room below /var/lib/postgresql")
        );
        assert_eq!(disk_with(Ok(LEAST_DISK)).verdict, Verdict::Warning);
        assert_eq!(disk_with(Ok(LEAST_DISK - 1)).verdict, Verdict::Blocking);
    }

    #[test]
    fn a_disk_that_cannot_be_seen_is_told_and_stops_nothing() {
        let finding = disk_with(Err("permission denied".to_owned()));
        assert_eq!(finding.verdict, Verdict::Note);
        assert!(
            finding.found.contains("permission denied"),
            "{}",
            finding.found
        );
    }

    fn memory_of(available: u64, has_card: bool) -> Finding {
        let mut found = sound::found();
        found.memory = Some(Memory {
            available,
            total: 32 * GIB,
        });
        if !has_card {
            found.gpu = Err(wave_runner::telemetry::NoGpu::NoDriver("none".to_owned()));
        }
        memory(&found)
    }

    #[test]
    fn little_memory_is_a_warning_and_hardly_any_blocks() {
        assert_eq!(memory_of(LITTLE_MEMORY, true).verdict, Verdict::Fine);
        assert_eq!(memory_of(LITTLE_MEMORY - 1, true).verdict, Verdict::Warning);
        assert_eq!(memory_of(LEAST_MEMORY - 1, true).verdict, Verdict::Blocking);
    }

    #[test]
    fn without_a_card_the_largest_model_has_to_fit_and_with_one_it_has_not() {
        assert_eq!(memory_of(4 * GIB, true).verdict, Verdict::Fine);
        let finding = memory_of(4 * GIB, false);
        assert_eq!(finding.verdict, Verdict::Warning);
        assert!(finding.found.contains("needs 5.9 GiB"), "{}", finding.found);
        assert_eq!(memory_of(8 * GIB, false).verdict, Verdict::Fine);
    }

    #[test]
    fn a_clock_may_be_wrong_and_is_never_a_reason_to_stop() {
        let ahead = |seconds| {
            let mut state = sound::database();
            state.clocks.ahead = TimeDelta::seconds(seconds);
            clock(&DatabaseFound::Stays(Box::new(state)))
        };
        assert_eq!(ahead(2).verdict, Verdict::Fine);
        assert_eq!(ahead(-3).verdict, Verdict::Note);
        assert_eq!(
            ahead(-3).found,
            "the database's is 3.0 s behind this machine's"
        );
        assert_eq!(ahead(61).verdict, Verdict::Warning);
    }
}
