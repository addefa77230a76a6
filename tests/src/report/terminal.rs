//! The verdicts as a table for the terminal. A mode that is not real says so in the first lines.

use std::fmt::{self, Write};

use comfy_table::{ContentArrangement, Table, presets::UTF8_FULL_CONDENSED};

use crate::{
    judge::{Enforcement, Judgement, Standing, Unit, Validity, Verdict},
    record::{Ended, Mode, PlanReference, PostingsFrom, RunRecord, ServerKind},
};

/// The whole report as text: header, table, notes, validity, and what the exit code means.
///
/// With a `width` the table is kept to so many columns; without one it is as wide as it needs.
pub fn terminal(record: &RunRecord, judgement: &Judgement, width: Option<u16>) -> String {
    let mut text = String::new();
    write_all(&mut text, record, judgement, width).unwrap_or_else(|fmt::Error| {
        // Writing to a string fails only if a `Display` does, and none of ours does.
        text.push_str("\n(the report broke off here)\n");
    });
    text
}

fn write_all(
    text: &mut String,
    record: &RunRecord,
    judgement: &Judgement,
    width: Option<u16>,
) -> fmt::Result {
    write_header(text, record, judgement.plan.as_ref())?;
    writeln!(text, "{}", table(&judgement.verdicts, width))?;
    write_notes(text, &judgement.verdicts)?;
    write_validity(text, &judgement.validity)?;
    let exit = judgement.exit();
    writeln!(text, "Exit code {}: {}.", exit.code(), exit.meaning())
}

fn write_header(
    text: &mut String,
    record: &RunRecord,
    judged_by: Option<&PlanReference>,
) -> fmt::Result {
    writeln!(
        text,
        "{} · workflow {} · batch {}, {} postings",
        told_plan(&record.plan),
        record.workflow.id,
        record.batch.id,
        record.batch.size
    )?;
    match judged_by {
        Some(plan) if record.plan.sha256.is_none() => writeln!(
            text,
            "Judged by {}. The record does not say which text of its plan the batch was run for.",
            told_plan(plan)
        )?,
        Some(plan) if plan.sha256 != record.plan.sha256 => writeln!(
            text,
            "Judged by {}, which is NOT the plan that the batch was run for.",
            told_plan(plan)
        )?,
        _ => {}
    }
    writeln!(text, "{}", told_mode(&record.mode))?;
    match &record.ended {
        Ended::Completed => writeln!(text),
        Ended::Interrupted => writeln!(text, "INTERRUPTED: the record is incomplete.\n"),
        Ended::Failed { why } => writeln!(text, "BROKE OFF: {why}\n"),
    }
}

/// A plan's name and enough of its hash to tell two texts of that name apart.
pub(super) fn told_plan(plan: &PlanReference) -> String {
    let hash = plan.sha256.as_deref();
    match hash.map(|hash| hash.get(..12).unwrap_or(hash)) {
        Some(start) => format!("{} ({start})", plan.id),
        None => plan.id.clone(),
    }
}

fn told_mode(mode: &Mode) -> String {
    let server = match mode.model_server {
        ServerKind::Simulated => format!("SIMULATED model server at {}:1", mode.time_scale),
        ServerKind::Live => "live model server".to_owned(),
    };
    let postings = match mode.postings {
        PostingsFrom::Simulated => "SIMULATED postings",
        PostingsFrom::Folder => "postings from a folder",
        PostingsFrom::Workday => "postings from Workday",
        PostingsFrom::Promoted => "postings promoted before",
    };
    let seed = mode
        .seed
        .map_or_else(String::new, |seed| format!(" · seed {seed}"));
    format!("{server} · {postings}{seed}")
}

fn table(verdicts: &[Verdict], width: Option<u16>) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_header([
        "Criterion",
        "Measured",
        "Target",
        "Acceptable",
        "Red flag",
        "Verdict",
    ]);
    if let Some(width) = width {
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(width);
    }
    for verdict in verdicts {
        table.add_row(row(verdict));
    }
    table
}

fn row(verdict: &Verdict) -> [String; 6] {
    let tiers = &verdict.tiers;
    let none = || "–".to_owned();
    [
        verdict.criterion.name.to_owned(),
        verdict
            .measured
            .map_or_else(none, |measured| match measured.unit {
                Unit::Percent => format!("{measured} of {}", verdict.n),
                _ => measured.to_string(),
            }),
        tiers.target.show(tiers.unit),
        tiers
            .acceptable
            .map_or_else(none, |bound| bound.show(tiers.unit)),
        tiers.red.show(tiers.unit),
        verdict.standing.to_string(),
    ]
}

