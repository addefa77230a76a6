//! From what was found to findings: one a check, in the order in which they are told. Pure.

mod database;
mod fit;
mod gpu;
mod leftovers;
mod machine;
mod models;
mod servers;
mod watchdog;

pub(crate) use fit::free_on_the_card;
pub(crate) use models::missing;

use super::finding::Findings;
use super::found::Found;

/// Examines everything that was found.
pub fn examine(found: &Found) -> Findings {
    Findings::new(vec![
        gpu::gpu(found),
        servers::answering(found),
        models::there(found),
        fit::fit(found),
        servers::context_and_slots(found),
        database::answering(&found.database),
        database::schema(&found.database),
        database::connections(&found.database, found.wanted.connections),
        leftovers::stuck(found),
        leftovers::unfinished(found),
        machine::disk(&found.disks),
        machine::memory(found),
        watchdog::watchdog(found),
        machine::clock(&found.database),
    ])
}
