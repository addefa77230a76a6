//! What another plan makes of the same record: the verdicts that change, and why.

use std::fmt::{self, Write};

use super::foreign::visible;
use super::words::told_plan;
use crate::judge::{Judgement, Tiers, Verdict};
use crate::record::PlanReference;

/// The verdicts that differ between two judgements of one record. The readings are the same; what differs is what the
/// plans make of them.
pub fn changes(before: &Judgement, after: &Judgement) -> String {
    let mut text = String::new();
    write_all(&mut text, before, after).unwrap_or_else(|fmt::Error| {
        // Writing to a string fails only if a `Display` does, and none of ours does.
        text.push_str("\n(the list broke off here)\n");
    });
    visible(&text)
}

fn write_all(text: &mut String, before: &Judgement, after: &Judgement) -> fmt::Result {
    let plan = |plan: &Option<PlanReference>| {
        let told = plan.as_ref().map(told_plan);
        told.unwrap_or_else(|| "the criteria's own tiers".to_owned())
    };
    let changed: Vec<(&Verdict, &Verdict)> = after
        .verdicts
        .iter()
        .filter_map(|after| Some((before.verdict(after.criterion.id)?, after)))
        .filter(|(before, after)| {
            before.standing != after.standing || before.enforcement != after.enforcement
        })
        .collect();
    writeln!(
        text,
        "By {} instead of {}, {} of {} verdicts change{}",
        plan(&after.plan),
        plan(&before.plan),
        changed.len(),
        after.verdicts.len(),
        if changed.is_empty() { "." } else { ":" }
    )?;
    for (before, after) in changed {
        write_change(text, before, after)?;
    }
    let (was, is) = (before.exit(), after.exit());
    if was.code() == is.code() {
        writeln!(text, "The exit code stays {}.", is.code())
    } else {
        writeln!(
            text,
            "The exit code was {} and is {}.",
            was.code(),
            is.code()
        )
    }
}

fn write_change(text: &mut String, before: &Verdict, after: &Verdict) -> fmt::Result {
    let told = |verdict: &Verdict| format!("{} ({})", verdict.standing, verdict.enforcement);
    let name = after.criterion.name;
    writeln!(text, "{name}: {} → {}", told(before), told(after))?;
    if before.tiers == after.tiers {
        return writeln!(
            text,
            "    the tiers are the same; the plan lists it elsewhere"
        );
    }
    if let Some(measured) = after.measured {
        writeln!(text, "    measured {measured}")?;
    }
    writeln!(text, "    tiers before: {}", told_tiers(&before.tiers))?;
    writeln!(text, "    tiers now:    {}", told_tiers(&after.tiers))
}

fn told_tiers(tiers: &Tiers) -> String {
    let acceptable = tiers
        .acceptable
        .map_or_else(|| "–".to_owned(), |bound| bound.show(tiers.unit));
    format!(
        "target {}, acceptable {acceptable}, red {}",
        tiers.target.show(tiers.unit),
        tiers.red.show(tiers.unit)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Requirements, doctored, judge};
    use crate::plan::Plan;

    const STRICT: &str = "+++\nid = \"STRICT\"\nworkflow = 3001\nbatch_size = 50\n+++\n\n\
        | Metric | Target | Acceptable | Red Flag |\n|---|---|---|---|\n\
        | Total duration | ≤ 1 s | – | > 1 s |\n\n## Nice to Have\n- Skills\n";

    #[test]
    fn every_verdict_that_changes_is_told_with_the_tiers_that_changed_it() {
        let record = doctored::healthy();
        let before = judge(&record, &Requirements::none());
        let after = judge(&record, &Plan::parse(STRICT).unwrap().requirements());
        let text = changes(&before, &after);
        assert!(text.contains("2 of "), "{text}");
        assert!(
            text.contains("Total duration: target (should) → RED (should)"),
            "{text}"
        );
        assert!(
            text.contains("tiers before: target ≤ 3.6 h, acceptable < 5 h, red > 6 h"),
            "{text}"
        );
        assert!(
            text.contains("Skills: target (must) → target (nice)"),
            "{text}"
        );
        assert!(text.contains("The exit code was 0 and is 1."), "{text}");
    }

    #[test]
    fn where_nothing_changes_nothing_is_listed() {
        let judgement = judge(&doctored::healthy(), &Requirements::none());
        let text = changes(&judgement, &judgement);
        assert!(
            text.contains(" 0 of ") && text.contains("stays 0"),
            "{text}"
        );
    }
}
