//! The memory of the machine that the monitor runs on.

use sysinfo::{MemoryRefreshKind, System};

use crate::monitor::snapshot::Memory;

/// None where the system does not tell.
pub(super) fn memory() -> Option<Memory> {
    let mut system = System::new();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let total = system.total_memory();
    (total > 0).then(|| Memory {
        // What could be had at once is free, whatever the system keeps in it meanwhile.
        used: total.saturating_sub(system.available_memory()),
        total,
    })
}
