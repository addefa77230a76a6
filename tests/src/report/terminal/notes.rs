//! What is to be said of the verdicts under their table.

use std::{
    collections::BTreeMap,
    fmt::{self, Write},
};

use super::listed;
use crate::judge::{Enforcement, Standing, Verdict};

/// A note for every verdict that is not what the plan hopes for, then what could not be judged, by its reason.
pub(super) fn write_notes(text: &mut String, verdicts: &[Verdict]) -> fmt::Result {
    let noteworthy: Vec<&Verdict> = verdicts
        .iter()
        .filter(|verdict| is_noteworthy(verdict))
        .collect();
    let unjudged = unjudged(verdicts);
    if !noteworthy.is_empty() || !unjudged.is_empty() {
        writeln!(text)?;
    }
    for verdict in noteworthy {
        write_note(text, verdict)?;
    }
    for (reason, names) in unjudged {
        writeln!(text, "Not judgeable: {}", listed(&names))?;
        writeln!(text, "    {reason}")?;
    }
    writeln!(text)
}

pub(in crate::report) fn is_noteworthy(verdict: &Verdict) -> bool {
    match &verdict.standing {
        Standing::Target | Standing::NotJudgeable { .. } => false,
        Standing::Acceptable => verdict.enforcement != Enforcement::Nice,
        Standing::Gap | Standing::Red | Standing::NoData => true,
    }
}

/// By reason, for one reason often stands behind many.
fn unjudged(verdicts: &[Verdict]) -> BTreeMap<&str, Vec<String>> {
    let mut reasons: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for verdict in verdicts {
        if let Standing::NotJudgeable { reason } = &verdict.standing {
            let name = format!("{} ({})", verdict.criterion.name, verdict.enforcement);
            reasons.entry(reason).or_default().push(name);
        }
    }
    reasons
}

fn write_note(text: &mut String, verdict: &Verdict) -> fmt::Result {
    let (name, standing) = (verdict.criterion.name, &verdict.standing);
    writeln!(text, "{name} ({}): {standing}", verdict.enforcement)?;
    writeln!(text, "    {}", verdict.note)?;
    if !verdict.look.is_empty() {
        writeln!(text, "    look at {}", listed(&verdict.look))?;
    }
    Ok(())
}
