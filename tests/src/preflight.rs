//! Is everything ready for a run? To be known before hours are spent on it.
//!
//! [`gather()`] looks at the machine, the model servers and the database, and judges nothing; it only reads. [`examine`] is
//! a pure function of what was found, a file a concern in `checks`: one finding a check, with what to do about it.

mod checks;
mod finding;
mod found;
mod gather;
#[cfg(test)]
pub(crate) mod sound;
mod words;

pub use checks::examine;
pub(crate) use checks::{free_on_the_card, missing};
pub use finding::{Check, Finding, Findings, Verdict};
pub use found::{
    Applied, Clocks, Connections, DatabaseFound, DatabaseState, Disk, Found, Memory, Open,
    Schedule, ServerFound, ServerState, Wanted,
};
pub use gather::gather;
pub(crate) use gather::{by_name, cards};
