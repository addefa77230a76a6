//! What follows from the verdicts: whether they can be believed, what to do next, and the number for scripts.

use std::fmt::{self, Write};

use super::listed;
use crate::judge::{Decision, Exit, Validity};

pub(super) fn write_validity(text: &mut String, validity: &Validity) -> fmt::Result {
    if validity.is_valid() {
        return writeln!(text, "Validity: nothing speaks against the evidence.");
    }
    writeln!(text, "Validity: INVALID")?;
    for doubt in &validity.doubts {
        writeln!(text, "    {}", doubt.sentence)?;
        if !doubt.look.is_empty() {
            writeln!(text, "    look at {}", listed(&doubt.look))?;
        }
    }
    Ok(())
}

pub(super) fn write_decision(text: &mut String, decision: &Decision) -> fmt::Result {
    writeln!(text, "Decision: {}.", decision.action)?;
    for reason in &decision.reasons {
        writeln!(text, "    · {reason}")?;
    }
    for advice in &decision.advice {
        writeln!(text, "    → {advice}")?;
    }
    Ok(())
}

pub(super) fn write_exit(text: &mut String, exit: Exit) -> fmt::Result {
    writeln!(text, "Exit code {}: {}.", exit.code(), exit.meaning())
}
