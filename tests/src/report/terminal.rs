//! The judgement for the terminal. A mode that is not real says so in the first lines.

mod conclusion;
pub(super) mod leniency;
pub(super) mod notes;
pub(super) mod proofs;
mod table;

use std::fmt::{self, Write};

use super::foreign::visible;
use super::words::{told_end, told_judged_by, told_mode, told_plan, told_suspensions};
use crate::{
    judge::{Judgement, Requirements, judge},
    record::{Ended, PlanReference, Provenance, RunRecord, Texts},
};

/// The whole report as text: header, table, notes, what the numbers prove, where the plan asks little, validity,
/// decision, and what the exit code means.
///
/// With a `width` the table is kept to so many columns; without one it is as wide as it needs.
pub fn terminal(record: &RunRecord, judgement: &Judgement, width: Option<u16>) -> String {
    let mut text = String::new();
    write_all(&mut text, record, judgement, width).unwrap_or_else(|fmt::Error| {
        // Writing to a string fails only if a `Display` does, and none of ours does.
        text.push_str("\n(the report broke off here)\n");
    });
    visible(&text)
}

fn write_all(
    text: &mut String,
    record: &RunRecord,
    judgement: &Judgement,
    width: Option<u16>,
) -> fmt::Result {
    write_header(text, record, judgement.plan.as_ref())?;
    writeln!(text, "{}", table::table(&judgement.verdicts, width))?;
    notes::write_notes(text, &judgement.verdicts)?;
    proofs::write_proofs(text, &judgement.verdicts)?;
    let by_default = judge(record, &Requirements::none());
    leniency::write_leniency(text, &by_default.verdicts, &judgement.verdicts)?;
    conclusion::write_validity(text, &judgement.validity)?;
    conclusion::write_decision(text, &judgement.decision)?;
    conclusion::write_exit(text, judgement.exit())
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
    if let Some(judged_by) = told_judged_by(record, judged_by) {
        writeln!(text, "{judged_by}")?;
    }
    writeln!(text, "{}", told_mode(&record.mode))?;
    if let Provenance::Reconstructed { source } = &record.provenance {
        writeln!(
            text,
            "RECONSTRUCTED, nobody witnessed this run: from {source}"
        )?;
    }
    match record.texts {
        Texts::Kept => {}
        Texts::Redacted => writeln!(text, "Texts left out: what needs them cannot be judged.")?,
        Texts::Unknown => writeln!(text, "Texts unknown: what needs them cannot be judged.")?,
    }
    if let Some(told) = told_suspensions(record) {
        writeln!(text, "{told}")?;
    }
    match &record.ended {
        Ended::Completed => writeln!(text),
        Ended::Failed { .. } | Ended::StoppedOnRed { .. } => {
            writeln!(text, "{}\n", told_end(&record.ended))
        }
        Ended::Interrupted | Ended::StoppedAtDeadline { .. } | Ended::UnderWay => {
            writeln!(text, "{}.\n", told_end(&record.ended))
        }
    }
}

fn listed(places: &[impl ToString]) -> String {
    let places: Vec<String> = places.iter().map(ToString::to_string).collect();
    places.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::doctored;
    use crate::plan::Plan;
    use crate::record::{PostingsFrom, ServerKind};

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
    fn a_fast_batch_without_data_ends_in_the_step_that_should_have_saved_it() {
        let mut record = doctored::healthy();
        for posting in &mut record.postings {
            posting.skill_keywords = None;
        }
        let text = shown(&record, None);
        let (_, conclusion) = text.split_once("Validity").unwrap();
        insta::assert_snapshot!(conclusion);
    }

    #[test]
    fn a_slow_batch_ends_in_its_slowest_step_and_what_another_model_would_save_there() {
        let mut record = doctored::healthy();
        record.mode.time_scale = 100.0;
        for exchange in &mut record.exchanges {
            let line = exchange.final_line.as_mut().unwrap();
            let fast = exchange.model.starts_with("llama");
            line.eval_count = if fast { 800 } else { 200 };
        }
        let text = shown(&record, None);
        let (_, conclusion) = text.split_once("Validity").unwrap();
        insta::assert_snapshot!(conclusion);
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
        // The server is named twice: where it stands, and where it is decided what to make of it.
        assert_eq!(shown(&record, None).matches("SIMULATED").count(), 3);
        record.mode.postings = PostingsFrom::Folder;
        assert_eq!(shown(&record, None).matches("SIMULATED").count(), 2);
        record.mode.model_server = ServerKind::Live;
        assert_eq!(shown(&record, None).matches("SIMULATED").count(), 0);
    }

    #[test]
    fn a_replay_says_so_and_of_what_and_what_has_changed_since() {
        let mut record = doctored::replayed();
        let text = shown(&record, None);
        assert!(
            text.contains("REPLAYED model server, recorded 2026-11-23 from a SIMULATED one at 10:1 (cccccccccccc) · REPLAYED"),
            "{text}"
        );
        assert!(!text.contains("STALE") && !shown(&doctored::healthy(), None).contains("REPLAYED"));
        assert!(text.contains("in a replay the answers come at once"));
        record.mode.cassette.as_mut().unwrap().stale = vec!["plan: another one".to_owned()];
        assert!(shown(&record, None).contains("STALE (plan: another one)"));
    }

    #[test]
    fn a_record_that_was_put_together_or_lacks_its_texts_says_so_and_another_does_not() {
        let mut record = doctored::healthy();
        let text = shown(&record, None);
        assert!(!text.contains("RECONSTRUCTED") && !text.contains("Texts"));
        record.provenance = Provenance::Reconstructed {
            source: "a published report".to_owned(),
        };
        record.texts = Texts::Redacted;
        let text = shown(&record, None);
        assert!(text.contains("nobody witnessed this run: from a published report"));
        assert!(text.contains("Texts left out"));
    }

    #[test]
    fn criteria_that_cannot_be_judged_for_one_reason_are_told_together() {
        let mut record = doctored::serial();
        record.environment.servers[0].gpu_memory = Some(6 * doctored::GIB);
        record.residency.clear();
        let text = shown(&record, None);
        assert_eq!(text.matches("    cannot co-reside").count(), 1, "{text}");
        assert!(
            text.contains("Not judgeable: Grades overlap (execution) (must), Grades overlap"),
            "{text}"
        );
    }
}
