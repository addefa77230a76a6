//! Records that were tampered with, or whose measurement is off: what the validity of the evidence is for.

mod answers;
mod rows;
mod time;

use super::rows::ABOUT_TIME;
use crate::record::RunRecord;

/// One way to spoil the evidence, and all that it changes.
#[derive(Debug)]
pub(super) struct Audit {
    pub(super) name: &'static str,
    /// The doubts that it raises.
    pub(super) doubts: &'static [&'static str],
    /// The criteria that stand elsewhere than before.
    pub(super) turns: &'static [&'static str],
    /// The edit.
    pub(super) spoil: fn(&mut RunRecord),
}

/// All of them, by what is wrong.
pub(super) fn audits() -> impl Iterator<Item = &'static Audit> {
    [time::AUDITS, rows::AUDITS, answers::AUDITS]
        .into_iter()
        .flatten()
}