fn write_notes(text: &mut String, verdicts: &[Verdict]) -> fmt::Result {
    let mut noteworthy = verdicts
        .iter()
        .filter(|verdict| verdict.standing != Standing::Target)
        .peekable();
    if noteworthy.peek().is_some() {
        writeln!(text)?;
    }
    for verdict in noteworthy {
        write_note(text, verdict)?;
    }
    writeln!(text)
}

fn write_note(text: &mut String, verdict: &Verdict) -> fmt::Result {
    let enforcement = told_enforcement(verdict.enforcement);
    let (name, standing) = (verdict.criterion.name, &verdict.standing);
    writeln!(text, "{name} ({enforcement}): {standing}")?;
    writeln!(text, "    {}", verdict.note)?;
    if !verdict.look.is_empty() {
        writeln!(text, "    look at {}", listed(&verdict.look))?;
    }
    Ok(())
}

pub(super) fn told_enforcement(enforcement: Enforcement) -> &'static str {
    match enforcement {
        Enforcement::Must => "must",
        Enforcement::Should => "should",
        Enforcement::Nice => "nice to have",
    }
}

fn write_validity(text: &mut String, validity: &Validity) -> fmt::Result {
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

fn listed(places: &[impl ToString]) -> String {
    let places: Vec<String> = places.iter().map(ToString::to_string).collect();
    places.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::{Requirements, doctored, judge};
    use crate::plan::Plan;

    fn shown(record: &RunRecord, width: Option<u16>) -> String {
        terminal(record, &judge(record, &Requirements::none()), width)
    }

    #[test]
    fn a_healthy_batch_is_a_table_of_targets() {
        insta::assert_snapshot!(shown(&doctored::healthy(), None));
    }

    #[test]
    fn a_spoiled_batch_says_under_the_table_what_is_wrong_and_where_to_look() {
        let mut record = doctored::healthy();
        record.mode.time_scale = 1000.0;
        record.postings[7].skill_keywords = None;
        doctored::fail(&mut record, 3);
        record.exchanges.remove(40);
        insta::assert_snapshot!(shown(&record, None));
    }

    #[test]
    fn a_batch_that_is_judged_by_another_plan_says_so_and_one_judged_by_its_own_does_not() {
        let plan = Plan::builtin();
        let mut record = doctored::healthy();
        let shown =
            |record: &RunRecord| terminal(record, &judge(record, &plan.requirements()), None);
        record.plan.sha256 = None;
        assert!(shown(&record).contains("does not say which text of its plan"));
        record.plan.sha256 = Some("0".repeat(64));
        assert!(shown(&record).contains("NOT the plan that the batch was run for"));
        record.plan = plan.reference();
        assert!(!shown(&record).contains("Judged by"));
        let header = format!("BATCH-50-001 ({}) · workflow 3001", &plan.sha256[..12]);
        assert!(shown(&record).starts_with(&header), "{}", shown(&record));
    }

    #[test]
    fn an_interrupted_batch_says_so_before_anything_else_is_read() {
        let text = shown(&doctored::interrupted(), None);
        let header: Vec<&str> = text.lines().take(3).collect();
        assert!(header[2].starts_with("INTERRUPTED"), "{header:?}");
        assert!(text.contains("Exit code 130"));
    }

    #[test]
    fn a_table_of_a_given_width_keeps_to_it() {
        let text = shown(&doctored::healthy(), Some(80));
        let widest = text
            .lines()
            .filter(|line| line.starts_with(['┌', '│', '╞', '└']))
            .map(|line| line.chars().count())
            .max();
        assert_eq!(widest, Some(80));
    }

    #[test]
    fn only_what_is_simulated_is_called_so() {
        let mut record = doctored::healthy();
        assert_eq!(shown(&record, None).matches("SIMULATED").count(), 2);
        record.mode.postings = PostingsFrom::Folder;
        assert_eq!(shown(&record, None).matches("SIMULATED").count(), 1);
        record.mode.model_server = ServerKind::Live;
        assert_eq!(shown(&record, None).matches("SIMULATED").count(), 0);
    }
}
