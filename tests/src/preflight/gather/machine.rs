//! This machine's disks and memory.

use std::io;
use std::path::{Path, PathBuf};

use sysinfo::System;

use crate::preflight::found::{Disk, Memory};

/// The room at a path; where nothing is there yet, at the folder that it will be made in.
pub(super) fn disk(what: &'static str, path: PathBuf) -> Disk {
    let absolute = std::path::absolute(&path).unwrap_or_else(|_| path.clone());
    let there = absolute.ancestors().find(|ancestor| ancestor.exists());
    let free = there.map_or_else(|| Err(io::Error::from(io::ErrorKind::NotFound)), free_at);
    Disk {
        what,
        path,
        free: free.map_err(|error| error.to_string()),
    }
}

/// What this user may still write there; a part of the disk is kept for root alone.
fn free_at(path: &Path) -> io::Result<u64> {
    let room = rustix::fs::statvfs(path)?;
    Ok(room.f_bavail.saturating_mul(room.f_frsize))
}

pub(super) fn memory() -> Option<Memory> {
    let mut system = System::new();
    system.refresh_memory();
    let machine = Memory {
        available: system.available_memory(),
        total: system.total_memory(),
    };
    // A container may have less than its machine. Its caches do not count: they are given up when they are needed.
    let container = system.cgroup_limits().map(|limits| Memory {
        available: limits.total_memory.saturating_sub(limits.rss),
        total: limits.total_memory,
    });
    let least = [Some(machine), container].into_iter().flatten();
    least
        .filter(|memory| memory.total > 0)
        .min_by_key(|memory| memory.available)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_made_yet_has_the_room_of_the_one_it_is_made_in() {
        let folder = tempfile::tempdir().unwrap();
        let there = disk("records", folder.path().to_owned());
        let later = disk("records", folder.path().join("not/made/yet"));
        assert!(there.free.unwrap() > 0);
        assert!(later.free.unwrap() > 0);
    }

    #[test]
    fn this_machine_has_memory_and_no_more_free_than_it_has() {
        let memory = memory().expect("Linux and macOS tell");
        assert!(memory.available > 0 && memory.available <= memory.total);
    }
}
